//! `accuracy-file`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-file",
        section: "#15",
        severity: Severity::Warning,
        reads: &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"],
        title: "an accuracy directory holds its result",
        what: "Where a loaded point has a directory `accuracy`, that should hold `results.json`.",
        why: "An empty directory suggests an accuracy run that was not finished.",
        fix: "add `results.json`, or remove the directory",
        ..OFFICIAL
    },
    check: Check::Candidate(check),
};

fn check(cx: CandidateCx<'_>, out: &mut Out<'_>) -> Ran {
    if matches!(cx.candidate.state, CandidateState::Absent) {
        out.warning(
            &cx.candidate.path,
            "the accuracy directory holds no `results.json`",
        );
    }
    Ok(())
}
