//! `required-dir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "required-dir",
        section: "\u{a7}1",
        reads: &["results/", "docs/"],
        title: "the folder holds the directories that every submission has",
        what: "`results` and `docs` must be directories. Without `results` nothing below it is judged.",
        why: "Readers and tools look for results and documents at fixed places.",
        fix: "create the directory; a layout with `pareto/` and `documentation/` is that of v0.1",
        ..OFFICIAL
    },
    check: &[Check::Submission(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.exists()?;
    for (path, present) in &submission.required {
        if *present {
            out.pass(path, "the directory is there");
            continue;
        }
        let hint = if submission.old_layout.is_empty() {
            String::new()
        } else {
            format!(
                "; `{}` belongs to the layout of v0.1",
                submission.old_layout.join("`, `")
            )
        };
        out.error(path, format!("no directory `{path}`{hint}"));
    }
    Ok(())
}
