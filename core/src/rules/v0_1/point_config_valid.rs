//! `point-config-valid`.

use super::prelude::*;
use crate::rules::document::crash;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-config-valid",
        section: "#8.3",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "the point file is YAML that its schema accepts",
        what: "The file must be readable, YAML 1.1 with a mapping at the top, and match the schema: `concurrency` an \
               integer, every other field of its type. One error per failing field. The point is then dropped, but \
               still counts for `point-count`.",
        why: "The declared concurrency decides the point's region and where its result is looked for.",
        fix: "correct the field; mind that YAML 1.1 reads 010 as 8, 1:20 as 80 and 1e1 as text",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.point.config.report(&cx.point.path, out);
    if let Ok(config) = cx.point.config()
        && config.value.result_name().is_none()
    {
        let message = "concurrency has more digits than the name of a result's directory can";
        crash(out, &RULE.meta, config, "/concurrency", message);
    }
    Ok(())
}
