//! `config-consistency-model`, `config-consistency-dataset`: all points of a curve measure the same.

use std::collections::BTreeSet;

use super::prelude::*;

const BASE: Meta = Meta {
    section: "\u{a7}9.1",
    reads: &[POINT],
    why: "Points of one curve are comparable only on the same model and prompts.",
    ..OFFICIAL
};

pub(super) const MODEL: SubmissionRule = Rule {
    meta: Meta {
        id: "config-consistency-model",
        title: "all points name one model",
        what: "Valid points with a non-empty `model_name` must name the same one.",
        fix: "measure all points on one model",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, |cx, out| {
        let names = cx
            .curve
            .valid()
            .filter_map(|(_, declared)| declared.value.model_name.as_deref());
        check(cx, "model", names.filter(|name| !name.is_empty()).collect(), out)
    })],
};

pub(super) const DATASET: SubmissionRule = Rule {
    meta: Meta {
        id: "config-consistency-dataset",
        title: "all points use one dataset",
        what: "Points with a usable result must name the same `dataset`.",
        fix: "rerun the odd one",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, |cx, out| {
        let names = cx
            .curve
            .loaded()
            .map(|(_, declared, _)| declared.value.dataset.as_str());
        check(cx, "dataset", names.collect(), out)
    })],
};

fn check(cx: CurveCx<'_>, what: &str, names: BTreeSet<&str>, out: &mut Out<'_>) -> Ran {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => return Err(NotRun::because(format!("no point names its {what}"))),
        [one] => out.pass(&cx.curve.path, format!("all points have the {what} `{one}`")),
        _ => {
            out.error(
                &cx.curve.path,
                format!("points have different {what}s: `{}`", names.join("`, `")),
            );
        }
    }
    Ok(())
}
