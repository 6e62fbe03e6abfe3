//! Every rule of v0.1 passes a valid submission and finds the one fault made for it, and nothing else does.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::indexing_slicing, reason = "a panic is how a test fails")]
#![expect(clippy::too_many_lines, reason = "the table of faults is one list")]

use std::collections::BTreeSet;

use runbench_core::check::{Report, Verdict, check};
use runbench_core::diag::{Origin, Severity};
use runbench_core::rules::{Outcome, RuleRun, of_ruleset};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{MemoryTree, join};
use runbench_proptests::archive::INPUT_RULES;
use runbench_proptests::submission::*;
use serde_json::{Value, json};

fn judge(tree: &MemoryTree) -> Report {
    check(tree, "acme", &RuleSet::embedded("v0.1").unwrap())
}

/// Rules that found something, each with its severity.
fn found(report: &Report) -> BTreeSet<(&'static str, &'static str)> {
    let loud = report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info);
    loud.map(|finding| (finding.severity.word(), finding.rule))
        .collect()
}

fn system_with(key: &str, value: Value) -> MemoryTree {
    with_json(&system_path(), system(), |system| system[key] = value)
}

fn summary_with(key: &str, value: Value) -> MemoryTree {
    with_json(&summary_path(48), summary(48), |summary| summary[key] = value)
}

/// The valid submission with one point file's text changed.
fn point_with(from: &str, to: &str) -> MemoryTree {
    let text = point(48);
    assert!(text.contains(from), "{text}");
    with_text(&point_path(48), text.replace(from, to))
}

/// The valid submission, plus a copy of the curve's accuracy file that is changed.
fn accuracy_with(edit: impl FnOnce(&mut Value)) -> MemoryTree {
    with_json(&accuracy_path(8), accuracy(), edit)
}

/// A submission with one fault, and all that is found in it.
struct Fault {
    tree: MemoryTree,
    found: &'static [(&'static str, &'static str)],
}

fn fault(tree: MemoryTree, found: &'static [(&'static str, &'static str)]) -> Fault {
    Fault { tree, found }
}

/// One fault per rule; what follows from the same cause stands beside it.
fn faults() -> Vec<Fault> {
    let moved = |from: u32, to: u32| {
        let mut tree = without(&point_path(from));
        tree.insert(&point_path(to), point(to));
        tree.insert(&summary_path(to), summary(to).to_string());
        tree
    };
    let more_points = || {
        let mut tree = valid();
        for concurrency in 2..=28 {
            tree.insert(&point_path(concurrency), point(concurrency));
            tree.insert(&summary_path(concurrency), summary(concurrency).to_string());
        }
        tree
    };
    let second_directory = |path: &str| {
        let mut tree = valid();
        tree.insert_directory(path);
        tree
    };
    let twin = || {
        let mut tree = valid();
        tree.insert(&format!("{}/points/point_048.yaml", curve()), point(48));
        tree
    };
    vec![
        fault(MemoryTree::absent(), &[("error", "path-exists")]),
        fault(without("documentation"), &[("error", "required-dir")]),
        fault(with_text("systems/readme.txt", ""), &[]),
        fault(
            {
                let mut tree = without("systems");
                tree.insert_directory("systems");
                tree
            },
            &[("error", "system-description-present")],
        ),
        fault(
            system_with("division", json!("open")),
            &[("error", "system-description-valid")],
        ),
        fault(
            system_with("max_supported_concurrency", json!(32)),
            &[("error", "region-computation")],
        ),
        fault(
            with_text("systems/other.json", system().to_string()),
            &[("error", "pareto-dir-exists")],
        ),
        fault(
            {
                let mut tree = with_text("systems/other.json", system().to_string());
                tree.insert("pareto/other/readme.txt", "");
                tree
            },
            &[("error", "benchmark-model-dir")],
        ),
        fault(without("src"), &[("error", "src-dir")]),
        fault(
            without(&join(&curve(), "results")),
            &[("error", "accuracy-present"), ("error", "pareto-subdir")],
        ),
        fault(
            {
                let mut tree = without(&join(&curve(), "points"));
                tree.insert_directory(&join(&curve(), "points"));
                tree
            },
            &[("error", "measurement-points-present")],
        ),
        fault(
            with_text(&point_path(8), "concurrency: eight\n"),
            &[("error", "point-config-valid"), ("warning", "gate-skipped")],
        ),
        fault(
            point_with("load_pattern: concurrency", "load_pattern: poisson"),
            &[("error", "load-pattern")],
        ),
        fault(
            point_with("stream_all_chunks: true", "stream_all_chunks: off"),
            &[("error", "streaming-config")],
        ),
        fault(moved(64, 72), &[("error", "concurrency-in-range")]),
        fault(
            point_with("submitters_choice", "fast"),
            &[("error", "region-declared")],
        ),
        fault(
            point_with("submitters_choice", "low_latency"),
            &[("warning", "region-declared")],
        ),
        fault(
            {
                let mut tree = without(&point_path(48));
                tree.insert(&format!("{}/points/point_47_b.yaml", curve()), point(48));
                tree
            },
            &[("warning", "point-filename-concurrency")],
        ),
        fault(without(&summary_path(48)), &[("error", "result-file-present")]),
        fault(
            summary_with("n_samples_completed", json!("many")),
            &[("error", "result-file-valid")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["duration_ns"] = json!(1_199_000_000_000_u64);
                summary["system_tps"] = Value::Null;
                summary["tps_per_user"] = Value::Null;
            }),
            &[("warning", "point-duration")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["n_samples_completed"] = json!(99);
                summary["n_samples_issued"] = json!(100);
            }),
            &[("error", "min-query-count")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["duration_ns"] = json!(0);
                summary["system_tps"] = Value::Null;
                summary["tps_per_user"] = Value::Null;
            }),
            &[
                ("error", "metric-consistency-duration"),
                ("warning", "point-duration"),
            ],
        ),
        fault(
            summary_with("n_samples_issued", json!(1301)),
            &[("error", "metric-consistency-accounting")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["output_sequence_lengths"]["total"] = json!(-1);
                summary["system_tps"] = Value::Null;
                summary["tps_per_user"] = Value::Null;
            }),
            &[("error", "metric-consistency-output-tokens")],
        ),
        fault(
            summary_with("system_tps", json!(8.0 * 48.0 * 1.011)),
            &[("error", "metric-consistency-system-tps")],
        ),
        fault(
            summary_with("tps_per_user", json!(8.09)),
            &[("error", "metric-consistency-tps-per-user")],
        ),
        fault(
            second_directory(&format!("{}/results/point_48/accuracy", curve())),
            &[("warning", "accuracy-file")],
        ),
        fault(with_text(&accuracy_path(1), "[]"), &[("error", "accuracy-valid")]),
        fault(without(&point_path(1)), &[("error", "point-count")]),
        fault(more_points(), &[("error", "point-cap")]),
        fault(moved(34, 47), &[("error", "low-throughput-coverage")]),
        fault(moved(40, 47), &[("error", "med-throughput-coverage")]),
        fault(
            {
                let mut tree = moved(48, 2);
                tree.remove(&point_path(64));
                tree.insert(&point_path(3), point(3));
                tree.insert(&summary_path(3), summary(3).to_string());
                tree
            },
            &[("error", "high-throughput-coverage")],
        ),
        fault(
            {
                let mut tree = without(&point_path(1));
                for (from, to) in [(8_u32, 49_u32), (32, 50)] {
                    tree.remove(&point_path(from));
                    tree.insert(&point_path(to), point(to));
                    tree.insert(&summary_path(to), summary(to).to_string());
                }
                tree.insert(&point_path(51), point(51));
                tree.insert(&summary_path(51), summary(51).to_string());
                tree.insert(&accuracy_path(51), accuracy().to_string());
                tree
            },
            &[("error", "low-latency-coverage")],
        ),
        fault(
            system_with("model_id", json!("meta-llama/Llama-3.1-70B")),
            &[("error", "model-name-consistency")],
        ),
        fault(
            system_with("model_id", json!("")),
            &[("warning", "model-name-consistency")],
        ),
        fault(
            point_with("dataset-c", "dataset-b"),
            &[("error", "config-consistency-dataset")],
        ),
        fault(
            accuracy_with(|accuracy| accuracy["cnn"]["num_samples"] = json!(13367)),
            &[("error", "accuracy-sample-count")],
        ),
        fault(
            accuracy_with(|accuracy| accuracy["cnn"]["score"]["rouge2"] = json!(15.7)),
            &[("error", "accuracy-gate")],
        ),
        fault(
            accuracy_with(|accuracy| accuracy["cnn"]["score"]["gen_len"] = json!(8_984_409)),
            &[("error", "accuracy-gate")],
        ),
        fault(
            {
                let mut tree = without(&format!("{}/results/point_8/accuracy", curve()));
                tree.insert("pareto/accuracy.json", "{}");
                tree
            },
            &[("error", "accuracy-present"), ("warning", "gate-skipped")],
        ),
        fault(
            with_text(
                &summary_path(48),
                summary(48).to_string().replace("1300000000000", "NaN"),
            ),
            &[
                ("error", "nonfinite-number"),
                ("error", "metric-consistency-system-tps"),
                ("error", "metric-consistency-tps-per-user"),
            ],
        ),
        fault(twin(), &[("error", "duplicate-point")]),
        fault(
            accuracy_with(|accuracy| {
                accuracy["cnn"]["score"].as_object_mut().unwrap().remove("rouge1");
            }),
            &[("warning", "gate-skipped")],
        ),
        fault(
            with_text(&point_path(48), format!("concurrency: 47\n{}", point(48))),
            &[("warning", "duplicate-key")],
        ),
        fault(
            second_directory("pareto/forgotten"),
            &[("warning", "undescribed-results")],
        ),
    ]
}

#[test]
fn a_valid_submission_passes_every_rule() {
    let report = judge(&valid());
    assert_eq!(found(&report), BTreeSet::new());
    assert_eq!(report.verdict(), Verdict::Valid);
    assert_eq!(report.official_exit_code(true), 0);
    let of_archives = |run: &&RuleRun| run.reasons.contains_key("the submission is no archive");
    for run in report.rules.iter().filter(|run| !of_archives(run)) {
        assert_eq!(run.outcome, Outcome::Pass, "{} {:?}", run.rule, run.reasons);
    }
}

#[test]
fn each_fault_is_found_by_its_rule_alone() {
    for Fault {
        tree,
        found: expected,
    } in faults()
    {
        let report = judge(&tree);
        assert_eq!(
            found(&report),
            expected.iter().copied().collect(),
            "{:#?}",
            report.errors().collect::<Vec<_>>()
        );
    }
}

#[test]
fn every_rule_that_can_find_something_has_a_fault() {
    let ruleset = RuleSet::embedded("v0.1").unwrap();
    let tried: BTreeSet<&str> = faults()
        .iter()
        .flat_map(|fault| fault.found)
        .map(|(_, rule)| *rule)
        .collect();
    // Those about files and archives are tried in `inputs.rs`.
    let elsewhere: BTreeSet<&str> = INPUT_RULES.into_iter().collect();
    for meta in of_ruleset(&ruleset).filter(|meta| !elsewhere.contains(meta.id)) {
        assert!(
            tried.contains(meta.id) || meta.severity == Severity::Info,
            "no fault is made for {}",
            meta.id
        );
    }
}

#[test]
fn every_finding_about_a_value_has_a_place() {
    for Fault { tree, .. } in faults() {
        for finding in judge(&tree)
            .findings
            .iter()
            .filter(|finding| finding.severity != Severity::Info)
        {
            let Some(measure) = &finding.measure else { continue };
            let counted =
                ["point-count", "point-cap"].contains(&finding.rule) || finding.rule.ends_with("coverage");
            assert!(
                finding.place.is_some() || counted,
                "{}: {measure:?}",
                finding.rule
            );
        }
    }
}

#[test]
fn own_findings_never_change_the_official_answer() {
    for Fault { tree, found } in faults() {
        let report = judge(&tree);
        let official_errors = report
            .of(Origin::Official)
            .any(|finding| finding.severity == Severity::Error);
        assert_eq!(
            report.official_exit_code(false),
            u8::from(official_errors),
            "{found:?}"
        );
    }
}
