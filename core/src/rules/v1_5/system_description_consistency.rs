//! `system-description-consistency`.

use std::collections::BTreeMap;

use super::prelude::*;
use crate::parse::{Node, Value, python_same};

/// What may differ between the points of one curve.
const FREE: [&str; 9] = [
    "tps_utilization",
    "tensor_parallel",
    "pipeline_parallel",
    "expert_parallel",
    "data_parallel",
    "disaggregated",
    "batch",
    "config_summary",
    "config_summary_notes",
];

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "system-description-consistency",
        section: "\u{a7}8.5",
        reads: &[DESCRIPTION],
        title: "all points of a curve describe one system",
        what: "Every copy of `system_desc.json` must equal the first but for utilisation, parallelism, batch and the \
               configuration's summary. The first that differs is reported.",
        why: "Points of one curve are comparable only on the same system.",
        fix: "measure all points on one system, or correct the copy that is wrong",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Described, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let mut copies = cx.curve.points.iter().filter_map(Point::description);
    let Some(first) = copies.next() else {
        return Err(NotRun::after("system-description-present"));
    };
    let known = fields(first.root());
    for copy in copies {
        let keys = differing(&known, &fields(copy.root()));
        if let Some(key) = keys.first() {
            out.error(
                copy.path(),
                format!("differs from `{}` in {}", first.path(), keys.join(", ")),
            )
            .at(copy.place(&format!("/{key}")));
            return Ok(());
        }
    }
    out.pass(&cx.curve.path, "all points describe one system");
    Ok(())
}

type Fields<'n> = BTreeMap<&'n str, &'n Value>;

/// What must not differ.
fn fields(node: &Node) -> Fields<'_> {
    let Value::Map(map) = &node.value else {
        return Fields::new();
    };
    map.entries()
        .iter()
        .filter_map(|entry| match &entry.key.value {
            Value::Str(key) | Value::LoneSurrogate(key) => Some((key.as_str(), &entry.value.value)),
            _ => None,
        })
        .filter(|(key, _)| !FREE.contains(key))
        .collect()
}

/// Keys whose values differ, those of the first description before those that only the second has.
fn differing<'n>(one: &Fields<'n>, other: &Fields<'n>) -> Vec<&'n str> {
    let same = |key: &str, value: &Value| other.get(key).is_some_and(|other| python_same(value, other));
    let changed = one.iter().filter(|(key, value)| !same(key, value));
    let added = other.iter().filter(|(key, _)| !one.contains_key(*key));
    changed.chain(added).map(|(key, _)| *key).collect()
}
