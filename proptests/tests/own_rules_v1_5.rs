//! Each of our own rules of v1.5 is silent on a valid submission and finds the fault made for it; the official answer
//! never follows from it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::indexing_slicing, reason = "a panic is how a test fails")]
#![expect(clippy::too_many_lines, reason = "the table of faults is one list")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use runbench_core::check::{Report, Verdict, check};
use runbench_core::diag::{Origin, Severity};
use runbench_core::rules::of_ruleset;
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{MemoryTree, Tree as _};
use runbench_proptests::corpus::cases;
use serde_json::{Value, json};

const CURVE: &str = "sub-0001/results/sys_a/llama3_1-8b";

/// The first stored case, which is valid; below its organisation's folder.
static VALID: LazyLock<MemoryTree> = LazyLock::new(|| {
    let case = cases("v1.5").unwrap().remove(0);
    let mut tree = MemoryTree::new();
    for (path, content) in &case.files {
        tree.insert(path.split_once('/').unwrap().1, content.as_str().unwrap());
    }
    tree
});

static FAULTS: LazyLock<Vec<Fault>> = LazyLock::new(faults);

fn valid() -> MemoryTree {
    VALID.clone()
}

fn judge(tree: &MemoryTree) -> Report {
    check(tree, "acme", &RuleSet::embedded("v1.5").unwrap())
}

/// Our own rules that found something.
fn own(report: &Report) -> BTreeSet<(&'static str, &'static str)> {
    let loud = report
        .of(Origin::Runbench)
        .filter(|finding| finding.severity != Severity::Info);
    loud.map(|finding| (finding.severity.word(), finding.rule))
        .collect()
}

fn text(tree: &MemoryTree, path: &str) -> String {
    String::from_utf8(tree.read(path).unwrap().into_owned()).unwrap()
}

/// The valid submission with JSON files of some points changed.
fn json_of(points: &[u32], file: &str, edit: impl Fn(&mut Value, u32)) -> MemoryTree {
    let mut tree = valid();
    for point in points {
        let path = format!("{CURVE}/r{point}/{file}");
        let mut value: Value = serde_json::from_str(&text(&tree, &path)).unwrap();
        edit(&mut value, *point);
        tree.insert(&path, value.to_string());
    }
    tree
}

fn summary(edit: impl Fn(&mut Value)) -> MemoryTree {
    json_of(&[58], "result_summary.json", |summary, _| edit(summary))
}

fn summaries(edit: impl Fn(&mut Value, u32)) -> MemoryTree {
    json_of(&[42, 58], "result_summary.json", edit)
}

fn scores(edit: impl Fn(&mut Value)) -> MemoryTree {
    json_of(&[32], "accuracy_results.json", |scores, _| {
        edit(&mut scores["cnn_dailymail::llama3_8b"]);
    })
}

fn description(edit: impl Fn(&mut Value)) -> MemoryTree {
    json_of(&[256], "system_desc.json", |description, _| edit(description))
}

fn power(edit: impl Fn(&mut Value)) -> MemoryTree {
    let mut tree = valid();
    let path = "sub-0001/results/sys_a/system_power.json";
    let mut value: Value = serde_json::from_str(&text(&tree, path)).unwrap();
    edit(&mut value);
    tree.insert(path, value.to_string());
    tree
}

/// The valid submission with the text of one point file changed.
fn point(from: &str, to: &str) -> MemoryTree {
    let mut tree = valid();
    let path = format!("{CURVE}/r58/point.yaml");
    let before = text(&tree, &path);
    assert!(before.contains(from), "{before}");
    tree.insert(&path, before.replacen(from, to, 1));
    tree
}

fn with_link(outside: bool) -> MemoryTree {
    let mut tree = valid();
    tree.insert_link("sub-0001/docs/more.md", outside);
    tree
}

fn renamed(name: &str) -> MemoryTree {
    let whole = valid();
    let mut tree = MemoryTree::new();
    for path in whole.paths() {
        tree.insert(
            &path.replace("llama3_1-8b", name),
            text(&whole, path).replace("llama3_1-8b", name),
        );
    }
    tree
}

type Fault = (MemoryTree, &'static [(&'static str, &'static str)]);

/// One fault per rule and more; what follows from the same cause stands beside it.
fn faults() -> Vec<Fault> {
    vec![
        (
            summary(|s| s["ttft"]["total"] = json!("NaN")),
            &[("error", "nonfinite-number")],
        ),
        (
            scores(|s| s["score"]["rouge1"] = json!(" +inf ")),
            &[("error", "nonfinite-number")],
        ),
        (
            power(|p| p["node_sets"][0]["components"]["cpu"]["tdp_per_unit"]["value_w"] = json!("Infinity")),
            &[("error", "nonfinite-number"), ("error", "power-unphysical")],
        ),
        (
            point("concurrency: 58", "concurrency: 42"),
            &[("error", "duplicate-point")],
        ),
        (
            point("concurrency: 58", "concurrency: 58\nconcurrency: 58"),
            &[("warning", "duplicate-key")],
        ),
        (
            {
                let mut tree = valid();
                let copy = text(&tree, &format!("{CURVE}/r42/result_summary.json"));
                tree.insert(&format!("{CURVE}/r58/result_summary.json"), format!("{copy}\n"));
                tree
            },
            &[("error", "duplicate-result")],
        ),
        (
            summaries(|s, _| s["run_id"] = json!("5e1f")),
            &[("error", "duplicate-result")],
        ),
        (
            summaries(|s, _| s["ttft"]["percentiles"] = json!({"50": 210_123_456, "90": 330_123_456})),
            &[("warning", "identical-figures")],
        ),
        (
            summary(|s| s["complete"] = json!(false)),
            &[("error", "run-incomplete")],
        ),
        (
            summary(|s| s["run_config"] = json!({"load_pattern": {"target_concurrency": 64}})),
            &[("error", "load-contradiction")],
        ),
        (
            summary(|s| s["ttft"]["percentiles"]["90"] = json!(209_000_000)),
            &[("error", "series-order")],
        ),
        (
            summary(|s| {
                s["n_samples_completed"] = json!(13_413);
                s["n_samples_failed"] = json!(-1);
            }),
            &[("error", "negative-figure")],
        ),
        (
            summary(|s| s["duration_ns"] = json!(1e-300)),
            &[("error", "nonfinite-rate"), ("error", "steady-state-window")],
        ),
        (
            point("super_pass_end: 7", "super_pass_end: 1"),
            &[("error", "steady-state-window")],
        ),
        (
            point("duration_s: 1249.5", "duration_s: 1300"),
            &[("error", "steady-state-window")],
        ),
        (
            point("n_samples: 600", "n_samples: 0"),
            &[("error", "steady-state-window")],
        ),
        (
            power(|p| {
                p["declared_provisioned_power"] = json!({"value_kw": 0, "source_type": "vendor_spec", "source": "https://example.com/spec"});
            }),
            &[("error", "power-unphysical")],
        ),
        (with_link(true), &[("error", "link-leaves-folder")]),
        (with_link(false), &[("warning", "link-leads-nowhere")]),
        (
            point("division: \"standardized\"", "division: \"RDI\""),
            &[("error", "point-system-contradiction")],
        ),
        (
            point("max_supported_concurrency: 256", "max_supported_concurrency: 300"),
            &[("error", "point-system-contradiction")],
        ),
        (
            scores(|s| s["num_samples"] = json!([13_368])),
            &[("warning", "gate-skipped")],
        ),
        (
            scores(|s| s["score"]["rougeL"] = json!("24.5 %")),
            &[("warning", "gate-skipped")],
        ),
        (
            point("dataset: \"cnn_dailymail\"", "dataset: \"cnn_dailymial\""),
            &[("warning", "gate-skipped")],
        ),
        (
            point("    super_pass_start: 2\n", ""),
            &[("warning", "gate-skipped")],
        ),
        (
            description(|d| {
                d.as_object_mut().unwrap().remove("tps_utilization");
            }),
            &[("warning", "gate-skipped")],
        ),
        (
            description(|d| d["tps_utilization"] = json!("1.0")),
            &[("warning", "gate-skipped")],
        ),
        (
            summary(|s| s["tps"] = json!(4000)),
            &[("warning", "rate-mismatch")],
        ),
        (
            summary(|s| s["output_sequence_lengths"]["avg"] = json!(128)),
            &[("warning", "rate-mismatch")],
        ),
        (
            summary(|s| s["output_sequence_lengths"]["total"] = json!(5_573_898.5)),
            &[("warning", "count-contradiction")],
        ),
        (
            summary(|s| s["tpot"]["percentiles"]["90"] = json!(120_580_000)),
            &[("warning", "throughput-unexplained")],
        ),
        (
            summary(|s| s["output_sequence_lengths"]["total"] = json!(50_573_898)),
            &[
                ("warning", "throughput-shape"),
                ("warning", "throughput-unexplained"),
            ],
        ),
        (
            summary(|s| s["ttft"]["percentiles"]["50"] = json!(140_000_000)),
            &[("warning", "ttft-falls")],
        ),
        (
            summaries(|s, point| s["test_started_at"] = json!(1_790_000_000_000_u64 + u64::from(point))),
            &[("warning", "overlapping-runs")],
        ),
        (
            summary(|s| s["ttft"] = json!({})),
            &[("warning", "streaming-contradiction")],
        ),
        (
            point("stream_all_chunks: true", "stream_all_chunks: no"),
            &[("warning", "streaming-contradiction")],
        ),
        (
            point("min_duration_ms: 600000", "min_duration_ms: 1260001"),
            &[("warning", "declared-minimum")],
        ),
        (
            point("min_duration_ms: 600000", "min_sample_count: 13413"),
            &[("warning", "declared-minimum")],
        ),
        (renamed("llama3_1-18b"), &[("warning", "model-by-substring")]),
        (
            renamed("deepseek-r1-llama3_1-8b"),
            &[("warning", "gate-skipped"), ("warning", "model-by-substring")],
        ),
        (
            scores(|s| s["score"]["ROUGE1"] = json!(12.0)),
            &[("warning", "metric-overwritten")],
        ),
        (
            json_of(&[32], "accuracy_results.json", |scores, _| {
                scores["qa"] = json!({"score": {"bleu": 1.0}, "num_samples": 10});
            }),
            &[("warning", "accuracy-unjudged")],
        ),
        (
            point("steady_state:", "stedy_state:"),
            &[("warning", "misspelt-key")],
        ),
        (
            description(|d| d["tps_utilization"] = json!(1.05)),
            &[("warning", "utilization-range")],
        ),
        (
            power(|p| p["node_sets"][0]["nodes_provisioned"] = json!(1)),
            &[("warning", "power-contradiction")],
        ),
        (
            power(|p| p["node_sets"][0]["components"]["accelerator"]["count_per_node"] = json!(4)),
            &[("warning", "power-contradiction")],
        ),
        (
            {
                let mut tree = valid();
                tree.insert(&format!("{CURVE}/R64/point.yaml"), "concurrency: 64\n");
                tree
            },
            &[("warning", "unread-results")],
        ),
    ]
}

#[test]
fn a_valid_submission_has_no_finding_of_ours() {
    let report = judge(&valid());
    assert_eq!(own(&report), BTreeSet::new());
    assert_eq!(report.verdict(), Verdict::Valid);
}

#[test]
fn each_fault_is_found_by_its_own_rule_alone() {
    let mut wrong = Vec::new();
    for (tree, expected) in FAULTS.iter() {
        let report = judge(tree);
        let found = own(&report);
        if found != expected.iter().copied().collect() {
            let messages: Vec<_> = report
                .of(Origin::Runbench)
                .map(|finding| &finding.message)
                .collect();
            wrong.push(format!("wanted {expected:?}, found {found:?}: {messages:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rules about archives and sizes, whose faults are made in `inputs.rs`.
const OF_INPUTS: &[&str] = &[
    "archive-readable",
    "entry-names",
    "entry-duplicate",
    "entry-case",
    "archive-links",
    "archive-contents",
    "compression-ratio",
    "entry-count",
    "path-depth",
    "path-length",
    "file-size",
    "total-size",
    "unread",
    "skimmed",
];

#[test]
fn every_own_rule_has_a_fault() {
    let tried: BTreeSet<&str> = FAULTS
        .iter()
        .flat_map(|fault| fault.1)
        .map(|(_, rule)| *rule)
        .collect();
    for meta in of_ruleset(&RuleSet::embedded("v1.5").unwrap()) {
        assert!(
            tried.contains(meta.id) || OF_INPUTS.contains(&meta.id) || meta.origin == Origin::Official,
            "no fault is made for {}",
            meta.id
        );
    }
}

#[test]
fn own_findings_with_numbers_have_a_place_and_never_change_the_official_answer() {
    for (tree, rules) in FAULTS.iter() {
        let report = judge(tree);
        let errors = |origin| {
            report
                .of(origin)
                .any(|finding| finding.severity == Severity::Error)
        };
        assert_eq!(
            report.official_exit_code(false),
            u8::from(errors(Origin::Official)),
            "{rules:?}"
        );
        for finding in report
            .of(Origin::Runbench)
            .filter(|finding| finding.measure.is_some())
        {
            assert!(finding.place.is_some(), "{}", finding.rule);
        }
        let wrong = errors(Origin::Official) || errors(Origin::Runbench);
        assert_eq!(report.verdict() == Verdict::Invalid, wrong, "{rules:?}");
    }
}

#[test]
fn stored_cases_that_are_valid_by_intent_have_no_finding_of_ours() {
    for ruleset in ["v0.1", "v1.5"] {
        for case in cases(ruleset)
            .unwrap()
            .iter()
            .filter(|case| case.id.ends_with("-valid"))
        {
            let folder = tempfile::tempdir().unwrap();
            let path = case.unpack(folder.path()).unwrap();
            let tree = runbench::disk::DiskTree::new(&path);
            let report = check(&tree, &case.check, &RuleSet::embedded(ruleset).unwrap());
            assert_eq!(own(&report), BTreeSet::new(), "{}", case.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Any two faults together: no panic, and every official finding is of an official rule.
    #[test]
    fn origins_never_mix(one in 0..FAULTS.len(), other in 0..FAULTS.len()) {
        let (first, second) = (&FAULTS[one].0, &FAULTS[other].0);
        let plain = valid();
        let mut both = first.clone();
        for path in second.paths() {
            let changed = second.read(path).unwrap();
            if plain.read(path).map_or(true, |before| before != changed) {
                both.insert(path, changed.into_owned());
            }
        }
        let ruleset = RuleSet::embedded("v1.5").unwrap();
        let official: BTreeSet<&str> = of_ruleset(&ruleset)
            .filter(|meta| meta.origin == Origin::Official)
            .map(|meta| meta.id)
            .collect();
        for finding in judge(&both).findings {
            prop_assert_eq!(official.contains(finding.rule), finding.origin == Origin::Official);
        }
    }
}

#[test]
fn a_number_at_which_an_official_error_stands_is_not_reported_twice() {
    let tree = summary(|s| s["tpot"]["percentiles"] = json!({"90": "NaN"}));
    let report = judge(&tree);
    let rules: BTreeSet<&str> = report.errors().map(|finding| finding.rule).collect();
    assert!(rules.contains("metric-consistency-tpot-p90"), "{rules:?}");
    assert!(!rules.contains("nonfinite-number"), "{rules:?}");
}
