//! `path-exists`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "path-exists",
        section: "\u{a7}1",
        title: "the submission's path exists",
        what: "The path given to the checker must exist. When it does not, nothing else is judged.",
        why: "A typing error must not look like an empty, or a valid, submission.",
        fix: "check the path; it is the submission's folder, or the organisation's folder above it",
        ..OFFICIAL
    },
    check: &[Check::Submission(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    if submission.exists {
        out.pass(&submission.path, "the path exists");
    } else {
        out.error(&submission.path, format!("`{}` does not exist", submission.path));
    }
    Ok(())
}
