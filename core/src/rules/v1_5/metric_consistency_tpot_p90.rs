//! `metric-consistency-tpot-p90`.

use super::prelude::*;
use crate::parse::{Value, parse_python_float};
use crate::rules::document::Document;
use crate::schema::v1_5::summary::PointSummary;

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
                .at(summary.place(&p90_pointer(summary)))
                .term("tpot_p90_ms", milliseconds)
                .measured(milliseconds, "> 0", "ms", "");
        }
    }
    Ok(())
}

/// Where the 90th percentile stands; its key may be spelt `90`, `90.0` or `9e1`.
fn p90_pointer(summary: &Document<PointSummary>) -> String {
    const P90: f64 = 90.0;
    let above = "/tpot/percentiles";
    let percentiles = summary
        .root()
        .child("tpot")
        .and_then(|tpot| tpot.child("percentiles"));
    let Some(Value::Map(map)) = percentiles.map(|node| &node.value) else {
        return above.to_owned();
    };
    let keys = map.entries().iter().filter_map(|entry| match &entry.key.value {
        Value::Str(key) => Some(key),
        _ => None,
    });
    let is_p90 = |key: &&String| parse_python_float(key).is_some_and(|rank| rank.total_cmp(&P90).is_eq());
    keys.rev()
        .find(is_p90)
        .map_or(above.to_owned(), |key| format!("{above}/{key}"))
}
