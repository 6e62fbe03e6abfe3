//! `required-dir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "required-dir",
        section: "#1",
        reads: &["systems/", "pareto/", "documentation/"],
        title: "`systems/`, `pareto/` and `documentation/` exist",
        what: "Each of `systems`, `pareto` and `documentation` must be a directory; one result each. When one is \
               missing, nothing else is judged.",
        why: "Reviewers and tools find the parts of a submission by these names.",
        fix: "create the directory; `documentation/` may be empty for the checker, not for the reviewers",
        ..OFFICIAL
    },
    check: Check::Submission(check),
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    if !submission.exists {
        return Err(NotRun::after("path-exists"));
    }
    for (path, present) in &submission.required {
        if *present {
            out.pass(path, "the directory exists");
        } else {
            out.error(path, format!("`{path}` is not a directory"));
        }
    }
    Ok(())
}
