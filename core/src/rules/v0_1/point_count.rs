//! `point-count`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-count",
        formula: "points >= least",
        section: "#2, #8",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        parameters: &["point_count.min"],
        title: "the curve has at least {point_count.min} points",
        what: "The number of `point_*.yaml` files, valid or not, must be at least {point_count.min}.",
        why: "Fewer points do not show the shape of the curve.",
        fix: "measure more points; `runbench regions --max-concurrency M` shows where they may lie",
        ..OFFICIAL
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    let count = cx.model.points()?.len();
    let least = cx.submission.parameters.point_count.min;
    let [(path, _), _] = &cx.model.subdirectories;
    if count < least {
        out.error(path, format!("{count} points; at least {least} are needed"))
            .term("points", count)
            .term("least", least)
            .measured(
                count,
                format!(">= {least}"),
                "points",
                format!("{} short", least.saturating_sub(count)),
            );
    } else {
        out.pass(path, format!("{count} points"));
    }
    Ok(())
}
