//! `duplicate-point`.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::prelude::*;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "duplicate-point",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "no two points declare the same concurrency",
        what: "Every valid point file of a curve must declare a concurrency of its own. Two files with the same one share \
               one result, but count twice for `point-count` in the reference.",
        why: "Copies of a point file would let a curve of one measurement pass as one of seven.",
        fix: "keep one file per concurrency",
        ..OWN
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    let mut seen: BTreeMap<&BigInt, &str> = BTreeMap::new();
    for point in cx.model.points()? {
        let Some(config) = point.config.good() else {
            continue;
        };
        let concurrency = &config.value.concurrency;
        if let Some(first) = seen.get(concurrency) {
            out.error(
                &point.path,
                format!("declares concurrency {concurrency}, as `{first}` does"),
            )
            .at(config.place("/concurrency"));
        } else {
            seen.insert(concurrency, &point.path);
        }
    }
    Ok(())
}
