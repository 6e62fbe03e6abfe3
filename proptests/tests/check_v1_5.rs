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

/// Severity and path of what the registry rules say.
type OfRegistries = Vec<(Severity, Option<String>)>;

/// What the registry rules say of a list of drafters and one of seeds, and what becomes of a drafter `W` that every point
/// of the valid submission declares.
fn with_lists(drafters: &str, seeds: &str) -> (OfRegistries, Vec<Option<&'static str>>) {
    let list = |path: &str, text: &str| {
        Some(Replacement {
            path: path.to_owned(),
            content: Ok(text.as_bytes().to_vec()),
        })
    };
    let mut tree = valid();
    let points: Vec<String> = tree
        .paths()
        .filter(|path| path.ends_with("point.yaml"))
        .map(str::to_owned)
        .collect();
    for path in points {
        let text = String::from_utf8(tree.read(&path).unwrap().into_owned()).unwrap();
        let drafter =
            "speculative_decoding: {weight_checksum: W, target_checksum: T, configuration: {k: 1}}\n";
        tree.insert(&path, format!("{text}{drafter}"));
    }
    let replacements = Replacements {
        seed_sets: list("seeds.yaml", seeds),
        approved_drafters: list("drafters.yaml", drafters),
    };
    let report = check_with(&tree, "acme", &RuleSet::embedded("v1.5").unwrap(), &replacements);
    let registries = report
        .of(Origin::Official)
        .filter(|finding| finding.rule.ends_with("-registry"));
    let registries = registries
        .map(|finding| (finding.severity, finding.path.clone()))
        .collect();
    let drafters = report
        .of(Origin::Official)
        .filter(|finding| finding.rule == "approved-drafter");
    let mut keys: Vec<_> = drafters.map(|finding| finding.key).collect();
    keys.dedup();
    (registries, keys)
}

const SEEDS: &str = "seed_sets: [{id: A, scheduler_rng_seed: 1, sample_index_rng_seed: 2, model_seed: 3}]";

#[test]
fn lists_are_read_as_the_reference_reads_them() {
    let entry = |entry: &str| format!("drafters: [{{benchmark: llama3_1-8b, {entry}}}]");
    for (list, key) in [
        (entry("weight_checksum: W"), "pass"),
        // Any value but null counts as a checksum, as Python writes it.
        (entry("weight_checksum: 2026-10-01"), "fail-2"),
        (entry("weight_checksum: [1]"), "fail-2"),
        (entry("weight_checksum: ''"), "fail-2"),
        (
            entry("weight_checksum: null, target_checksum: T, configuration: {k: 1.0}"),
            "pass",
        ),
        (entry("target_checksum: T, configuration: [[k, 1]]"), "pass"),
        (entry("target_checksum: T, configuration: 0"), "fail-2"),
        (entry("target_checksum: T"), "fail-2"),
        (String::new(), "fail"),
    ] {
        assert_eq!(with_lists(&list, SEEDS), (vec![], vec![Some(key)]), "{list}");
    }
}

#[test]
fn a_list_at_which_the_reference_crashes_is_an_error() {
    let crash = |path: &str| vec![(Severity::Error, Some(path.to_owned()))];
    for list in [
        "drafters: [{benchmark: b, weight_checksum: W, configuration: 5}]",
        "drafters: [{benchmark: b, weight_checksum: W, configuration: words}]",
        "drafters: [{benchmark: b, weight_checksum: 2026-02-30}]",
        &format!(
            "drafters: [{{benchmark: b, model_id: 0x{}, weight_checksum: W}}]",
            "F".repeat(4000)
        ),
    ] {
        assert_eq!(
            with_lists(list, SEEDS),
            (crash("drafters.yaml"), vec![]),
            "{list}"
        );
    }
    let infinite = SEEDS.replace("1,", ".inf,");
    assert_eq!(with_lists("", &infinite).0, crash("seeds.yaml"));
    let ordinary = vec![(Severity::Warning, None)];
    assert_eq!(with_lists("", &SEEDS.replace("1,", ".nan,")).0, ordinary);
    assert_eq!(with_lists("drafters: [{benchmark: b}]", SEEDS).0, ordinary);
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
