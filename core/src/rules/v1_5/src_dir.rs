//! `src-dir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "src-dir",
        section: "\u{a7}1",
        reads: &["src/"],
        title: "the submission holds at least one implementation",
        what: "`src` must be a directory with at least one directory in it, one per implementation. This holds for every \
               division.",
        why: "A result that nobody can rebuild can't be reviewed.",
        fix: "add `src/<implementation>/` with its README.md",
        ..OFFICIAL
    },
    check: &[Check::Submission(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.exists()?;
    let (path, present) = &submission.src;
    let count = submission.readmes.len();
    if !present {
        out.error(path, format!("no directory `{path}`"));
    } else if count == 0 {
        out.error(path, "no implementation: `src` holds no directory")
            .keyed("fail-2");
    } else {
        out.pass(path, format!("{count} implementations"));
    }
    Ok(())
}
