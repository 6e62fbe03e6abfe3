//! Every finding has a place in a file, but for those about something that no file says.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use runbench::disk::DiskTree;
use runbench_core::check::check;
use runbench_core::diag::Severity;
use runbench_core::ruleset::RuleSet;
use runbench_proptests::corpus::cases;

/// Rules whose findings, or those of the keys given, are about no value, and what they are about instead.
const NO_VALUE: &[(&str, &[&str], &str)] = &[
    (
        "accuracy-coverage",
        &["missing-bands", "fail"],
        "runs that are not there",
    ),
    ("accuracy-file", &[], "a missing file"),
    ("accuracy-gate", &["", "no-thresholds"], "a directory's name"),
    ("accuracy-present", &[], "missing files"),
    ("agentic-accuracy", &[], "a directory's name"),
    (
        "agentic-accuracy-inline",
        &["missing"],
        "scores that are not there",
    ),
    (
        "agentic-accuracy-swebench",
        &["warn", "warn-2", "warn-3"],
        "how many scores there are",
    ),
    ("agentic-osl-range", &["warn"], "numbers that are not there"),
    ("benchmark-model-dir", &[], "a missing directory"),
    (
        "c-min-override",
        &["missing-declaration", "missing-point"],
        "a missing file or point",
    ),
    ("config-file-present", &[], "a missing file"),
    ("gate-skipped", &[], "a missing file"),
    ("high-concurrency-coverage", &[], "points that are not there"),
    ("high-throughput-coverage", &[], "points that are not there"),
    ("low-concurrency-coverage", &[], "points that are not there"),
    ("low-latency-coverage", &[], "points that are not there"),
    ("low-throughput-coverage", &[], "points that are not there"),
    ("measurement-points-present", &[], "a missing file"),
    ("med-concurrency-coverage", &[], "points that are not there"),
    ("med-throughput-coverage", &[], "points that are not there"),
    ("offline-point-present", &["fail-2"], "a point that is not there"),
    ("pareto-dir-exists", &[], "a missing directory"),
    ("pareto-subdir", &[], "a missing directory"),
    ("path-exists", &[], "a missing directory"),
    ("point-cap", &[], "how many points there are"),
    ("point-count", &[], "how many points there are"),
    ("point-dirs", &[], "missing directories"),
    ("point-rules-skipped", &[], "a file that could not be read"),
    ("power-descriptor", &["fail"], "a missing file"),
    ("region-basis", &[], "a declaration that no file makes"),
    ("required-dir", &[], "a missing directory"),
    ("result-summary-present", &[], "a missing file"),
    ("src-dir", &["fail", "fail-2"], "a missing directory"),
    ("src-readme", &[], "a missing file"),
    ("system-description-present", &[], "a missing file"),
    (
        "system-description-valid",
        &["", "fail"],
        "a directory where a file is wanted",
    ),
    ("system-results-dir", &[], "missing directories"),
    ("ultra-low-concurrency-coverage", &[], "points that are not there"),
    ("undescribed-results", &[], "a missing file"),
];

fn is_about_no_value(rule: &str, key: &str) -> bool {
    NO_VALUE
        .iter()
        .any(|(known, keys, _)| *known == rule && (keys.is_empty() || keys.contains(&key)))
}

/// Errors and warnings over all stored cases: whether each rule and key ever has a place, with an example.
fn check_all(name: &str) {
    let ruleset = RuleSet::embedded(name).unwrap();
    let mut without: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for case in cases(name).unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let path = case.unpack(folder.path()).unwrap();
        let report = check(&DiskTree::new(&path), &case.check, &ruleset);
        for finding in report.findings {
            if finding.severity == Severity::Info {
                assert!(finding.id.is_empty(), "{}: {}", case.id, finding.rule);
                continue;
            }
            assert_eq!(finding.id.len(), 10, "{}: {}", case.id, finding.rule);
            let key = finding.key.unwrap_or_default();
            if finding.place.is_none() && !is_about_no_value(finding.rule, key) {
                without
                    .entry((finding.rule, key))
                    .or_insert_with(|| format!("{}: {}", case.id, finding.message));
            }
        }
    }
    assert!(without.is_empty(), "no place: {without:#?}");
}

#[test]
fn findings_of_v0_1_have_places() {
    check_all("v0.1");
}

#[test]
fn findings_of_v1_5_have_places() {
    check_all("v1.5");
}
