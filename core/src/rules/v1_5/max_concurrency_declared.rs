//! `max-concurrency-declared`.

use super::facts::CMin;
use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "max-concurrency-declared",
        section: "\u{a7}7",
        severity: Severity::Info,
        reads: &[DESCRIPTION],
        title: "the highest concurrency is declared",
        what: "Reports C_max: `max_supported_concurrency` of the first readable description. Its absence is reported by \
               `region-basis`.",
        why: "C_max sets the bounds of all regions.",
        fix: "declare `max_supported_concurrency`",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Described, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.curve.c_min == CMin::Unusable {
        return Err(NotRun::after("c-min-override"));
    }
    let Some(c_max) = &cx.curve.c_max else {
        return Err(NotRun::after("region-basis"));
    };
    out.pass(super::description_path(cx.curve), format!("C_max is {c_max}"));
    Ok(())
}
