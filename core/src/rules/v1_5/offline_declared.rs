//! `offline-declared`.

use super::facts::{DEDICATED, ELECTED};
use super::prelude::*;

const KNOWN: [&str; 3] = [DEDICATED, ELECTED, "none"];

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "offline-declared",
        section: "\u{a7}5.7",
        reads: &[POINT],
        title: "a declared Offline role is a known one",
        what: "`offline`, where it is given, must be `dedicated`, `elected` or `none`.",
        why: "A misspelt role would leave the curve without its Offline point.",
        fix: "write one of the three words, or leave `offline` out",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let Some(offline) = declared.value.offline.as_deref() else {
        return Err(NotRun::because("the point declares no Offline role"));
    };
    if KNOWN.contains(&offline) {
        out.pass(declared.path(), format!("Offline role: {offline}"));
    } else {
        out.error(
            declared.path(),
            format!(
                "Offline role `{offline}` is unknown; known are {}",
                KNOWN.join(", ")
            ),
        )
        .at(declared.place("/offline"));
    }
    Ok(())
}
