//! `metric-consistency-tps-per-kw`.

use super::nodes_used::engagement;
use super::power::point_kw;
use super::power_descriptor;
use super::prelude::*;
use super::result_file_valid;
use crate::coerce::python_float;
use crate::diag::Figure;
use crate::parse::Value;
use crate::rules::document::crash;

const FIELD: &str = "system_tps_per_kw";

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-tps-per-kw",
        formula: "|stored - tps / kw| / max(|tps / kw|, {stored_value.floor}) <= {stored_value.tolerance_ratio}",
        section: "\u{a7}4.5.3",
        reads: &[POINT, SUMMARY, POWER],
        parameters: &["stored_value", "power"],
        title: "a stored TPS per kilowatt follows from the power",
        what: "derived = system TPS / the point's kilowatts, which are the system's, or the used share of them. A stored \
               `system_tps_per_kw` that is a number must be within {stored_value.tolerance_ratio:%}. Nothing stored is fine.",
        why: "It is the figure by which systems of different size are compared.",
        fix: "remove the stored value, or correct it",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.point.declared()?;
    let summary = cx.point.summary()?;
    let (_, assessment) = power_descriptor::good(&cx.system())?;
    let engagement = engagement(&cx, &assessment.provision).map_err(|_| NotRun::after("nodes-used"))?;
    let kw = point_kw(
        &assessment.provision,
        engagement.as_ref().map(|engagement| &engagement.used),
    );
    if kw <= 0.0 {
        return Err(NotRun::because("the point has no power"));
    }
    let tps = summary
        .value
        .system_tps()
        .ok_or_else(|| NotRun::after("result-file-valid"))?;
    let derived = tps / kw;
    let limits = cx.submission.parameters.stored_value;
    let stored = match summary.root().child(FIELD).map(|node| &node.value) {
        Some(value @ (Value::Int(_) | Value::Float(_))) => Some(python_float(value)),
        _ => None,
    };
    let Ok(stored) = stored.transpose() else {
        let owner = &result_file_valid::RULE.meta;
        let message = format!("{FIELD} is beyond what a 64-bit float can hold");
        crash(out, owner, summary, &format!("/{FIELD}"), message);
        return Ok(());
    };
    let relative = stored.map(|stored| (stored - derived).abs() / derived.abs().max(limits.floor));
    let path = summary.path();
    match (stored, relative) {
        (Some(stored), Some(relative)) if relative > limits.tolerance_ratio => {
            let message = format!(
                "{FIELD} is stored as {stored}, but {} follows from {} tokens/s and {kw} kW",
                Figure::beside(derived, stored),
                Figure::new(tps)
            );
            out.error(path, message)
                .at(summary.place(&format!("/{FIELD}")))
                .term("stored", Figure::exact(stored))
                .term("tps", Figure::new(tps))
                .term("kw", kw)
                .measured(
                    stored,
                    Figure::beside(derived, stored),
                    "tokens/s/kW",
                    format!("{} % apart", Figure::new(relative * 100.0)),
                );
        }
        _ => out.pass(
            path,
            format!("{} tokens/s per kW at {kw} kW", Figure::new(derived)),
        ),
    }
    Ok(())
}
