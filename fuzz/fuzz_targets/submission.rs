//! A submission whose files hold any bytes: judged, drawn as text and as JSON.
//!
//! The input is a list of files: a line with a path from the layout by its number, then the bytes up to a line `%%`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runbench_core::check::check;
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::MemoryTree;

/// Files that are read, of both layouts.
const PATHS: [&str; 11] = [
    "systems/s.json",
    "pareto/s/m/points/point_8.yaml",
    "pareto/s/m/results/point_8/results_summary.json",
    "pareto/s/m/results/point_8/accuracy/results.json",
    "results/s/system_power.json",
    "results/s/m/r8/config.yaml",
    "results/s/m/r8/point.yaml",
    "results/s/m/r8/system_desc.json",
    "results/s/m/r8/result_summary.json",
    "results/s/m/r8/accuracy_results.json",
    "results/s/m/r8/results.json",
];

/// Read once: that takes longer than a check.
static RULESETS: LazyLock<[RuleSet; 2]> =
    LazyLock::new(|| ["v0.1", "v1.5"].map(|name| RuleSet::embedded(name).unwrap()));

fuzz_target!(|bytes: &[u8]| {
    let mut tree = MemoryTree::new();
    for directory in ["documentation", "docs", "src/m", "systems", "pareto", "results"] {
        tree.insert_directory(directory);
    }
    let text = String::from_utf8_lossy(bytes);
    for file in text.split("\n%%\n") {
        let (path, content) = file.split_once('\n').unwrap_or((file, ""));
        let number: usize = path.parse().unwrap_or(0);
        tree.insert(PATHS[number % PATHS.len()], content);
    }
    for ruleset in &*RULESETS {
        let report = check(&tree, "acme", ruleset);
        to_text(&report, Style::default());
        to_json(&report);
    }
});
