//! `point-dirs`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-dirs",
        section: "\u{a7}1",
        reads: &["results/<system>/<model>/r<N>/"],
        title: "a curve has point directories",
        what: "A model directory must hold at least one directory `r` + decimal digits. Other names are ignored. A curve \
               without points is not judged further.",
        why: "Without points there is no curve.",
        fix: "name every point's directory `r<concurrency>`",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Opening, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let Curve { path, points, .. } = cx.curve;
    if points.is_empty() {
        out.error(path, "the model directory holds no `r<N>` directory")
            .keyed("fail-2");
    } else {
        out.pass(path, format!("{} point directories", points.len()));
    }
    Ok(())
}
