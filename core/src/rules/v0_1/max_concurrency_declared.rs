//! `max-concurrency-declared`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "max-concurrency-declared",
        section: "#7",
        severity: Severity::Info,
        reads: &["systems/*.json"],
        title: "the system declares its maximum concurrency M",
        what: "States `max_supported_concurrency` (M) once the system description is valid. Never an error: a missing \
               or malformed M is one of `system-description-valid`.",
        why: "M decides where the regions lie.",
        fix: "nothing to fix",
        ..OFFICIAL
    },
    check: Check::System(check),
};

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    let description = cx.system.description()?;
    out.pass(
        &cx.system.path,
        format!(
            "max_supported_concurrency is {}",
            description.value.max_supported_concurrency
        ),
    );
    Ok(())
}
