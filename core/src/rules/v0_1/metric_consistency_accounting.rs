//! `metric-consistency-accounting`.

use num_traits::Signed;

use super::prelude::*;
use super::result_file_valid::RULE as RESULT_FILE;
use crate::coerce::python_writes;
use crate::rules::document::crash;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-accounting",
        formula: "n_samples_completed + n_samples_failed = n_samples_issued",
        section: "#14",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"],
        title: "every issued query is accounted for",
        what: "n_samples_completed + n_samples_failed must equal n_samples_issued. Not evaluated when \
               `n_samples_issued` is absent or not above 0.",
        why: "A query that is neither completed nor failed was dropped, and with it its latency.",
        fix: "find out what became of the missing queries; a run with unanswered ones must be repeated",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let summary = cx.point.summary()?;
    let counts = &summary.value;
    let (issued, completed, failed) = (
        &counts.n_samples_issued,
        &counts.n_samples_completed,
        &counts.n_samples_failed,
    );
    if !issued.is_positive() {
        return Err(NotRun::because("n_samples_issued is absent or not above 0"));
    }
    let path = summary.path();
    let accounted = completed + failed;
    if accounted != *issued && !python_writes(&accounted) {
        let message = "completed and failed queries are more than the reference can write out";
        crash(out, &RESULT_FILE.meta, summary, "/n_samples_completed", message);
        return Ok(());
    }
    if accounted == *issued {
        out.pass(
            path,
            format!("{completed} completed + {failed} failed = {issued} issued"),
        );
    } else {
        out.error(
            path,
            format!("{completed} completed + {failed} failed = {accounted}, but {issued} were issued"),
        )
        .at(summary.place("/n_samples_issued"))
        .term("n_samples_completed", completed)
        .term("n_samples_failed", failed)
        .term("n_samples_issued", issued)
        .measured(
            &accounted,
            issued,
            "queries",
            format!("{} unaccounted for", issued - &accounted),
        );
    }
    Ok(())
}
