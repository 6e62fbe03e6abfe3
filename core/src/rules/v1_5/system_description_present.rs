//! `system-description-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "system-description-present",
        section: "\u{a7}8.2",
        reads: &[DESCRIPTION],
        title: "every point describes its system",
        what: "Every `r<N>` directory must hold `system_desc.json`, and at least one of them must be readable.",
        why: "A number without its system can't be compared with anything.",
        fix: "copy the system description into the point's directory",
        ..OFFICIAL
    },
    check: &[
        Check::Point(PointStage::Described, of_point),
        Check::Curve(CurveStage::Described, of_curve),
    ],
};

fn of_point(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.point.description.is_none() {
        let path = cx.point.description_path();
        out.error(&path, format!("no `{path}`")).keyed("fail-2");
    }
    Ok(())
}

fn of_curve(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.curve.raw_description().is_none() {
        out.error(
            &cx.curve.path,
            "no point of the curve has a readable `system_desc.json`",
        );
    }
    Ok(())
}
