//! `measurement-points-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "measurement-points-present",
        section: "#1",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "a model has measurement points",
        what: "`points/` must hold at least one `point_*.yaml` (`.yml` is not seen). A model without points is not \
               judged further.",
        why: "Without points there is no curve.",
        fix: "add `points/point_<concurrency>.yaml` for every run",
        ..OFFICIAL
    },
    check: Check::Model(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    let [points, results] = &cx.model.subdirectories;
    if !points.1 || !results.1 {
        return Err(NotRun::after("pareto-subdir"));
    }
    if cx.model.points.is_empty() {
        out.error(&points.0, "no `point_*.yaml` file");
    }
    Ok(())
}
