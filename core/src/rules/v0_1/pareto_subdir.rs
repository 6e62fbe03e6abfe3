//! `pareto-subdir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "pareto-subdir",
        section: "#1",
        reads: &[
            "pareto/<system_id>/<model>/points/",
            "pareto/<system_id>/<model>/results/",
        ],
        title: "a model has `points/` and `results/`",
        what: "Both must be directories; one result each. A model that lacks one is not judged further.",
        why: "`points/` says what was asked for, `results/` what came out.",
        fix: "create the directory and move the files into it",
        ..OFFICIAL
    },
    check: Check::Model(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    for (path, present) in &cx.model.subdirectories {
        if *present {
            out.pass(path, "the directory exists");
        } else {
            out.error(path, format!("`{path}` is not a directory"));
        }
    }
    Ok(())
}
