//! Properties of a whole check: nothing makes it panic, and the order of files never matters.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use proptest::prelude::*;
use runbench::disk::DiskTree;
use runbench_core::check::check;
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{MemoryTree, Tree as _};
use runbench_proptests::submission::valid;

/// Judges a tree and draws every form of the report.
fn draw(tree: &MemoryTree) -> String {
    let report = check(tree, "acme", &RuleSet::embedded("v0.1").unwrap());
    let text = to_text(
        &report,
        Style {
            color: true,
            ..Style::default()
        },
    );
    let json = to_json(&report);
    assert!(
        serde_json::from_str::<serde_json::Value>(&json)
            .unwrap()
            .is_object()
    );
    format!("{text}{json}")
}

/// Any file of the valid submission.
fn any_path() -> impl Strategy<Value = String> {
    let paths: Vec<String> = valid().paths().map(str::to_owned).collect();
    proptest::sample::select(paths)
}

/// Values that files hold where others are expected.
fn odd_value() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "NaN",
        "-Infinity",
        "1e999",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "-1",
        "0",
        "1e20",
        "99999999999999999999999999",
        "\"1_000\"",
        "[[[[]]]]",
        "\"\\ud800\"",
        "{\"a\": {\"a\": 1}}",
        "010",
        ".inf",
        "~",
        "2026-10-01",
        "2026-02-30",
        "yes",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_in_any_file_never_panic(path in any_path(), content in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut tree = valid();
        tree.insert(&path, content);
        draw(&tree);
    }

    #[test]
    fn a_file_with_bytes_changed_never_panics(path in any_path(), at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut tree = valid();
        let mut content = tree.read(&path).unwrap().into_owned();
        let at = at.index(content.len());
        if cut { content.truncate(at) } else { content[at] = byte }
        tree.insert(&path, content);
        draw(&tree);
    }

    #[test]
    fn a_value_exchanged_for_an_odd_one_never_panics(path in any_path(), at in any::<proptest::sample::Index>(), odd in odd_value()) {
        let mut tree = valid();
        let content = String::from_utf8(tree.read(&path).unwrap().into_owned()).unwrap();
        let ends: Vec<usize> = content.match_indices([',', '}', '\n']).map(|(at, _)| at).collect();
        prop_assume!(!ends.is_empty());
        let end = *at.get(&ends);
        let start = content[..end].rfind(": ").map_or_else(|| content[..end].rfind(':').map_or(0, |at| at + 1), |at| at + 2);
        tree.insert(&path, format!("{}{odd}{}", &content[..start], &content[end..]));
        draw(&tree);
    }

    #[test]
    fn a_removed_file_never_panics(paths in proptest::collection::vec(any_path(), 1..4)) {
        let mut tree = valid();
        for path in &paths {
            tree.remove(path);
        }
        draw(&tree);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn the_order_in_which_files_were_written_never_matters(order in Just(valid().paths().map(str::to_owned).collect::<Vec<_>>()).prop_shuffle()) {
        let whole = valid();
        let folder = tempfile::tempdir().unwrap();
        for path in &order {
            let target = folder.path().join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, whole.read(path).unwrap()).unwrap();
        }
        let ruleset = RuleSet::embedded("v0.1").unwrap();
        let on_disk = to_json(&check(&DiskTree::new(folder.path()), "acme", &ruleset));
        prop_assert_eq!(on_disk, to_json(&check(&whole, "acme", &ruleset)));
    }
}
