//! `system-description-consistency`.

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
    for copy in copies {
        let keys = differing(first.root(), copy.root());
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

/// Keys whose values differ, in the order of the first object, then of the second.
fn differing(one: &Node, other: &Node) -> Vec<String> {
    let fields = |node: &Node| -> std::collections::BTreeMap<String, Value> {
        let Value::Map(map) = &node.value else {
            return std::collections::BTreeMap::default();
        };
        let field = |entry: &crate::parse::Entry| match &entry.key.value {
            Value::Str(key) | Value::LoneSurrogate(key) => Some((key.clone(), entry.value.value.clone())),
            _ => None,
        };
        map.entries()
            .iter()
            .filter_map(field)
            .filter(|(key, _)| !FREE.contains(&key.as_str()))
            .collect()
    };
    let (one, other) = (fields(one), fields(other));
    let mut keys: Vec<String> = one
        .iter()
        .filter(|(key, value)| !other.get(*key).is_some_and(|other| python_same(value, other)))
        .map(|(key, _)| key.clone())
        .collect();
    keys.extend(other.keys().filter(|key| !one.contains_key(*key)).cloned());
    keys
}
