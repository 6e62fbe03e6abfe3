//! What a report looks like. A change shows as a diff of the snapshot and is reviewed like code.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::indexing_slicing, reason = "a panic is how a test fails")]

use runbench_core::check::{Report, check};
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::MemoryTree;
use runbench_proptests::submission::{
    accuracy_path, point, point_path, summary, summary_path, system, system_path, valid,
};
use serde_json::Value;

/// A submission with a fault of each kind of place: a value, a line that can't be read, a file that is missing, the same
/// finding at several points, and one of our own.
fn faulty() -> MemoryTree {
    let mut tree = valid();
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    let mut system = system();
    system["division"] = "Serviced".into();
    tree.insert(&system_path(), pretty(&system));
    for concurrency in [1, 8, 34] {
        let mut short = summary(concurrency);
        short["duration_ns"] = 598_200_000_000_u64.into();
        short["system_tps"] = Value::Null;
        short["tps_per_user"] = Value::Null;
        tree.insert(&summary_path(concurrency), pretty(&short));
    }
    tree.insert(
        &point_path(32),
        point(32).replace("runtime_settings:", "runtime_settings: [\u{7}"),
    );
    tree.insert(&summary_path(48), pretty(&summary(48)).replace(": 8.0", ": NaN"));
    tree.remove(&summary_path(64));
    tree.insert(
        &accuracy_path(8),
        r#"{"cnn": {"num_samples": 13368, "score": {"rouge1": 12.5}}}"#,
    );
    tree
}

fn judge(tree: &MemoryTree) -> Report {
    check(tree, "acme", &RuleSet::embedded("v0.1").unwrap())
}

#[test]
fn text_of_a_faulty_submission() {
    insta::assert_snapshot!(to_text(&judge(&faulty()), Style::default()));
}

#[test]
fn text_in_few_words() {
    insta::assert_snapshot!(to_text(
        &judge(&faulty()),
        Style {
            quiet: true,
            strict: true,
            color: false,
            columns: 0,
        }
    ));
}

#[test]
fn json_of_a_path_that_is_not_there() {
    insta::assert_snapshot!(to_json(&judge(&MemoryTree::absent())));
}
