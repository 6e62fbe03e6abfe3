//! Every stored case of a ruleset gets the reference's answer.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "how many cases agree is worth a line")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

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

/// In how many cases a part of the answer is the reference's.
#[derive(Default)]
struct Agreement {
    cases: usize,
    /// Cases with results; in the others the reference crashed.
    answered: usize,
    exit_codes: usize,
    /// Errors, warnings and infos, by rule and path.
    severities: [usize; 3],
    sections: usize,
    keys: usize,
}

/// Results as a multiset, each reduced to some of its parts.
fn multiset(results: &[Vec<Value>], reduce: impl Fn(&[Value]) -> Vec<Value>) -> Vec<String> {
    let mut reduced: Vec<String> = (results.iter())
        .map(|result| Value::from(reduce(result)).to_string())
        .collect();
    reduced.sort();
    reduced
}

fn agreement(name: &str) -> Agreement {
    let ruleset = RuleSet::embedded(name).unwrap();
    let mut agreement = Agreement::default();
    for case in cases(name).unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let path = case.unpack(folder.path()).unwrap();
        let report = check(&DiskTree::new(&path), &case.check, &ruleset);
        let codes = [false, true].map(|strict| u64::from(report.official_exit_code(strict)));
        agreement.cases += 1;
        agreement.exit_codes += usize::from(codes == [case.exit_code, case.strict_exit_code]);
        let Some(theirs) = &case.results else { continue };
        agreement.answered += 1;
        let ours: Vec<Vec<Value>> = report.of(Origin::Official).map(stored).collect();
        let alike = |reduce: &dyn Fn(&[Value]) -> Vec<Value>| {
            usize::from(multiset(&ours, reduce) == multiset(theirs, reduce))
        };
        for (count, severity) in agreement.severities.iter_mut().zip(["error", "warning", "info"]) {
            *count += alike(&|result| match result {
                [word, rule, path, ..] if word == severity => vec![rule.clone(), path.clone()],
                _ => Vec::new(),
            });
        }
        agreement.sections += alike(&|result| result.iter().take(4).cloned().collect());
        agreement.keys += alike(&<[Value]>::to_vec);
    }
    agreement
}

/// The table of docs/reference.md, a row for each ruleset.
fn agreement_table() -> String {
    let mut table = "| | exit code, plain and strict | errors | warnings | infos | section | key |\n\
                     | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for name in ["v0.1", "v1.5"] {
        let found = agreement(name);
        let of = |count: usize| format!("{count} of {}", found.answered);
        let [errors, warnings, infos] = found.severities.map(of);
        let keys = if name == "v0.1" {
            "\u{2013}".to_owned()
        } else {
            of(found.keys)
        };
        writeln!(
            table,
            "| {name} | {} of {} | {errors} | {warnings} | {infos} | {} | {keys} |",
            found.exit_codes,
            found.cases,
            of(found.sections)
        )
        .unwrap();
    }
    table
}

#[test]
fn the_agreement_table_is_current() {
    let table = agreement_table();
    println!("{table}");
    if std::env::var_os("RUNBENCH_CORPUS").is_none() {
        let page = include_str!("../../docs/reference.md");
        assert!(page.contains(&table), "docs/reference.md should hold\n{table}");
    }
}
