//! `target-cohort`.

use super::prelude::*;
use super::registries::is_cohort_text;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "target-cohort",
        section: "\u{a7}4.6",
        reads: &[POINT],
        title: "a declared cohort has the form of one",
        what: "`target_cohort`, where it is given, must be `YYYY-MM-C0` or `YYYY-MM-C1`.",
        why: "Seeds and draft models are approved by cohort.",
        fix: "write the cohort that the submission is meant for, in quotes",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let Some(cohort) = declared.value.target_cohort.as_deref() else {
        return Err(NotRun::because("the point targets no cohort"));
    };
    if is_cohort_text(cohort) {
        out.pass(declared.path(), format!("targets cohort {cohort}"));
    } else {
        out.error(
            declared.path(),
            format!("`{cohort}` is no cohort; write YYYY-MM-C0 or YYYY-MM-C1"),
        )
        .at(declared.place("/target_cohort"));
    }
    Ok(())
}
