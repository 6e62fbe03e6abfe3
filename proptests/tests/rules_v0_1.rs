//! Every rule of v0.1 passes a valid submission and finds the one fault made for it, and nothing else does.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::indexing_slicing, reason = "a panic is how a test fails")]
#![expect(clippy::too_many_lines, reason = "the table of faults is one list")]

use std::collections::BTreeSet;

use runbench_core::check::{Report, Verdict, check};
use runbench_core::diag::{Origin, Severity};
use runbench_core::rules::{Outcome, of_ruleset};
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
    // The results of two points, both changed; nothing stored, so that no official comparison speaks up.
    let two = |edit: &dyn Fn(&mut Value, u32)| {
        let mut tree = valid();
        for concurrency in [40, 48] {
            let mut changed = summary(concurrency);
            changed["system_tps"] = Value::Null;
            changed["tps_per_user"] = Value::Null;
            edit(&mut changed, concurrency);
            tree.insert(&summary_path(concurrency), changed.to_string());
        }
        tree
    };
    let renamed = |name: &str, id: &str| {
        let whole = valid();
        let mut tree = MemoryTree::new();
        for path in whole.paths() {
            let content = runbench_core::tree::Tree::read(&whole, path).unwrap();
            let text = String::from_utf8(content.into_owned()).unwrap();
            tree.insert(
                &path.replace(MODEL, name),
                text.replace("Llama-3.1-8B-Instruct", id),
            );
        }
        tree
    };
    let linked = |outside: bool| {
        let mut tree = valid();
        tree.insert_link("documentation/more.md", outside);
        tree
    };
    let second_entry = |score: Value| {
        accuracy_with(|accuracy| accuracy["other"] = json!({"num_samples": 13368, "score": score}))
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
        fault(
            moved(64, 72),
            &[("error", "concurrency-in-range"), ("warning", "unread-results")],
        ),
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
        fault(
            without(&point_path(1)),
            &[("error", "point-count"), ("warning", "unread-results")],
        ),
        fault(more_points(), &[("error", "point-cap")]),
        fault(
            moved(34, 47),
            &[
                ("error", "low-throughput-coverage"),
                ("warning", "unread-results"),
            ],
        ),
        fault(
            moved(40, 47),
            &[
                ("error", "med-throughput-coverage"),
                ("warning", "unread-results"),
            ],
        ),
        fault(
            {
                let mut tree = moved(48, 2);
                tree.remove(&point_path(64));
                tree.insert(&point_path(3), point(3));
                tree.insert(&summary_path(3), summary(3).to_string());
                tree
            },
            &[
                ("error", "high-throughput-coverage"),
                ("warning", "unread-results"),
            ],
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
            &[("error", "low-latency-coverage"), ("warning", "unread-results")],
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
        fault(
            two(&|summary, _| summary["output_sequence_lengths"]["total"] = json!(499_200)),
            &[("error", "duplicate-result")],
        ),
        fault(
            two(&|summary, concurrency| {
                summary["run_id"] = json!("5e1f");
                summary["test_started_at"] = json!(1_790_000_000 + 2000 * concurrency);
            }),
            &[("error", "duplicate-result")],
        ),
        fault(
            two(&|summary, _| summary["ttft"]["percentiles"] = json!({"50": 7_123_456, "95": 9_876_543})),
            &[("warning", "identical-figures")],
        ),
        fault(
            summary_with("state", json!("interrupted")),
            &[("error", "run-incomplete")],
        ),
        fault(
            summary_with("run_config", json!({"load_pattern": {"target_concurrency": 47}})),
            &[("error", "load-contradiction")],
        ),
        fault(
            summary_with(
                "ttft",
                json!({"total": 9.1e9, "percentiles": {"50": 7.0e6, "95": 6.9e6}}),
            ),
            &[("error", "series-order")],
        ),
        fault(
            summary_with(
                "ttft",
                json!({"min": 8.0e6, "avg": 9.0e6, "max": 9.5e6, "percentiles": {"50": 7.9e6}}),
            ),
            &[("error", "series-order")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["n_samples_failed"] = json!(-1);
                summary["n_samples_completed"] = json!(1301);
            }),
            &[("error", "negative-figure")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["duration_ns"] = json!(1e-300);
                summary["system_tps"] = Value::Null;
                summary["tps_per_user"] = Value::Null;
            }),
            &[("error", "nonfinite-rate"), ("warning", "point-duration")],
        ),
        fault(
            accuracy_with(|accuracy| accuracy["cnn"]["score"]["rouge1"] = json!("NaN")),
            &[("error", "nonfinite-number")],
        ),
        fault(linked(true), &[("error", "link-leaves-folder")]),
        fault(linked(false), &[("warning", "link-leads-nowhere")]),
        fault(
            with_text(
                &point_path(48),
                format!("{}max_supported_concurrency: 65\n", point(48)),
            ),
            &[("error", "point-system-contradiction")],
        ),
        fault(
            accuracy_with(|accuracy| accuracy["cnn"]["num_samples"] = json!("13,368")),
            &[("warning", "gate-skipped")],
        ),
        fault(
            {
                let mut tree = valid();
                for concurrency in CONCURRENCIES {
                    tree.insert(
                        &point_path(concurrency),
                        point(concurrency).replace("dataset-c", "datasets_c"),
                    );
                }
                tree
            },
            &[("warning", "gate-skipped")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary.as_object_mut().unwrap().remove("n_samples_issued");
            }),
            &[("warning", "gate-skipped")],
        ),
        fault(summary_with("qps", json!(1.02)), &[("warning", "rate-mismatch")]),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary["output_sequence_lengths"]["total"] = json!(499_200.5);
            }),
            &[("warning", "count-contradiction")],
        ),
        fault(
            summary_with("tpot", json!({"percentiles": {"90": 1.0e9}})),
            &[("warning", "throughput-unexplained")],
        ),
        fault(
            summary_with("latency", json!({"percentiles": {"50": 7.0e12}})),
            &[("warning", "throughput-unexplained")],
        ),
        fault(
            two(&|summary, concurrency| {
                if concurrency == 48 {
                    summary["output_sequence_lengths"]["total"] = json!(998_400);
                }
            }),
            &[("warning", "throughput-shape")],
        ),
        fault(
            two(&|summary, concurrency| {
                if concurrency == 40 {
                    summary["output_sequence_lengths"]["total"] = json!(150_000);
                }
            }),
            &[("warning", "throughput-shape")],
        ),
        fault(
            summary_with(
                "ttft",
                json!({"total": 9.1e9, "percentiles": {"50": 4.0e6, "95": 9.0e6}}),
            ),
            &[("warning", "ttft-falls")],
        ),
        fault(
            two(&|summary, concurrency| {
                summary["test_started_at"] = json!(1_790_000_000 + 100 * concurrency);
            }),
            &[("warning", "overlapping-runs")],
        ),
        fault(
            summary_with("ttft", json!({})),
            &[("warning", "streaming-contradiction")],
        ),
        fault(
            with_text(
                &point_path(48),
                format!("{}  min_duration_ms: 1300001\n", point(48)),
            ),
            &[("warning", "declared-minimum")],
        ),
        fault(
            renamed("Llama-3_1-18B", "Llama-3.1-18B"),
            &[("warning", "model-by-substring")],
        ),
        fault(
            second_entry(json!({"rouge1": 39.5})),
            &[("warning", "metric-overwritten")],
        ),
        fault(
            accuracy_with(|accuracy| {
                // Keys are sorted, so the spelling in capitals stands first.
                accuracy["cnn"]["score"]["ROUGE1"] = json!(38.8);
                accuracy["cnn"]["score"]["rouge1"] = json!(12.0);
            }),
            &[("warning", "metric-overwritten")],
        ),
        fault(
            second_entry(json!({"bleu": 1.0})),
            &[("warning", "accuracy-unjudged")],
        ),
        fault(
            with_json(&summary_path(48), summary(48), |summary| {
                summary.as_object_mut().unwrap().remove("n_samples_failed");
                summary["n_sample_failed"] = json!(0);
                summary["n_samples_completed"] = json!(1300);
            }),
            &[("warning", "misspelt-key")],
        ),
        fault(
            with_text(&format!("{}/points/point_50.yml", curve()), point(50)),
            &[("warning", "unread-results")],
        ),
    ]
}

#[test]
fn a_valid_submission_passes_every_rule() {
    let report = judge(&valid());
    assert_eq!(found(&report), BTreeSet::new());
    assert_eq!(report.verdict(), Verdict::Valid);
    assert_eq!(report.official_exit_code(true), 0);
    for run in &report.rules {
        // An own rule may have nothing to look at, and says so.
        let idle =
            run.origin == Origin::Runbench && run.outcome == Outcome::NotRun && !run.reasons.is_empty();
        assert!(
            idle || run.outcome == Outcome::Pass,
            "{} {:?}",
            run.rule,
            run.reasons
        );
    }
}

#[test]
fn each_fault_is_found_by_its_rule_alone() {
    let mut wrong = Vec::new();
    for Fault {
        tree,
        found: expected,
    } in faults()
    {
        let report = judge(&tree);
        let found = found(&report);
        if found != expected.iter().copied().collect() {
            let messages: Vec<_> = report
                .findings
                .iter()
                .filter(|one| one.severity != Severity::Info)
                .collect();
            wrong.push(format!("wanted {expected:?}, found {found:?}: {messages:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

/// Differences from the reference that fuzzing found: errors of a rule on a file.
#[test]
fn differences_found_by_fuzzing_stay_mended() {
    let errors = |tree: &MemoryTree, rule: &str, end: &str| {
        let report = judge(tree);
        let on_file = |path: &String| path.ends_with(end);
        report
            .of(Origin::Official)
            .filter(|finding| finding.severity == Severity::Error && finding.rule == rule)
            .filter(|finding| finding.path.as_ref().is_some_and(on_file))
            .count()
    };
    let concurrency = |digits: &str| point_with("concurrency: 48", &format!("concurrency: {digits}"));
    // A result's directory can't have so long a name: the reference crashes, which is an error of the point's file.
    let long = concurrency(&"9".repeat(260));
    assert_eq!(errors(&long, "point-config-valid", "point_48.yaml"), 1);
    assert_eq!(errors(&long, "result-file-present", ""), 0);
    // Python can't write out so many digits: its checks of the file fail, and the point is dropped.
    let longer = concurrency(&format!("0x{}", "F".repeat(4000)));
    assert_eq!(errors(&longer, "point-config-valid", "point_48.yaml"), 1);
    assert_eq!(errors(&longer, "concurrency-in-range", ""), 0);
    let many = summary_with("n_samples_completed", json!("9".repeat(4300)));
    assert_eq!(
        errors(&many, "result-file-valid", "point_48/results_summary.json"),
        1
    );
    // The system `.` has its models in `pareto` itself.
    let dot = with_text("systems/..json", system().to_string());
    assert_eq!(errors(&dot, "pareto-dir-exists", ""), 0);
    assert_eq!(
        errors(&dot, "pareto-subdir", &format!("pareto/{SYSTEM}/points")),
        1
    );
}
