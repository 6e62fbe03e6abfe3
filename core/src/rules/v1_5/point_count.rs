//! `point-count`, `point-cap`: how many points a curve has.

use super::prelude::*;

const BASE: Meta = Meta {
    section: "\u{a7}2, \u{a7}8",
    reads: &["results/<system>/<model>/r<N>/"],
    ..OFFICIAL
};

pub(super) const COUNT: SubmissionRule = Rule {
    meta: Meta {
        id: "point-count",
        formula: "points >= least",
        parameters: &["point_count.min", "offline.min_points"],
        title: "the curve has at least {point_count.min} points",
        what: "The number of `r<N>` directories, valid or not, must be at least {point_count.min}; {offline.min_points} where a curve that is not agentic has a \
               dedicated Offline point.",
        why: "A curve through few points hides what lies between them.",
        fix: "measure more points",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, count)],
};

pub(super) const CAP: SubmissionRule = Rule {
    meta: Meta {
        id: "point-cap",
        formula: "points <= most",
        parameters: &["point_count.max"],
        title: "the curve has at most {point_count.max} points",
        what: "The number of `r<N>` directories, valid or not, must be at most {point_count.max}.",
        why: "Measuring until the noise is kind is not measuring.",
        fix: "leave points out until the most allowed are left",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, cap)],
};

fn count(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let parameters = cx.submission.parameters;
    let dedicated = cx.curve.points.iter().any(Point::is_dedicated);
    let least = if dedicated && !cx.curve.is_agentic() {
        parameters.offline.min_points
    } else {
        parameters.point_count.min
    };
    let count = cx.curve.points.len();
    if count < least {
        out.error(
            &cx.curve.path,
            format!("{count} points; at least {least} are needed"),
        )
        .term("points", count)
        .term("least", least)
        .measured(
            count,
            format!(">= {least}"),
            "points",
            format!("{} short", least.saturating_sub(count)),
        );
    } else {
        out.pass(&cx.curve.path, format!("{count} points"));
    }
    Ok(())
}

fn cap(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let most = cx.submission.parameters.point_count.max;
    let count = cx.curve.points.len();
    if count > most {
        out.error(
            &cx.curve.path,
            format!("{count} points; at most {most} are allowed"),
        )
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
