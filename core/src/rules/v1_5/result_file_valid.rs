//! `result-file-valid`.

use super::prelude::*;
use crate::rules::document::crash;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "result-file-valid",
        section: "\u{a7}8.3",
        reads: &[SUMMARY],
        title: "the result summary is JSON that its schema accepts",
        what: "The file must be readable, JSON, and match the schema: `n_samples_completed` and `duration_ns` present, every \
               field of its type, percentiles named by numbers from 0 to 100, each given once. One error per failing \
               field.",
        why: "Every figure of the point is derived from this file.",
        fix: "submit the summary as the load generator wrote it",
        ..OFFICIAL
    },
    check: &[
        Check::Point(PointStage::Measured, check),
        Check::Point(PointStage::Unusable, check),
    ],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let Some(summary) = &cx.point.summary else {
        return Err(NotRun::after("result-summary-present"));
    };
    summary.report(&cx.point.summary_path(), out);
    // The reference cuts the total to an integer and crashes where that can't be done.
    if let (Some(summary), Ok(_)) = (summary.good(), cx.point.declared())
        && summary.value.total_output_tokens().is_none()
    {
        let message = format!(
            "output_sequence_lengths.total is {}, not a finite number",
            summary.value.output_tokens_total
        );
        crash(
            out,
            &RULE.meta,
            summary,
            "/output_sequence_lengths/total",
            message,
        );
    }
    Ok(())
}
