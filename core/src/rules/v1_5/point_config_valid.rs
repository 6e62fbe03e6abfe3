//! `point-config-valid`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-config-valid",
        section: "\u{a7}8.3",
        reads: &[POINT],
        title: "the point file is YAML that its schema accepts",
        what: "The file must be readable, YAML with a mapping at the top, and match the schema: `concurrency` and \
               `runtime_settings.runtime` present, every field of its type, a warm-up that adds up. One error per failing \
               field.",
        why: "Every other rule of the point starts from this file.",
        fix: "correct the field; the place shows the value as it was read",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let Some(declared) = &cx.point.declared else {
        return Err(NotRun::after("measurement-points-present"));
    };
    declared.report(&cx.point.declared_path(), out);
    Ok(())
}
