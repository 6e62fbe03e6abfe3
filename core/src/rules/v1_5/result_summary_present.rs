//! `result-summary-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "result-summary-present",
        section: "\u{a7}1",
        reads: &[SUMMARY],
        title: "every point has a result",
        what: "Every `r<N>` directory must hold `result_summary.json`.",
        why: "A point without a result is no point.",
        fix: "copy the run's summary into the point's directory",
        ..OFFICIAL
    },
    check: &[
        Check::Point(PointStage::Measured, |cx, out| check(cx, "fail", out)),
        Check::Point(PointStage::Unusable, |cx, out| check(cx, "fail-2", out)),
    ],
};

fn check(cx: PointCx<'_>, key: &'static str, out: &mut Out<'_>) -> Ran {
    if cx.point.summary.is_none() {
        let path = cx.point.summary_path();
        out.error(&path, format!("no `{path}`")).keyed(key);
    }
    Ok(())
}
