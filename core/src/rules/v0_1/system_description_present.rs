//! `system-description-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "system-description-present",
        section: "#1",
        reads: &["systems/*.json"],
        title: "at least one system is described",
        what: "`systems/` must hold at least one file whose name ends in `.json` (lower case). When there is none, \
               nothing else is judged.",
        why: "A throughput without the hardware it came from says nothing.",
        fix: "add `systems/<system_id>.json`, named like the system's directory in `pareto/`",
        ..OFFICIAL
    },
    check: Check::Submission(check),
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    if submission.systems.is_empty() {
        out.error(&submission.systems_path, "no `*.json` file describes a system");
    }
    Ok(())
}
