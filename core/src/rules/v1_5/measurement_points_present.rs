//! `measurement-points-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "measurement-points-present",
        section: "\u{a7}1",
        reads: &[POINT],
        title: "every point says what it measured",
        what: "Every `r<N>` directory must hold `point.yaml`, and at least one of them must be usable.",
        why: "Without it nobody knows what the numbers of the point stand for.",
        fix: "write `point.yaml` for the point",
        ..OFFICIAL
    },
    check: &[
        Check::Point(PointStage::Declared, of_point),
        Check::Curve(CurveStage::Declared, of_curve),
    ],
};

fn of_point(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.point.declared.is_none() {
        let path = cx.point.declared_path();
        out.error(&path, format!("no `{path}`")).keyed("fail-2");
    }
    Ok(())
}

fn of_curve(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.curve.valid().next().is_none() {
        out.error(&cx.curve.path, "no point of the curve has a usable `point.yaml`");
    }
    Ok(())
}
