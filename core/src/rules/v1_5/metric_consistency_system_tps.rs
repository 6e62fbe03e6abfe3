//! `metric-consistency-system-tps`.

use super::prelude::*;
use super::result_file_valid;
use crate::rules::stored_value::{Comparison, compare};

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-system-tps",
        formula: "|stored - derived| / max(|derived|, {stored_value.floor}) <= {stored_value.tolerance_ratio}",
        section: "\u{a7}9.1",
        reads: &[SUMMARY],
        parameters: &["stored_value"],
        title: "a stored system TPS follows from the counts",
        what: "derived = output tokens / (duration_ns / 1e9), 0 when the duration is not above 0. A stored `system_tps` \
               must satisfy |stored - derived| / max(|derived|, {stored_value.floor}) <= {stored_value.tolerance_ratio}. Nothing stored is fine.",
        why: "A published rate must be recomputable from the published counts.",
        fix: "remove the stored value, or correct it",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let summary = cx.point.summary()?;
    let derived = summary
        .value
        .system_tps()
        .ok_or_else(|| NotRun::after("result-file-valid"))?;
    let comparison = Comparison {
        field: "system_tps",
        derived,
        unit: "tokens/s",
        limits: cx.submission.parameters.stored_value,
        owner: &result_file_valid::RULE.meta,
        text_crashes: false,
        key: "fail",
    };
    compare(summary, comparison, out);
    Ok(())
}
