//! `metric-consistency-output-tokens`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-output-tokens",
        formula: "output_tokens >= 0",
        section: "#14",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"],
        title: "the token total is not negative",
        what: "`output_sequence_lengths.total`, cut to an integer toward 0, must not be below 0.",
        why: "System TPS is this total divided by the duration.",
        fix: "submit the summary as the load generator wrote it",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let summary = cx.point.summary()?;
    let tokens = summary
        .value
        .total_output_tokens()
        .ok_or_else(|| NotRun::after("result-file-valid"))?;
    let path = summary.path();
    if tokens < 0.0 {
        out.error(
            path,
            format!("output_sequence_lengths.total is {tokens}; it must not be negative"),
        )
        .at(summary.place("/output_sequence_lengths/total"))
        .term("output_tokens", tokens)
        .measured(tokens, ">= 0", "tokens", "");
    } else {
        out.pass(path, format!("{tokens} output tokens"));
    }
    Ok(())
}
