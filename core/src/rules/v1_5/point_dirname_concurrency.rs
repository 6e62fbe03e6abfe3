//! `point-dirname-concurrency`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-dirname-concurrency",
        section: "\u{a7}1",
        severity: Severity::Warning,
        reads: &[POINT],
        title: "the directory is named after the concurrency",
        what: "The number in `r<N>` should be the declared `concurrency`.",
        why: "People read the directory's name first.",
        fix: "rename the directory, or correct `concurrency`",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let (number, concurrency) = (&cx.point.number, &declared.value.concurrency);
    if number != concurrency {
        out.warning(
            declared.path(),
            format!("the directory says {number}, the file says concurrency {concurrency}"),
        )
        .at(declared.place("/concurrency"))
        .measured(concurrency, number, "requests in flight", "");
    }
    Ok(())
}
