//! `benchmark-model-dir`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "benchmark-model-dir",
        section: "\u{a7}1",
        reads: &["results/<system>/<model>/"],
        title: "a system has results of at least one model",
        what: "`results/<system>` must hold at least one directory, one per benchmark model.",
        why: "A system without a curve has no result.",
        fix: "add `results/<system>/<model>/r<N>/` for every run, or remove the system",
        ..OFFICIAL
    },
    check: &[Check::SystemEnding(check)],
};

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    if cx.system.curves.is_empty() {
        out.error(&cx.system.path, "the system holds no model directory");
    }
    Ok(())
}
