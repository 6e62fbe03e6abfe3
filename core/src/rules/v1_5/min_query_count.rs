//! `min-query-count`.

use num_bigint::BigInt;

use super::prelude::*;
use crate::suggest::did_you_mean;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "min-query-count",
        formula: "n_samples_completed >= least",
        section: "\u{a7}12",
        reads: &[POINT, SUMMARY],
        parameters: &["min_queries"],
        title: "the point completed enough queries for its dataset",
        what: "`n_samples_completed` must reach the minimum of the point's `dataset`. Datasets that the ruleset does not \
               list have no minimum.",
        why: "A tail percentile of a few queries is noise.",
        fix: "repeat the point with more samples",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let summary = cx.point.summary()?;
    let dataset = &declared.value.dataset;
    let minima = &cx.submission.parameters.min_queries;
    let Some(least) = minima.get(dataset) else {
        return Err(NotRun::because(format!(
            "the ruleset has no minimum for dataset `{dataset}`{}",
            did_you_mean(dataset, minima.keys().map(String::as_str))
        )));
    };
    let completed = &summary.value.n_samples_completed;
    let path = summary.path();
    if *completed < BigInt::from(*least) {
        out.error(
            path,
            format!("completed {completed} queries of `{dataset}`; at least {least} are needed"),
        )
        .at(summary.place("/n_samples_completed"))
        .term("n_samples_completed", completed)
        .term("least", least)
        .measured(
            completed,
            format!(">= {least}"),
            "queries",
            format!("{} short", BigInt::from(*least) - completed),
        );
    } else {
        out.pass(path, format!("completed {completed} queries; {least} are needed"));
    }
    Ok(())
}
