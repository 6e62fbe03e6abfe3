//! `result-file-valid`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "result-file-valid",
        section: "#14",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"],
        title: "the result is JSON that its schema accepts",
        what: "The file must be readable, JSON, and match the schema: `n_samples_completed` an integer, `duration_ns` a \
               number, `ttft` and `output_sequence_lengths` objects where given. One error per failing field. A value \
               that makes the reference checker crash (a token total that is NaN or infinite, a stored rate that is no \
               number) is an error here too.",
        why: "Every figure of the point is derived from this file.",
        fix: "submit the summary as the load generator wrote it",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.point.config()?;
    let Some(summary) = &cx.point.summary else {
        return Ok(());
    };
    let Some(document) = &summary.document else {
        return Err(NotRun::after("result-file-present"));
    };
    document.report(&summary.path, out);
    if let Some(good) = document.good()
        && good.value.total_output_tokens().is_none()
    {
        let total = good.value.output_tokens_total;
        out.error(
            &summary.path,
            format!("output_sequence_lengths.total is {total}; tokens are counted in finite numbers"),
        )
        .section("")
        .at(good.place("/output_sequence_lengths/total"));
    }
    Ok(())
}
