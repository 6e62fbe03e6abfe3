//! `pareto-dir-exists`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "pareto-dir-exists",
        section: "#1",
        reads: &["pareto/<system_id>/"],
        title: "the described system has results",
        what: "`pareto/<system_id>` must be a directory; the id is the system file's name without `.json`.",
        why: "A described system without results is an unfinished submission, or a name that differs by a letter.",
        fix: "name the directory in `pareto/` exactly like the file in `systems/`, or remove the file",
        ..OFFICIAL
    },
    check: Check::System(check),
};

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.system.regions()?;
    let path = &cx.system.pareto_path;
    if cx.system.has_pareto {
        out.pass(path, "the system's results are there");
    } else {
        out.error(
            path,
            format!(
                "system `{}` is described, but `{path}` is not a directory",
                cx.system.id
            ),
        );
    }
    Ok(())
}
