//! What the formats beside text and JSON promise, over every stored case and over hostile text.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use runbench::disk::DiskTree;
use runbench_core::check::{Report, check};
use runbench_core::diag::{
    Severity, Style, explain, explain_json, to_github, to_json, to_markdown, to_sarif, to_text,
};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::MemoryTree;
use runbench_proptests::corpus::cases;
use runbench_proptests::submission::{
    CONCURRENCIES, curve, point, point_path, system_path, valid, with_text,
};
use serde_json::Value;

fn judge(tree: &MemoryTree) -> Report {
    check(tree, "acme", &RuleSet::embedded("v0.1").unwrap())
}

/// Calls its argument with the report of every stored case.
fn each_report(mut look: impl FnMut(&str, &Report)) {
    for name in ["v0.1", "v1.5"] {
        let ruleset = RuleSet::embedded(name).unwrap();
        for case in cases(name).unwrap() {
            let folder = tempfile::tempdir().unwrap();
            let path = case.unpack(folder.path()).unwrap();
            look(&case.id, &check(&DiskTree::new(&path), &case.check, &ruleset));
        }
    }
}

fn loud(report: &Report) -> usize {
    let is_loud = |severity: Severity| severity != Severity::Info;
    report
        .findings
        .iter()
        .filter(|finding| is_loud(finding.severity))
        .count()
}

#[test]
fn sarif_meets_its_official_schema() {
    let schema = include_str!("../schemas/sarif-schema-2.1.0.json");
    // A slip of the published schema, mended in its errata: no regular expression by the rules of JSON schemas.
    let slip = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert!(schema.contains(slip));
    let schema: Value = serde_json::from_str(&schema.replace(slip, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let bad: Value = serde_json::json!({"version": "2.1.0", "runs": [{"results": 5}]});
    assert!(!validator.is_valid(&bad));
    each_report(|id, report| {
        let log: Value = serde_json::from_str(&to_sarif(report, report.official_exit_code(false))).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&log)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{id}: {faults:#?}");
        let results = log.pointer("/runs/0/results").unwrap().as_array().unwrap();
        assert_eq!(results.len(), loud(report), "{id}");
        for result in results {
            let at = result.get("ruleIndex").unwrap();
            let rule = log.pointer(&format!("/runs/0/tool/driver/rules/{at}")).unwrap();
            assert_eq!(rule.get("id"), result.get("ruleId"), "{id}");
            assert_eq!(
                rule.pointer("/properties/origin"),
                result.pointer("/properties/origin"),
                "{id}"
            );
        }
    });
}

#[test]
fn every_finding_of_every_case_can_be_explained_by_its_id() {
    each_report(|id, report| {
        let json = to_json(report);
        let mut ids = BTreeSet::new();
        let named = report.findings.iter().filter(|finding| !finding.id.is_empty());
        for (at, finding) in named.enumerate() {
            assert!(ids.insert(&finding.id), "{id}: two findings share {}", finding.id);
            // A few of each case: every rule is among those of all cases.
            if at % 5 == 0 {
                let text = explain_json(&json, &finding.id, 80).unwrap();
                assert!(
                    text.contains(finding.rule) && text.contains(&finding.id),
                    "{id}: {text}"
                );
            }
        }
        let first = report.rules.first().unwrap().rule;
        assert!(explain(report, first, 0).is_ok(), "{id}: {first}");
        assert!(explain(report, "no-such-thing", 0).is_err(), "{id}");
    });
}

#[test]
fn annotations_are_one_line_each_and_few() {
    each_report(|id, report| {
        let text = to_github(report);
        for severity in ["error", "warning"] {
            let head = format!("::{severity} ");
            assert!(
                text.lines().filter(|line| line.starts_with(&head)).count() <= 10,
                "{id}"
            );
        }
        assert!(text.lines().all(|line| line.starts_with("::")), "{id}: {text}");
        assert_eq!(
            text.lines().filter(|line| line.starts_with("::notice ")).count(),
            1,
            "{id}"
        );
    });
}

#[test]
fn hostile_text_stays_text_in_every_format() {
    let hostile = "<img src=x onerror=alert(1)> | `x` @everyone [a](http://b) \u{202e}\u{1b}[31m ::error::no";
    let text = point(48).replace(
        "load_pattern: concurrency",
        &format!("load_pattern: {}", Value::from(hostile)),
    );
    let report = judge(&with_text(&point_path(48), text));
    assert!(loud(&report) > 0);
    let markdown = to_markdown(&report);
    assert!(
        !markdown.contains("<img") && !markdown.contains("@everyone") && !markdown.contains("](http"),
        "{markdown}"
    );
    for drawn in [to_text(&report, Style::default()), markdown, to_github(&report)] {
        assert!(
            !drawn.contains('\u{202e}') && !drawn.contains('\u{1b}'),
            "{drawn}"
        );
        assert!(
            !drawn
                .lines()
                .any(|line| line.trim_start().starts_with("::error::no")),
            "{drawn}"
        );
    }
}

#[test]
fn ids_stay_when_the_numbers_the_prefix_and_other_findings_change() {
    let broken = |tokens: &str| {
        let mut tree = valid();
        tree.insert(&point_path(48), point(48).replace("concurrency: 48", tokens));
        tree
    };
    let ids = |report: &Report| -> BTreeSet<String> {
        let of_range = report
            .findings
            .iter()
            .filter(|finding| finding.rule == "concurrency-in-range");
        of_range
            .map(|finding| finding.id.clone())
            .filter(|id| !id.is_empty())
            .collect()
    };
    let first = ids(&judge(&broken("concurrency: 4800")));
    assert_eq!(first.len(), 1);
    let mut more = broken("concurrency: 9000");
    more.remove(&system_path().replace(".json", ".none"));
    more.insert(
        &point_path(32),
        point(32).replace("stream_all_chunks: true", "stream_all_chunks: false"),
    );
    let ruleset = RuleSet::embedded("v0.1").unwrap();
    assert_eq!(first, ids(&check(&more, "./elsewhere/acme/", &ruleset)));
}

#[test]
fn a_missing_file_with_a_near_name_is_hinted_at() {
    let mut tree = valid();
    let folder = format!("{}/results/point_48", curve());
    let content = tree.remove(&format!("{folder}/results_summary.json")).unwrap();
    tree.insert(&format!("{folder}/result_summary.json"), content);
    let report = judge(&tree);
    let finding = report
        .errors()
        .find(|finding| finding.rule == "result-file-present")
        .unwrap();
    assert!(
        finding
            .hint
            .as_ref()
            .is_some_and(|hint| hint.contains("`result_summary.json`")),
        "{finding:?}"
    );
}

#[test]
fn ten_thousand_findings_are_grouped_and_kept() {
    let mut tree = valid();
    for concurrency in 1000..6000 {
        tree.insert(&point_path(concurrency), point(concurrency));
    }
    let report = judge(&tree);
    assert!(loud(&report) >= 10_000, "{}", loud(&report));
    let text = to_text(&report, Style::default());
    assert!(text.lines().count() < 400, "{}", text.lines().count());
    assert!(text.contains("more places"), "{text}");
    assert!(to_markdown(&report).len() < 65_536);
    let json: Value = serde_json::from_str(&to_json(&report)).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), loud(&report));
    assert!(CONCURRENCIES.len() < 10);
}

#[test]
fn rules_below_a_stop_name_the_stop() {
    let mut tree = MemoryTree::new();
    tree.insert_directory("systems");
    let json: Value = serde_json::from_str(&to_json(&judge(&tree))).unwrap();
    let rules = json["rules"].as_array().unwrap();
    let run = rules.iter().find(|run| run["rule"] == "point-duration").unwrap();
    assert_eq!(run["outcome"], "not_run");
    assert_eq!(run["not_run_because"][0]["cause"], "required-dir");
}
