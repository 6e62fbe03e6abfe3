//! Every stored case of a ruleset gets the reference's answer.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "how many cases agree is worth a line")]

use std::collections::BTreeMap;

use runbench::disk::DiskTree;
use runbench_core::check::{Report, check};
use runbench_core::diag::{Finding, Origin, Severity};
use runbench_core::ruleset::RuleSet;
use runbench_proptests::corpus::{Case, cases};
use serde_json::Value;

/// A result as the cases store it; v0.1 has no key.
fn stored(finding: &Finding) -> Vec<Value> {
    let mut result = vec![
        finding.severity.word().into(),
        finding.rule.into(),
        finding.path.clone().map_or(Value::Null, Value::from),
        finding.spec_ref.into(),
    ];
    result.extend(finding.key.map(Value::from));
    result
}

/// The stored cases at which the reference crashed: the file whose content made it, and the rule that owns the file.
const CRASHES: &[(&str, &str, &str)] = &[
    (
        "v0.1-007-single",
        "result-file-valid",
        "point_35/results_summary.json",
    ),
    (
        "v0.1-015-single",
        "result-file-valid",
        "point_10/results_summary.json",
    ),
    (
        "v0.1-044-single",
        "result-file-valid",
        "point_500/results_summary.json",
    ),
    (
        "v0.1-051-single",
        "result-file-valid",
        "point_47/results_summary.json",
    ),
    ("v0.1-063-multi", "point-config-valid", "points/point_1878.yaml"),
    (
        "v1.5-007-single",
        "result-file-valid",
        "kimi-k3/r8/result_summary.json",
    ),
    (
        "v1.5-018-single",
        "system-description-valid",
        "qwen3_6-35b-a3b/r1/system_desc.json",
    ),
    (
        "v1.5-080-multi",
        "point-config-valid",
        "gpt-oss-120b/r16/point.yaml",
    ),
];

/// What differs between a report and the reference's answer, in words.
fn differences(case: &Case, report: &Report) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, ours, theirs) in [
        ("exit code", report.official_exit_code(false), case.exit_code),
        (
            "strict exit code",
            report.official_exit_code(true),
            case.strict_exit_code,
        ),
    ] {
        if u64::from(ours) != theirs {
            differences.push(format!("{name} {ours}, not {theirs}"));
        }
    }
    let Some(expected) = &case.results else {
        // The reference crashed: an error of the file's own rule names it, and the rest is still reported.
        let crashed = CRASHES.iter().find(|(id, ..)| *id == case.id);
        let of_file = |finding: &&Finding| {
            let path = finding.path.as_deref().unwrap_or_default();
            finding.severity == Severity::Error
                && match crashed {
                    Some((_, rule, end)) => finding.rule == *rule && path.ends_with(end),
                    // A case of another corpus.
                    None => finding.rule.ends_with("-valid") || finding.rule == "power-descriptor",
                }
        };
        let errors = report.of(Origin::Official).filter(of_file).count();
        if errors == 0 || (errors > 1 && crashed.is_some()) {
            differences.push(format!(
                "{errors} errors name the file at which the reference crashed"
            ));
        }
        if report.counts(Origin::Official).infos == 0 {
            differences.push("nothing else was judged".to_owned());
        }
        return differences;
    };
    let mut balance: BTreeMap<String, i64> = BTreeMap::new();
    for finding in report.of(Origin::Official) {
        *balance
            .entry(Value::from(stored(finding)).to_string())
            .or_default() += 1;
    }
    for result in expected {
        *balance
            .entry(Value::from(result.clone()).to_string())
            .or_default() -= 1;
    }
    for (result, count) in balance.into_iter().filter(|(_, count)| *count != 0) {
        differences.push(format!(
            "{} {}x {result}",
            if count > 0 { "ours" } else { "theirs" },
            count.abs()
        ));
    }
    differences
}

/// Judges every stored case of a ruleset.
fn check_all(name: &str) {
    let ruleset = RuleSet::embedded(name).unwrap();
    let cases = cases(name).unwrap();
    assert!(!cases.is_empty());
    let mut failures = Vec::new();
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        let path = case.unpack(folder.path()).unwrap();
        let report = check(&DiskTree::new(&path), &case.check, &ruleset);
        let differences = differences(case, &report);
        if !differences.is_empty() {
            failures.push(format!("{}:\n  {}", case.id, differences.join("\n  ")));
        }
    }
    println!("{} of {} cases agree", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_stored_crash_names_its_file() {
    if std::env::var_os("RUNBENCH_CORPUS").is_some() {
        return;
    }
    let crashed: Vec<String> = ["v0.1", "v1.5"]
        .into_iter()
        .flat_map(|name| cases(name).unwrap())
        .filter(|case| case.results.is_none())
        .map(|case| case.id)
        .collect();
    let named: Vec<&str> = CRASHES.iter().map(|(id, ..)| *id).collect();
    assert_eq!(crashed, named);
}

#[test]
fn v0_1_agrees_with_the_reference() {
    check_all("v0.1");
}

#[test]
fn v1_5_agrees_with_the_reference() {
    check_all("v1.5");
}
