//! `undescribed-results`.

use super::prelude::*;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "undescribed-results",
        severity: Severity::Warning,
        reads: &["pareto/*/", "systems/*.json"],
        title: "every directory of results belongs to a described system",
        what: "Each directory in `pareto/` should have a `systems/<name>.json`. The reference ignores one that has none, \
               with all results in it.",
        why: "Results that nobody judges are not results; most often the system file is misnamed.",
        fix: "add the system file, or remove the directory",
        ..OWN
    },
    check: Check::Ending(check),
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    for path in &submission.undescribed {
        out.warning(
            path,
            format!("`{path}` has no system file; nothing in it was judged"),
        );
    }
    Ok(())
}
