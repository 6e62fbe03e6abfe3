//! `point-cap`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-cap",
        formula: "points <= most",
        section: "#2, #8",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        parameters: &["point_count.max"],
        title: "the curve has at most {point_count.max} points",
        what: "The number of `point_*.yaml` files, valid or not, must be at most {point_count.max}.",
        why: "Measuring until the noise is kind is not measuring.",
        fix: "leave points out until the most allowed are left",
        ..OFFICIAL
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    let count = cx.model.points()?.len();
    let most = cx.submission.parameters.point_count.max;
    let [(path, _), _] = &cx.model.subdirectories;
    if count > most {
        out.error(path, format!("{count} points; at most {most} are allowed"))
            .term("points", count)
            .term("most", most)
            .measured(
                count,
                format!("<= {most}"),
                "points",
                format!("{} too many", count.saturating_sub(most)),
            );
    }
    Ok(())
}
