//! `benchmark-model-dir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "benchmark-model-dir",
        section: "#1",
        reads: &["pareto/<system_id>/*/"],
        title: "the system has at least one benchmark model",
        what: "`pareto/<system_id>` must hold at least one directory; each is a benchmark model.",
        why: "A curve belongs to a system and a model.",
        fix: "add `pareto/<system_id>/<model>/` with `points/` and `results/`",
        ..OFFICIAL
    },
    check: Check::System(check),
};

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.system.regions()?;
    if !cx.system.has_pareto {
        return Err(NotRun::after("pareto-dir-exists"));
    }
    if cx.system.models.is_empty() {
        out.error(&cx.system.pareto_path, "no directory of a benchmark model");
    }
    Ok(())
}
