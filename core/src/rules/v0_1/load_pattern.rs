//! `load-pattern`.

use num_traits::Signed;

use super::prelude::*;
use crate::suggest::did_you_mean;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "load-pattern",
        formula: "concurrency > 0",
        section: "#10",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "the point was measured at a fixed concurrency above 0",
        what: "`runtime_settings.load_pattern` must be `concurrency` (its default), and `concurrency` greater than 0.",
        why: "Points of one curve are comparable only when the load is held in the same way.",
        fix: "measure the point with a fixed number of requests in flight",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let path = &cx.point.path;
    let point = &config.value;
    if point.load_pattern != "concurrency" {
        let message = format!(
            "load pattern is `{}`; it must be `concurrency`{}",
            point.load_pattern,
            did_you_mean(&point.load_pattern, ["concurrency"])
        );
        out.error(path, message)
            .at(config.place("/runtime_settings/load_pattern"));
    } else if !point.concurrency.is_positive() {
        out.error(
            path,
            format!("concurrency is {}; it must be greater than 0", point.concurrency),
        )
        .at(config.place("/concurrency"))
        .term("concurrency", &point.concurrency)
        .measured(&point.concurrency, "> 0", "requests in flight", "");
    } else {
        out.pass(path, format!("fixed concurrency of {}", point.concurrency));
    }
    Ok(())
}
