//! `metric-consistency-tps-per-user`.

use super::prelude::*;
use super::result_file_valid;
use crate::rules::stored_value::{Comparison, compare};

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-tps-per-user",
        formula: "|stored - derived| / max(|derived|, {stored_value.floor}) <= {stored_value.tolerance_ratio}",
        section: "\u{a7}9.1",
        reads: &[SUMMARY],
        parameters: &["stored_value"],
        title: "a stored TPS per user follows from TPOT",
        what: "derived = 1000 / TPOT P90 in ms. A stored `tps_per_user` is compared as `system_tps` is. Nothing stored is \
               fine. Not evaluated without a usable TPOT, nor for a dedicated Offline point.",
        why: "It is the other axis of the curve.",
        fix: "remove the stored value, or correct it",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.point.declared()?;
    let summary = cx.point.summary()?;
    if cx.point.is_dedicated() {
        return Err(NotRun::because("a dedicated Offline point has no rate per user"));
    }
    let tpot_ms = summary
        .value
        .tpot_p90_ms()
        .filter(|milliseconds| milliseconds.is_finite() && *milliseconds > 0.0)
        .ok_or_else(|| NotRun::after("metric-consistency-tpot-p90"))?;
    let comparison = Comparison {
        field: "tps_per_user",
        derived: 1000.0 / tpot_ms,
        unit: "tokens/s",
        limits: cx.submission.parameters.stored_value,
        owner: &result_file_valid::RULE.meta,
        text_crashes: false,
        key: "fail",
    };
    compare(summary, comparison, out);
    Ok(())
}
