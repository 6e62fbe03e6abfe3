//! `metric-consistency-tpot-p90`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-tpot-p90",
        formula: "tpot_p90_ms > 0",
        section: "\u{a7}9.1",
        reads: &[SUMMARY],
        title: "the 90th percentile of TPOT is there",
        what: "`tpot.percentiles[\"90\"]` must be given, finite and above 0. A dedicated Offline point is exempt.",
        why: "The rate per user is its inverse.",
        fix: "submit the summary as the load generator wrote it",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.point.declared()?;
    let summary = cx.point.summary()?;
    let path = summary.path();
    if cx.point.is_dedicated() {
        out.pass_as("exempt", path, "a dedicated Offline point needs no TPOT");
        return Ok(());
    }
    match summary.value.tpot_p90_ms() {
        None => {
            out.error(path, "the summary has no 90th percentile of `tpot`")
                .at(summary.place("/tpot/percentiles"));
        }
        Some(milliseconds) if milliseconds.is_finite() && milliseconds > 0.0 => {
            out.pass(path, format!("TPOT P90 is {milliseconds} ms"));
        }
        Some(milliseconds) => {
            let message = format!("TPOT P90 is {milliseconds} ms; it must be finite and above 0");
            out.error(path, message)
                .keyed("fail-2")
                .at(summary.place("/tpot/percentiles"))
                .term("tpot_p90_ms", milliseconds)
                .measured(milliseconds, "> 0", "ms", "");
        }
    }
    Ok(())
}
