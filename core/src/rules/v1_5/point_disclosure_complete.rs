//! `point-disclosure-complete`.

use super::prelude::*;
use crate::parse::Value;

const FIELDS: [&str; 10] = [
    "division",
    "max_supported_concurrency",
    "model_name",
    "model_precision",
    "link_to_model",
    "dataset_name",
    "dataset_type",
    "dataset_link",
    "shared_src",
    "shared_docs",
];

const COHORT_FIELDS: [&str; 2] = ["seed_set", "target_cohort"];

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-disclosure-complete",
        section: "\u{a7}8.3",
        reads: &[POINT],
        title: "the point discloses what was measured",
        what: "None of `division`, `max_supported_concurrency`, `model_name`, `model_precision`, `link_to_model`, \
               `dataset_name`, `dataset_type`, `dataset_link`, `shared_src`, `shared_docs`, `seed_set` and \
               `target_cohort` may be absent, null or empty.",
        why: "A reader must know model, data and seeds to repeat the point.",
        fix: "add the fields named",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let absent = |name: &&&str| match declared.root().child(name).map(|node| &node.value) {
        None | Some(Value::Null) => true,
        Some(Value::Str(text)) => text.is_empty(),
        Some(Value::Bytes(bytes)) => bytes.is_empty(),
        Some(_) => false,
    };
    let missing: Vec<&str> = FIELDS
        .iter()
        .chain(&COHORT_FIELDS)
        .filter(absent)
        .copied()
        .collect();
    if missing.is_empty() {
        out.pass(declared.path(), "everything is disclosed");
    } else {
        out.error(declared.path(), format!("not disclosed: {}", missing.join(", ")))
            .at(declared.place(""));
    }
    Ok(())
}
