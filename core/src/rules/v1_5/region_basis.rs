//! `region-basis`.

use super::facts::CMin;
use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "region-basis",
        section: "\u{a7}5.4",
        severity: Severity::Warning,
        reads: &[DESCRIPTION, POINT],
        title: "the regions have a highest and a lowest concurrency",
        what: "C_max must be known. C_min is the declared `c_min_override`, else the lowest concurrency of all points, 32 at \
               most. Without C_max no rule about regions is evaluated.",
        why: "Both numbers set the bounds of all regions.",
        fix: "declare `max_supported_concurrency`",
        ..OFFICIAL
    },
    check: &[
        Check::Curve(CurveStage::Basis, derived),
        Check::Curve(CurveStage::Settled, declared),
    ],
};

fn derived(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.curve.c_min == CMin::Unusable {
        return Err(NotRun::after("c-min-override"));
    }
    if cx.curve.c_max.is_none() {
        out.warning(
            super::description_path(cx.curve),
            "`max_supported_concurrency` is unknown; no rule about regions was evaluated",
        );
        return Ok(());
    }
    match &cx.curve.c_min {
        CMin::Derived(lowest) => out.pass(&cx.curve.path, format!("C_min {lowest} follows from the points")),
        _ => return Err(NotRun::because("the lowest concurrency is declared")),
    }
    Ok(())
}

fn declared(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    match (&cx.curve.c_min, &cx.curve.regions) {
        (CMin::Declared(lowest), Some(Ok(_))) => {
            out.pass_as("override", &cx.curve.path, format!("C_min {lowest} is declared"));
            Ok(())
        }
        (CMin::Declared(_), Some(Err(_))) => Err(NotRun::after("region-computation")),
        (CMin::Declared(_) | CMin::Unusable, _) => Err(NotRun::after("c-min-override")),
        (CMin::Derived(_), _) => Err(NotRun::because("the lowest concurrency is derived")),
    }
}
