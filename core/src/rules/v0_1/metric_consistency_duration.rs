//! `metric-consistency-duration`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-duration",
        formula: "duration_ns > 0",
        section: "#14",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"],
        title: "the run took time",
        what: "`duration_ns` must be greater than 0.",
        why: "Every rate is a count divided by it.",
        fix: "submit the summary as the load generator wrote it",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let summary = cx.point.summary()?;
    let duration_ns = summary.value.duration_ns;
    let path = summary.path();
    if duration_ns <= 0.0 {
        out.error(
            path,
            format!("duration_ns is {duration_ns}; it must be greater than 0"),
        )
        .at(summary.place("/duration_ns"))
        .term("duration_ns", duration_ns)
        .measured(duration_ns, "> 0", "ns", "");
    } else {
        out.pass(path, format!("duration_ns is {duration_ns}"));
    }
    Ok(())
}
