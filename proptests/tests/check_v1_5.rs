//! Properties of a whole v1.5 check: no content of any file makes it panic, and our own findings stay apart.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use runbench_core::check::{Replacement, Replacements, Report, check, check_with};
use runbench_core::diag::{Origin, Severity, Style, to_json, to_text};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{MemoryTree, Tree as _};
use runbench_proptests::corpus::cases;

/// The first stored case, which is valid; below its organisation's folder.
static VALID: LazyLock<MemoryTree> = LazyLock::new(first_case);

fn valid() -> MemoryTree {
    VALID.clone()
}

fn first_case() -> MemoryTree {
    let case = cases("v1.5").unwrap().remove(0);
    let mut tree = MemoryTree::new();
    for (path, content) in &case.files {
        let inner = path.split_once('/').unwrap().1;
        tree.insert(inner, content.as_str().unwrap());
    }
    tree
}

fn judge(tree: &MemoryTree) -> Report {
    let report = check(tree, "acme", &RuleSet::embedded("v1.5").unwrap());
    to_text(&report, Style::default());
    assert!(
        serde_json::from_str::<serde_json::Value>(&to_json(&report))
            .unwrap()
            .is_object()
    );
    report
}

/// Rules of one origin that found something.
fn loud(report: &Report, origin: Origin) -> Vec<&'static str> {
    let mut rules: Vec<&str> = report
        .of(origin)
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| finding.rule)
        .collect();
    rules.dedup();
    rules
}

/// The valid submission with one file's text changed.
fn with(path: &str, from: &str, to: &str) -> MemoryTree {
    let mut tree = valid();
    let text = String::from_utf8(tree.read(path).unwrap().into_owned()).unwrap();
    assert!(text.contains(from), "{text}");
    tree.insert(path, text.replacen(from, to, 1));
    tree
}

const POINT: &str = "sub-0001/results/sys_a/llama3_1-8b/r58/point.yaml";
const SUMMARY: &str = "sub-0001/results/sys_a/llama3_1-8b/r58/result_summary.json";
const SCORES: &str = "sub-0001/results/sys_a/llama3_1-8b/r32/accuracy_results.json";

#[test]
fn the_submission_below_the_organisation_is_found() {
    let report = judge(&valid());
    assert_eq!(report.path, "acme/sub-0001");
    assert_eq!(report.official_exit_code(false), 0);
}

#[test]
fn every_official_result_has_a_key_and_no_own_one_has() {
    let report = judge(&with(
        SUMMARY,
        "\"duration_ns\": 1260000000000",
        "\"duration_ns\": NaN",
    ));
    assert!(report.of(Origin::Official).all(|finding| finding.key.is_some()));
    assert!(report.of(Origin::Runbench).count() > 0);
    assert!(report.of(Origin::Runbench).all(|finding| finding.key.is_none()));
}

#[test]
fn what_the_reference_lets_pass_is_found_by_our_own_rules() {
    for (tree, rule) in [
        (
            with(SUMMARY, "\"duration_ns\": 1260000000000", "\"duration_ns\": NaN"),
            "nonfinite-number",
        ),
        (
            with(POINT, "concurrency: 58", "concurrency: 42"),
            "duplicate-point",
        ),
        (
            with(POINT, "concurrency: 58", "concurrency: 58\nconcurrency: 58"),
            "duplicate-key",
        ),
        (with(SCORES, "\"rouge1\"", "\"rogue1\""), "gate-skipped"),
    ] {
        assert_eq!(loud(&judge(&tree), Origin::Runbench), [rule]);
    }
}

#[test]
fn a_list_that_cannot_be_read_is_one_warning() {
    let unreadable = |content| Replacements {
        seed_sets: Some(Replacement {
            path: "seeds.yaml".to_owned(),
            content,
        }),
        approved_drafters: None,
    };
    for content in [Err("no such file".to_owned()), Ok(b"[".to_vec()), Ok(Vec::new())] {
        let ruleset = RuleSet::embedded("v1.5").unwrap();
        let report = check_with(&valid(), "acme", &ruleset, &unreadable(content));
        let of_seeds: Vec<_> = report
            .of(Origin::Official)
            .filter(|finding| finding.rule.starts_with("seed-"))
            .map(|finding| (finding.rule, finding.severity, finding.path.is_none()))
            .collect();
        assert_eq!(of_seeds, [("seed-set-registry", Severity::Warning, true)]);
    }
}

/// Any file of the valid submission.
fn any_path() -> impl Strategy<Value = String> {
    let paths: Vec<String> = valid().paths().map(str::to_owned).collect();
    proptest::sample::select(paths)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_in_any_file_never_panic(path in any_path(), content in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut tree = valid();
        tree.insert(&path, content);
        judge(&tree);
    }

    #[test]
    fn a_value_exchanged_for_an_odd_one_never_panics(
        path in any_path(),
        at in any::<Index>(),
        odd in proptest::sample::select(vec![
            "NaN", "-Infinity", "1e999", "null", "true", "[]", "{}", "\"\"", "-1", "0", "1e20", "[[[[]]]]", "\"\\ud800\"",
            "99999999999999999999999999", "\"1_000\"", "{\"a\": {\"a\": 1}}", "010", ".inf", "~", "2026-02-30", "yes",
        ]),
    ) {
        let mut tree = valid();
        let content = String::from_utf8(tree.read(&path).unwrap().into_owned()).unwrap();
        let ends: Vec<usize> = content.match_indices([',', '}', '\n']).map(|(at, _)| at).collect();
        prop_assume!(!ends.is_empty());
        let end = *at.get(&ends);
        let start = content[..end].rfind(':').map_or(0, |at| at + 1);
        tree.insert(&path, format!("{} {odd}{}", &content[..start], &content[end..]));
        judge(&tree);
    }

    #[test]
    fn removed_files_never_panic(paths in proptest::collection::vec(any_path(), 1..4)) {
        let mut tree = valid();
        for path in &paths {
            tree.remove(path);
        }
        judge(&tree);
    }
}
