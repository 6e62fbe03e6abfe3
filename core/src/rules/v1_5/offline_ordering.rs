//! `offline-ordering`.

use num_bigint::BigInt;

use super::prelude::*;
use crate::diag::Figure;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "offline-ordering",
        formula: "offline_concurrency >= C_max and offline_tps >= {offline.tps_ratio} x tps_at_C_max",
        section: "\u{a7}5.7.2",
        severity: Severity::Warning,
        reads: &[POINT, SUMMARY],
        parameters: &["offline.tps_ratio"],
        title: "the dedicated Offline point is not slower than the curve's end",
        what: "The first dedicated Offline point should have a concurrency of at least C_max, and at least {offline.tps_ratio:%} of the system \
               TPS measured at C_max.",
        why: "Without anybody waiting a system is at least as fast as under load.",
        fix: "repeat the Offline point",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = &cx.curve.path;
    let c_max = cx
        .curve
        .c_max
        .as_ref()
        .ok_or_else(|| NotRun::after("region-basis"))?;
    let dedicated = cx
        .curve
        .points
        .iter()
        .find(|point| point.is_dedicated())
        .ok_or_else(|| NotRun::because("the curve has no dedicated Offline point"))?;
    if cx.curve.loaded().next().is_none() {
        return Err(NotRun::because("no point of the curve could be loaded"));
    }
    let concurrency = dedicated.concurrency();
    let declared = dedicated.declared().ok();
    let place = |pointer: &str| declared.map(|document| document.place(pointer));
    if concurrency < c_max {
        out.warning(
            path,
            format!("the Offline point's concurrency {concurrency} is below C_max {c_max}"),
        )
        .at_maybe(place("/concurrency"))
        .term("offline_concurrency", concurrency)
        .term("C_max", c_max)
        .measured(concurrency, format!(">= {c_max}"), "requests in flight", "");
    }
    // Of several points with one concurrency the last counts.
    let tps_at = |wanted: &BigInt| {
        cx.curve
            .loaded()
            .filter(|(_, declared, _)| declared.value.concurrency == *wanted)
            .last()
            .and_then(|(_, _, summary)| summary.value.system_tps())
    };
    let (Some(offline), Some(at_c_max)) = (tps_at(concurrency), tps_at(c_max)) else {
        return Ok(());
    };
    let least = cx.submission.parameters.offline.tps_ratio * at_c_max;
    if offline < least {
        out.warning(
            path,
            format!(
                "Offline {} tokens/s, but {} tokens/s at C_max",
                Figure::beside(offline, least),
                Figure::new(at_c_max)
            ),
        )
        .keyed("warn-2")
        .at_maybe(place("/offline"))
        .term("offline_tps", Figure::beside(offline, least))
        .term("tps_at_C_max", Figure::new(at_c_max))
        .measured(
            Figure::beside(offline, least),
            format!(">= {}", Figure::beside(least, offline)),
            "tokens/s",
            format!("{} tokens/s short", Figure::new(least - offline)),
        );
    } else {
        out.pass(
            path,
            format!(
                "Offline {} tokens/s, {} tokens/s at C_max",
                Figure::new(offline),
                Figure::new(at_c_max)
            ),
        );
    }
    Ok(())
}
