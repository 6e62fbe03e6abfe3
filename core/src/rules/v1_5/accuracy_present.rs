//! `accuracy-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-present",
        section: "\u{a7}15",
        reads: &["results/**/accuracy_results.json", "results/**/results.json"],
        title: "the submission has accuracy results",
        what: "An `accuracy_results.json`, or a `results.json` with a non-empty `accuracy_scores`, must stand anywhere below \
               `results`.",
        why: "Speed without accuracy is no result.",
        fix: "run the accuracy evaluation and add its results",
        ..OFFICIAL
    },
    check: &[Check::Ending(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    if submission.systems.is_empty() {
        return Err(NotRun::after("system-results-dir"));
    }
    if submission.has_accuracy {
        out.pass(&submission.results_path, "accuracy results are there");
    } else {
        out.error(&submission.results_path, "no accuracy results below `results`");
    }
    Ok(())
}
