//! `metric-consistency-duration`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-duration",
        formula: "duration_ns > 0",
        section: "\u{a7}14",
        reads: &[SUMMARY],
        title: "the run took time",
        what: "`duration_ns` must be above 0.",
        why: "Every rate is divided by it.",
        fix: "submit the summary as the load generator wrote it",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let summary = cx.point.summary()?;
    let duration_ns = summary.value.duration_ns;
    if duration_ns <= 0.0 {
        out.error(
            summary.path(),
            format!("duration_ns is {duration_ns}; it must be above 0"),
        )
        .at(summary.place("/duration_ns"))
        .term("duration_ns", duration_ns)
        .measured(duration_ns, "> 0", "ns", "");
    } else {
        out.pass(summary.path(), format!("the run took {} s", duration_ns / 1e9));
    }
    Ok(())
}
