//! `config-consistency-model`, `config-consistency-dataset`: all points of a curve measure the same.

use std::collections::{BTreeMap, BTreeSet};

use super::prelude::*;
use crate::diag::Place;
use crate::rules::document::Document;
use crate::schema::v1_5::point::PointConfig;

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
            .filter_map(|(_, declared)| Some((declared, declared.value.model_name.as_deref()?)));
        let named = names.filter(|(_, name)| !name.is_empty()).collect();
        check(cx, "model", "/model_name", named, out)
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
            .map(|(_, declared, _)| (declared, declared.value.dataset.as_str()));
        check(cx, "dataset", "/dataset", names.collect(), out)
    })],
};

/// Where the value stands that the fewest points have, among values that should all be the same.
pub(super) fn odd_one<'a>(
    named: impl IntoIterator<Item = (&'a Document<PointConfig>, &'a str)>,
    pointer: &str,
) -> Option<Place> {
    let mut by_value: BTreeMap<&str, (usize, &Document<PointConfig>)> = BTreeMap::new();
    for (document, value) in named {
        let (count, _) = by_value.entry(value).or_insert((0, document));
        *count = count.saturating_add(1);
    }
    let (_, document) = by_value.into_values().min_by_key(|(count, _)| *count)?;
    Some(document.place(pointer))
}

fn check(
    cx: CurveCx<'_>,
    what: &str,
    pointer: &str,
    given: Vec<(&Document<PointConfig>, &str)>,
    out: &mut Out<'_>,
) -> Ran {
    let names: BTreeSet<&str> = given.iter().map(|(_, name)| *name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => return Err(NotRun::because(format!("no point names its {what}"))),
        [one] => out.pass(&cx.curve.path, format!("all points have the {what} `{one}`")),
        _ => {
            out.error(
                &cx.curve.path,
                format!("points have different {what}s: `{}`", names.join("`, `")),
            )
            .at_maybe(odd_one(given, pointer));
        }
    }
    Ok(())
}
