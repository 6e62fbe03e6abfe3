//! `point-filename-concurrency`.

use super::prelude::*;
use crate::coerce::parse_python_int;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-filename-concurrency",
        section: "#1",
        severity: Severity::Warning,
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "the point file's name says its concurrency",
        what: "The text between the first and the second `_` of the name (without `.yaml`), where it reads as an \
               integer, should equal the declared `concurrency`. Any other text is not compared.",
        why: "People look points up by name, the checker by what is declared; they should meet.",
        fix: "rename the file to `point_<concurrency>.yaml`",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let Some(named) = cx.point.stem.split('_').nth(1).and_then(parse_python_int) else {
        return Err(NotRun::because("the file name holds no number"));
    };
    let declared = &config.value.concurrency;
    if named != *declared {
        let message = format!("the file name says concurrency {named}, the file {declared}");
        out.warning(&cx.point.path, message)
            .at(config.place("/concurrency"))
            .measured(named, declared, "requests in flight", "");
    }
    Ok(())
}
