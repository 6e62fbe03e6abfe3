//! `point-rules-skipped`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-rules-skipped",
        section: "\u{a7}1",
        severity: Severity::Warning,
        reads: &[POINT],
        title: "no point was left unjudged",
        what: "Says for each point without a usable `point.yaml` that the rules which read it were not evaluated.",
        why: "Mending the file may bring up further findings.",
        fix: "mend the point's file first",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Unusable, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    out.warning(
        cx.point.declared_path(),
        "`point.yaml` can't be used, so the point's other rules were not evaluated",
    );
    Ok(())
}
