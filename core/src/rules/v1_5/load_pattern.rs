//! `load-pattern`.

use num_traits::Signed;

use super::facts::AGENTIC;
use super::prelude::*;
use crate::suggest::did_you_mean;

const KNOWN: [&str; 2] = ["concurrency", AGENTIC];

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "load-pattern",
        formula: "concurrency > 0",
        section: "\u{a7}10",
        reads: &[POINT],
        title: "the load holds a fixed concurrency",
        what: "`runtime_settings.load_pattern` must be `concurrency` or `agentic_inference`, and `concurrency` above 0. A \
               dedicated Offline point is exempt (section 6.1).",
        why: "A curve over concurrency needs points of known concurrency.",
        fix: "repeat the point with a fixed number of requests in flight",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let path = declared.path();
    let (pattern, concurrency) = (&declared.value.runtime.load_pattern, &declared.value.concurrency);
    if cx.point.is_dedicated() {
        out.pass_as("pass", path, "a dedicated Offline point may have any load")
            .section("\u{a7}6.1");
    } else if !KNOWN.contains(&pattern.as_str()) {
        out.error(
            path,
            format!(
                "load pattern `{pattern}` is none of {}{}",
                KNOWN.join(", "),
                did_you_mean(pattern, KNOWN)
            ),
        )
        .at(declared.place("/runtime_settings/load_pattern"));
    } else if !concurrency.is_positive() {
        out.error(path, format!("concurrency is {concurrency}; it must be above 0"))
            .keyed("fail-2")
            .at(declared.place("/concurrency"))
            .term("concurrency", concurrency)
            .measured(concurrency, "> 0", "requests in flight", "");
    } else {
        out.pass_as(
            "pass-2",
            path,
            format!("load pattern {pattern} at concurrency {concurrency}"),
        );
    }
    Ok(())
}
