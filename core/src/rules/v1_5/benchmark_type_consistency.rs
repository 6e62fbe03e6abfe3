//! `benchmark-type-consistency`.

use std::collections::BTreeSet;

use super::config_consistency::odd_one;
use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "benchmark-type-consistency",
        section: "\u{a7}6.1, \u{a7}8.5",
        reads: &[POINT],
        title: "all points of a curve have one kind of load",
        what: "The load patterns of all valid points but dedicated Offline ones must be the same.",
        why: "An agentic curve is judged by other gates.",
        fix: "measure all points with one load pattern",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let patterns: BTreeSet<&str> = cx.curve.load_patterns().collect();
    let patterns: Vec<&str> = patterns.into_iter().collect();
    let path = &cx.curve.path;
    let named = (cx.curve.valid())
        .filter(|(point, _)| !point.is_dedicated())
        .map(|(_, declared)| (declared, declared.value.runtime.load_pattern.as_str()));
    match patterns.as_slice() {
        [] => {
            return Err(NotRun::because(
                "the curve has no valid point with a load pattern",
            ));
        }
        [one] => out.pass(path, format!("all points have the load pattern {one}")),
        _ => {
            out.error(
                path,
                format!("points have different load patterns: {}", patterns.join(", ")),
            )
            .at_maybe(odd_one(named, "/runtime_settings/load_pattern"));
        }
    }
    Ok(())
}
