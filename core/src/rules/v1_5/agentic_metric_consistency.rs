//! `agentic-metric-consistency`.

use super::prelude::*;
use super::result_file_valid;
use crate::parse::Value;
use crate::rules::stored_value::{Comparison, compare};

const FIELD: &str = "e2e_avg_interactivity";

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "agentic-metric-consistency",
        formula: "|stored - derived| / max(|derived|, {stored_value.floor}) <= {stored_value.tolerance_ratio}",
        section: "\u{a7}4.1",
        reads: &[SUMMARY],
        parameters: &["stored_value"],
        title: "a stored interactivity over turns follows from the totals",
        what: "derived = output_tokens_per_turn_total / e2e_turn_time_seconds_total; without both, and without failed \
               queries, output_sequence_lengths.total / (latency.total / 1e9). A stored `e2e_avg_interactivity` must be \
               derivable, and is compared as `system_tps` is.",
        why: "A published rate must be recomputable from the published totals.",
        fix: "remove the stored value, or store the totals that it follows from",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.point.declared()?;
    let summary = cx.point.summary()?;
    let stored = summary
        .root()
        .child(FIELD)
        .is_some_and(|node| node.value != Value::Null);
    match (summary.value.e2e_avg_interactivity(), stored) {
        (Some(derived), _) => {
            let comparison = Comparison {
                field: FIELD,
                derived,
                unit: "tokens/s",
                limits: cx.submission.parameters.stored_value,
                owner: &result_file_valid::RULE.meta,
                text_crashes: false,
                key: "fail-2",
            };
            compare(summary, comparison, out);
            Ok(())
        }
        (None, true) => {
            out.error(
                summary.path(),
                format!("{FIELD} is stored, but no totals give it"),
            )
            .at(summary.place(&format!("/{FIELD}")));
            Ok(())
        }
        (None, false) => Err(NotRun::because("the summary has no totals of turns")),
    }
}
