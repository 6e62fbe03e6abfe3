//! `system-results-dir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "system-results-dir",
        section: "\u{a7}1",
        reads: &["results/<system>/"],
        title: "results hold at least one system",
        what: "`results` must hold at least one directory, one per system.",
        why: "Without a system there is nothing to judge.",
        fix: "add `results/<system>/<model>/r<N>/` for every run",
        ..OFFICIAL
    },
    check: &[Check::Submission(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    if submission.systems.is_empty() {
        out.error(&submission.results_path, "`results` holds no system directory");
    }
    Ok(())
}
