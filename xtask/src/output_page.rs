//! `docs/output.md`: a sample of every output format, drawn by the same functions as the command line's.

use runbench_core::check::{Report, check};
use runbench_core::diag::{Style, explain, to_github, to_json, to_markdown, to_sarif, to_text};
use runbench_core::rules::{RuleFilter, rules_diff, rules_json};
use runbench_core::ruleset::{RuleSet, recognise};
use runbench_core::tree::MemoryTree;
use serde_json::Value;

/// What stands around the samples; `<<name>>` is where a sample goes.
const TEMPLATE: &str = include_str!("output_page.md");

const SYSTEM: &str = r#"{
  "submitter_org_names": "Acme",
  "system_name": "one node",
  "system_category": "datacenter",
  "system_availability_status": "available",
  "division": "serviced",
  "node_types": [],
  "max_supported_concurrency": 64,
  "model_id": "acme/small"
}
"#;

/// A v0.1 submission with a run that is too short, a misspelt key, a query that got lost, and a NaN.
pub(crate) fn fixture() -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.insert_directory("documentation");
    tree.insert("systems/node1.json", SYSTEM);
    let curve = "pareto/node1/small";
    for concurrency in [1, 4, 8, 32, 34, 40, 48, 64] {
        let key = if concurrency == 34 {
            "concurency"
        } else {
            "concurrency"
        };
        tree.insert(
            &format!("{curve}/points/point_{concurrency}.yaml"),
            format!("{key}: {concurrency}\n"),
        );
        let (duration, completed, tps) = match concurrency {
            8 => ("598200000000", 900, ""),
            40 => ("1200000000000", 899, ""),
            48 => ("NaN", 900, ""),
            64 => ("1200000000000", 900, ",\n  \"system_tps\": 512.5"),
            _ => ("1200000000000", 900, ""),
        };
        tree.insert(
            &format!("{curve}/results/point_{concurrency}/results_summary.json"),
            format!(
                "{{\n  \"n_samples_issued\": 900,\n  \"n_samples_completed\": {completed},\n  \
                 \"duration_ns\": {duration},\n  \"output_sequence_lengths\": {{\"total\": 600000}}{tps}\n}}\n"
            ),
        );
    }
    tree.insert(
        &format!("{curve}/results/point_8/accuracy/results.json"),
        r#"{"qa": {"score": 0.4}}"#,
    );
    tree
}

/// The fixture's report, as `check acme` gives it.
fn report() -> Report {
    let tree = fixture();
    let (name, choice) = recognise(&tree);
    let report = check(&tree, "acme", &ruleset(name));
    Report {
        ruleset_choice: choice,
        ..report
    }
}

#[expect(
    clippy::expect_used,
    reason = "a page can't be made without the rulesets that it is about"
)]
fn ruleset(name: &str) -> RuleSet {
    RuleSet::embedded(name).expect("embedded rulesets load; core's tests say so")
}

/// The whole page.
pub(crate) fn output_page() -> String {
    let report = report();
    let id = report
        .findings
        .iter()
        .find(|finding| finding.rule == "metric-consistency-system-tps" && !finding.id.is_empty())
        .map_or("", |finding| finding.id.as_str());
    let diff = rules_diff(&ruleset("v0.1"), &ruleset("v1.5"));
    let samples = [
        ("text", to_text(&report, Style::default())),
        ("json", cut_json(&to_json(&report))),
        ("sarif", cut_json(&to_sarif(&report, 1))),
        ("markdown", to_markdown(&report)),
        ("github", to_github(&report)),
        ("id", id.to_owned()),
        (
            "explain",
            explain(&report, id, 100).unwrap_or_else(|error| error.to_string()),
        ),
        ("diff", first_lines(&diff.to_text(100), 12)),
        ("diff-json", cut_json(&diff.to_json())),
        (
            "rules-json",
            cut_json(&rules_json(&ruleset("v1.5"), &RuleFilter::default())),
        ),
    ];
    samples
        .into_iter()
        .fold(TEMPLATE.to_owned(), |page, (name, sample)| {
            page.replace(&format!("<<{name}>>"), sample.trim_end())
        })
}

fn first_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().take(count).collect();
    format!("{}\n…", lines.join("\n"))
}

/// JSON with one item of each list.
fn cut_json(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).unwrap_or_default();
    cut(&mut value);
    format!("{value:#}")
}

fn cut(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.truncate(1);
            items.iter_mut().for_each(cut);
        }
        Value::Object(fields) => fields.values_mut().for_each(cut),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    found.insert(key.clone());
                    // Its keys are reasons, not names.
                    if key != "reasons" {
                        keys(value, found);
                    }
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_key_of_the_json_forms_is_explained() {
        let diff = rules_diff(&ruleset("v0.1"), &ruleset("v1.5")).to_json();
        let list = rules_json(&ruleset("v1.5"), &RuleFilter::default());
        for text in [to_json(&report()), diff, list] {
            let mut found = BTreeSet::new();
            keys(&serde_json::from_str(&text).unwrap(), &mut found);
            for key in found {
                assert!(TEMPLATE.contains(&format!("`{key}`")), "`{key}` is not explained");
            }
        }
    }

    #[test]
    fn every_sample_is_there() {
        let page = output_page();
        assert!(!page.contains("<<"), "a sample is missing");
        for part in [
            "verdict:",
            "\"format_version\": 1",
            "\"2.1.0\"",
            "::error file=",
            "<details>",
            "must hold:",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }
}
