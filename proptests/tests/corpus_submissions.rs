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
        // The reference crashed: we name the file in an error, and still report the rest.
        if !report
            .of(Origin::Official)
            .any(|finding| finding.severity == Severity::Error && finding.path.is_some())
        {
            differences.push("no error names the file at which the reference crashed".to_owned());
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
fn v0_1_agrees_with_the_reference() {
    check_all("v0.1");
}

#[test]
fn v1_5_agrees_with_the_reference() {
    check_all("v1.5");
}
