//! `streaming-config`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "streaming-config",
        section: "\u{a7}6.5",
        severity: Severity::Info,
        reads: &[POINT],
        title: "notes whether the client forwarded every chunk",
        what: "Reports `runtime_settings.stream_all_chunks`. The flag is about the client only, so nothing is judged.",
        why: "Streaming by the server can't be told from this flag.",
        fix: "nothing to fix",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let streamed = declared.value.runtime.stream_all_chunks;
    out.pass(declared.path(), format!("stream_all_chunks is {streamed}"));
    Ok(())
}
