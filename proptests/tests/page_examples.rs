//! The page's examples are what the code makes, and are what the page says of them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use runbench_core::check::{Report, Verdict, check};
use runbench_core::diag::{Origin, Severity};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::MemoryTree;
use runbench_proptests::{archive, example};

fn judged(name: &str, files: &example::Files) -> Report {
    let mut tree = MemoryTree::new();
    for (path, content) in files {
        tree.insert(path, content.clone());
    }
    check(&tree, name, &RuleSet::embedded("v1.5").unwrap())
}

#[test]
fn stored_examples_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/public/examples");
    for (file, name, files) in [
        ("valid.zip", example::VALID_NAME, example::valid()),
        ("broken.zip", example::BROKEN_NAME, example::broken()),
    ] {
        let stored = fs::read(folder.join(file)).unwrap_or_default();
        let how = "`cargo run --release -p runbench-proptests --example page_examples -- web/public/examples` writes it";
        assert!(
            stored == archive::zip(name, &files),
            "{file} is out of date; {how}"
        );
    }
}

#[test]
fn valid_one_is_valid() {
    let report = judged(example::VALID_NAME, &example::valid());
    let found: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(report.verdict(), Verdict::Valid);
    let [curve] = report.curves.as_slice() else {
        panic!("one curve")
    };
    let behind = curve.points.iter().filter(|point| !point.on_frontier).count();
    assert_eq!((curve.points.len(), behind), (13, 1));
}

#[test]
fn broken_one_shows_each_mistake() {
    let report = judged(example::BROKEN_NAME, &example::broken());
    assert_eq!(report.verdict(), Verdict::Invalid);
    let of = |origin| -> BTreeSet<&str> {
        report
            .of(origin)
            .filter(|finding| finding.severity != Severity::Info)
            .map(|finding| finding.rule)
            .collect()
    };
    let rules: BTreeSet<&str> = of(Origin::Official)
        .union(&of(Origin::Runbench))
        .copied()
        .collect();
    assert!(rules.len() >= 8, "{rules:?}");
    assert!(rules.contains("point-config-valid"), "{rules:?}");
}
