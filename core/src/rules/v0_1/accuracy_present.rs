//! `accuracy-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-present",
        section: "#15",
        reads: &["pareto/**/accuracy/results.json"],
        title: "the submission has an accuracy result",
        what: "At least one `accuracy/results.json` must exist anywhere below `pareto/`; its content is not read here.",
        why: "A throughput counts only together with the accuracy it was reached at.",
        fix: "add `results/point_<C>/accuracy/results.json` to at least one point",
        ..OFFICIAL
    },
    check: Check::Ending(check),
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    if submission.systems.is_empty() {
        return Err(NotRun::after("system-description-present"));
    }
    let path = &submission.pareto_path;
    if submission.has_accuracy {
        out.pass(path, "an accuracy result is there");
    } else {
        out.error(path, format!("no `accuracy/results.json` below `{path}`"));
    }
    Ok(())
}
