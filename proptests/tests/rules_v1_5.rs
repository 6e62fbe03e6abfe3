//! Every official rule of v1.5 passes a valid submission and finds the fault made for it. What the reference found in the
//! same submissions is the expectation, rules that follow from the same cause included.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use Base::{Agentic, Single};
use runbench_core::check::{Replacement, Replacements, Report, check, check_with};
use runbench_core::diag::{Origin, Severity};
use runbench_core::rules::of_ruleset;
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::MemoryTree;
use runbench_proptests::corpus::cases;
use serde_json::Value;

/// What `@/` stands for in paths of faults.
const CURVE: &str = "sub-0001/results/sys_a/llama3_1-8b/";

/// A valid submission, below its organisation's folder.
#[derive(Clone, Copy)]
enum Base {
    /// A curve of single-turn load, all points in one region or another, the highest elected as Offline point.
    Single,
    /// An agentic curve.
    Agentic,
}

fn whole(path: &str) -> String {
    match path.strip_prefix("@/") {
        Some(rest) => format!("{CURVE}{rest}"),
        None => path.to_owned(),
    }
}

type Files = Vec<(String, String)>;

fn base(base: Base) -> Files {
    let id = match base {
        Single => "v1.5-000-valid",
        Agentic => "v1.5-006-valid",
    };
    let case = cases("v1.5")
        .unwrap()
        .into_iter()
        .find(|case| case.id == id)
        .unwrap();
    let inner = |path: &String| path.split_once('/').unwrap().1.to_owned();
    case.files
        .iter()
        .map(|(path, content)| (inner(path), content.as_str().unwrap().to_owned()))
        .collect()
}

/// One change: `replace` a text in every file whose path ends so, `remove` all files whose path begins so, `put` a file,
/// `move` all files whose path begins so.
fn apply(files: &mut Files, edit: &[&str]) {
    let before = files.clone();
    match edit {
        ["replace", end, from, to] => {
            for (_, text) in files.iter_mut().filter(|(path, _)| path.ends_with(end)) {
                *text = text.replace(from, to);
            }
        }
        ["remove", from] => files.retain(|(path, _)| !path.starts_with(&whole(from))),
        ["put", path, text] => files.push((whole(path), (*text).to_owned())),
        ["move", from, to] => {
            for (path, _) in files.iter_mut() {
                if let Some(rest) = path.strip_prefix(&whole(from)) {
                    *path = format!("{}{rest}", whole(to));
                }
            }
        }
        _ => panic!("unknown edit {edit:?}"),
    }
    assert_ne!(*files, before, "{edit:?} changes nothing");
}

fn tree(files: Files) -> MemoryTree {
    let mut tree = MemoryTree::new();
    for (path, text) in files {
        tree.insert(&path, text);
    }
    tree
}

fn judge(tree: &MemoryTree) -> Report {
    check(tree, "acme", &RuleSet::embedded("v1.5").unwrap())
}

/// Official rules that found something, each with its severity.
fn found(report: &Report) -> BTreeSet<String> {
    report
        .of(Origin::Official)
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| format!("{} {}", finding.severity.word(), finding.rule))
        .collect()
}

/// A submission with one fault, and all that is found in it: `error point-count`.
struct Fault {
    tree: MemoryTree,
    found: BTreeSet<String>,
}

fn with(from: Base, edits: &[&[&str]]) -> MemoryTree {
    let mut files = base(from);
    for edit in edits {
        apply(&mut files, edit);
    }
    tree(files)
}

/// 33 points: the one of concurrency 58 also at 70 to 95.
fn more_points() -> MemoryTree {
    let mut files = base(Single);
    let of_one: Files = (files.iter().filter(|(path, _)| path.contains("/r58/")).cloned()).collect();
    for concurrency in 70..96 {
        files.extend(of_one.iter().map(|(path, text)| {
            let text = text.replace(
                "concurrency: 58\ndataset",
                &format!("concurrency: {concurrency}\ndataset"),
            );
            (path.replace("/r58/", &format!("/r{concurrency}/")), text)
        }));
    }
    tree(files)
}

/// One fault per rule, from the table and those that a table can't make; what follows from the same cause stands beside it.
fn faults() -> Vec<Fault> {
    let table: Value = serde_json::from_str(include_str!("../corpus/faults-v1.5.json")).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        let items = value.as_array().unwrap().iter();
        items.map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let of_table = |row: &Value| {
        let from = if row["base"] == "agentic" { Agentic } else { Single };
        let edits: Vec<Vec<String>> = row["edits"].as_array().unwrap().iter().map(texts).collect();
        let mut files = base(from);
        for edit in &edits {
            apply(&mut files, &edit.iter().map(String::as_str).collect::<Vec<_>>());
        }
        Fault {
            tree: tree(files),
            found: texts(&row["found"]).into_iter().collect(),
        }
    };
    let mut faults: Vec<Fault> = table.as_array().unwrap().iter().map(of_table).collect();
    for (tree, rule) in [
        (MemoryTree::absent(), "error path-exists"),
        (more_points(), "error point-cap"),
    ] {
        let found = BTreeSet::from([rule.to_owned()]);
        faults.push(Fault { tree, found });
    }
    faults
}

/// What is found in the valid submission when a list can't be read.
fn without_lists() -> BTreeSet<String> {
    let unreadable = || Replacement {
        path: "list.yaml".to_owned(),
        content: Err("no such file".to_owned()),
    };
    let replacements = Replacements {
        seed_sets: Some(unreadable()),
        approved_drafters: Some(unreadable()),
    };
    let ruleset = RuleSet::embedded("v1.5").unwrap();
    found(&check_with(&tree(base(Single)), "acme", &ruleset, &replacements))
}

#[test]
fn valid_submissions_are_valid() {
    for from in [Single, Agentic] {
        let report = judge(&tree(base(from)));
        assert_eq!(found(&report), BTreeSet::new());
        assert_eq!(report.official_exit_code(true), 0);
    }
}

#[test]
fn each_fault_is_found_as_the_reference_finds_it() {
    for Fault {
        tree,
        found: expected,
    } in faults()
    {
        assert_eq!(found(&judge(&tree)), expected);
    }
    let expected = ["warning seed-set-registry", "warning drafter-list-registry"];
    assert_eq!(without_lists(), expected.map(str::to_owned).into());
}

#[test]
fn every_official_rule_that_can_find_something_has_a_fault() {
    let ruleset = RuleSet::embedded("v1.5").unwrap();
    let tried: BTreeSet<String> = faults()
        .into_iter()
        .flat_map(|fault| fault.found)
        .chain(without_lists())
        .collect();
    for meta in of_ruleset(&ruleset).filter(|meta| meta.origin == Origin::Official) {
        let is_tried = ["error", "warning"].map(|word| tried.contains(&format!("{word} {}", meta.id)));
        assert!(
            is_tried.contains(&true) || meta.severity == Severity::Info,
            "no fault is made for {}",
            meta.id
        );
    }
}

/// Official findings of one rule and key on files whose path ends so.
fn keys(report: &Report, rule: &str, end: &str) -> Vec<&'static str> {
    report
        .of(Origin::Official)
        .filter(|finding| {
            finding.rule == rule && finding.path.as_ref().is_some_and(|path| path.ends_with(end))
        })
        .filter_map(|finding| finding.key)
        .collect()
}

/// Differences from the reference that fuzzing found: what is found by a rule on a file.
#[test]
fn differences_found_by_fuzzing_stay_mended() {
    let point = "r58/point.yaml";
    let link = "dataset_link: \"https://example.com/d\"";
    // A warm-up without requests is none, whatever its concurrency.
    let no_warmup: &[&[&str]] = &[
        &["replace", point, "requests_issued: 64", "requests_issued: 0"],
        &[
            "replace",
            point,
            "requests_completed: 64",
            "requests_completed: 0",
        ],
        &["replace", point, "duration_s: 30", "duration_s: 0"],
        &["replace", point, "logs_retained: true", "logs_retained: false"],
    ];
    // Bytes may be empty text too.
    let empty_bytes: &[&[&str]] = &[&["replace", point, link, "dataset_link: !!binary \"\""]];
    // A results file that is no JSON is taken for absent.
    let no_json: &[&[&str]] = &[&["put", "@/r58/results.json", "{\"deep\": 1"]];
    let scores = "r32/accuracy_results.json";
    let infinite: &[&[&str]] = &[&["replace", scores, "13368", "1e999"]];
    let results = "r58/results.json";
    for (edits, rule, end, expected) in [
        (no_warmup, "warmup-logs-retained", point, Some("pass")),
        (empty_bytes, "point-disclosure-complete", point, Some("fail")),
        (no_json, "accuracy-valid", results, None),
        (infinite, "accuracy-valid", scores, Some("unworded-error")),
    ] {
        let report = judge(&with(Single, edits));
        assert_eq!(
            keys(&report, rule, end).first().copied(),
            expected,
            "{rule} on {end}"
        );
    }
}

/// The reference crashes at these; each is an error of the file's own rule, on that file, and nothing else is lost.
#[test]
fn crashes_of_the_reference_are_errors_of_their_file() {
    let deep = "[".repeat(3000);
    let long = "y".repeat(300);
    let mut cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("r58/results.json", vec![0xff], "accuracy-valid"),
        ("r58/results.json", deep.clone().into_bytes(), "accuracy-valid"),
        ("r58/point.yaml", vec![0xff], "point-config-valid"),
        ("r58/result_summary.json", vec![0xff], "result-file-valid"),
        (
            "r58/system_desc.json",
            deep.into_bytes(),
            "system-description-valid",
        ),
    ];
    let files = base(Single);
    let text_of = |end: &str| {
        files
            .iter()
            .find(|(path, _)| path.ends_with(end))
            .unwrap()
            .1
            .clone()
    };
    let summary = |from: &str, to: &str| text_of("r58/result_summary.json").replace(from, to).into_bytes();
    cases.push((
        "r58/result_summary.json",
        summary("\"duration_ns\": 1260000000000", "\"duration_ns\": 5e-324"),
        "result-file-valid",
    ));
    cases.push((
        "r58/result_summary.json",
        summary(
            "\"n_samples_failed\": 0",
            &format!("\"n_samples_failed\": \"{}\"", "9".repeat(4300)),
        ),
        "result-file-valid",
    ));
    cases.push((
        "r58/point.yaml",
        text_of("r58/point.yaml")
            .replace("shared_docs: \"docs\"", &format!("shared_docs: {long}"))
            .into_bytes(),
        "point-config-valid",
    ));
    cases.push((
        "r58/point.yaml",
        text_of("r58/point.yaml")
            .replace(
                "model_seed: 9315206023656308754",
                &format!("model_seed: 0x{}", "F".repeat(4000)),
            )
            .into_bytes(),
        "point-config-valid",
    ));
    for (end, content, rule) in cases {
        let mut tree = tree(base(Single));
        tree.insert(&whole(&format!("@/{end}")), content.clone());
        let report = judge(&tree);
        assert_eq!(
            keys(&report, rule, end).len(),
            1,
            "{rule} on {end}: {:?}",
            content.get(..40)
        );
        let of_others = report
            .of(Origin::Official)
            .filter(|finding| finding.rule == "point-duration");
        assert!(of_others.count() >= 6, "{rule} on {end}");
    }
}
