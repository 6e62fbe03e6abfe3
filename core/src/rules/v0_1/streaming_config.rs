//! `streaming-config`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "streaming-config",
        section: "#13",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "all chunks were streamed",
        what: "`runtime_settings.stream_all_chunks` must not be false (its default is true).",
        why: "Time to first token and time per output token exist only for streamed answers.",
        fix: "measure the point with streaming on",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let path = &cx.point.path;
    if config.value.stream_all_chunks {
        out.pass(path, "all chunks are streamed");
    } else {
        out.error(path, "stream_all_chunks is false")
            .at(config.place("/runtime_settings/stream_all_chunks"));
    }
    Ok(())
}
