//! `src-readme`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "src-readme",
        section: "\u{a7}1",
        reads: &["src/<implementation>/README.md"],
        title: "every implementation says how to run it",
        what: "Every directory in `src` must hold a file README.md; letter case does not matter.",
        why: "Source without instructions is not reproducible.",
        fix: "write how to build and run the implementation into its README.md",
        ..OFFICIAL
    },
    check: &[Check::Submission(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.exists()?;
    if submission.readmes.is_empty() {
        return Err(NotRun::after("src-dir"));
    }
    for (path, present) in &submission.readmes {
        if *present {
            out.pass(path, "the implementation has a README");
        } else {
            out.error(path, format!("no `{path}`"));
        }
    }
    Ok(())
}
