//! `accuracy-coverage`.

use super::bands::{Band, by_concurrency, candidates};
use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-coverage",
        section: "\u{a7}4.3, \u{a7}5.3",
        reads: &[POINT, SCORES, SCORES_TOO],
        parameters: &["regions"],
        title: "each band of concurrency has one accuracy run",
        what: "Accuracy runs are matched to four bands: ultra low concurrency, and the Low, Med and High Concurrency regions. \
               Every band needs one, and only an elected Offline point may be left over. The Offline point needs one too.",
        why: "A server may answer worse under load; accuracy at one point proves nothing about the others.",
        fix: "run the accuracy evaluation at the points that lack it",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let candidates = candidates(&cx)?;
    let path = &cx.curve.path;
    let missing: Vec<&str> = Band::ALL
        .into_iter()
        .filter(|band| !candidates.iter().any(|candidate| candidate.band == Some(*band)))
        .map(Band::name)
        .collect();
    let extra: Vec<String> = (candidates.iter())
        .filter(|candidate| candidate.band.is_none() && !candidate.elected)
        .map(|candidate| candidate.concurrency.to_string())
        .collect();
    let surplus = candidates
        .iter()
        .find(|candidate| candidate.band.is_none() && !candidate.elected);
    if !missing.is_empty() {
        out.error(path, format!("no accuracy run in {}", missing.join(", ")))
            .keyed("missing-bands");
    }
    if !extra.is_empty() {
        out.error(
            path,
            format!(
                "more accuracy runs than bands: at concurrency {}",
                extra.join(", ")
            ),
        )
        .keyed("extra-results")
        .at_maybe(surplus.map(|candidate| candidate.scores.place("")));
    }
    if missing.is_empty() && extra.is_empty() {
        out.pass(path, "every band has its accuracy run");
    }
    let scores = by_concurrency(cx.curve);
    for point in &cx.curve.points {
        if !point.is_dedicated() && !point.is_elected() {
            continue;
        }
        let concurrency = point.concurrency();
        if scores
            .get(concurrency)
            .is_some_and(|scores| scores.value.has_accuracy_run())
        {
            out.pass_as(
                "pass-2",
                path,
                format!("the Offline point at {concurrency} has an accuracy run"),
            );
        } else {
            out.error(
                path,
                format!("the Offline point at {concurrency} has no accuracy run"),
            );
        }
    }
    Ok(())
}
