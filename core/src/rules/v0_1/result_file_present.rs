//! `result-file-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "result-file-present",
        section: "#1",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"],
        title: "the point has a result",
        what: "`results/point_<C>/results_summary.json` must exist, where C is the declared concurrency (not the one in \
               the point file's name).",
        why: "A point without a result was not measured.",
        fix: "put the run's summary there, or drop the point",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    if let Some(summary) = cx
        .point
        .summary
        .as_ref()
        .filter(|summary| summary.document.is_none())
    {
        let message = format!(
            "no result for the declared concurrency {}",
            config.value.concurrency
        );
        out.error(&summary.path, message).at(config.place("/concurrency"));
    }
    Ok(())
}
