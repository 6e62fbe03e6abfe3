//! `metric-consistency-tps-per-user`.

use num_traits::{Signed, ToPrimitive};

use super::prelude::*;
use super::{point_config_valid, result_file_valid};
use crate::rules::document::crash;
use crate::rules::stored_value::{Comparison, compare};

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "metric-consistency-tps-per-user",
        formula: "|stored - derived| / max(|derived|, {stored_value.floor}) <= {stored_value.tolerance_ratio}",
        section: "#9.1",
        reads: &[
            "pareto/<system_id>/<model>/points/point_*.yaml",
            "pareto/<system_id>/<model>/results/point_<C>/results_summary.json",
        ],
        parameters: &["stored_value"],
        title: "a stored TPS per user follows from the counts",
        what: "derived = system TPS / concurrency. An error when the concurrency is not above 0; else a stored \
               `tps_per_user` is compared as `system_tps` is. Nothing stored is fine.",
        why: "It is the other axis of the curve.",
        fix: "remove the stored value, or correct it",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let summary = cx.point.summary()?;
    let concurrency = &config.value.concurrency;
    if !concurrency.is_positive() {
        out.error(
            summary.path(),
            format!("TPS per user can't be derived: concurrency is {concurrency}"),
        )
        .at(config.place("/concurrency"))
        .measured(concurrency, "> 0", "requests in flight", "");
        return Ok(());
    }
    let system_tps = summary
        .value
        .system_tps()
        .ok_or_else(|| NotRun::after("result-file-valid"))?;
    let Some(users) = concurrency.to_f64().filter(|users| users.is_finite()) else {
        let owner = &point_config_valid::RULE.meta;
        crash(
            out,
            owner,
            config,
            "/concurrency",
            "concurrency is beyond what a 64-bit float can hold",
        );
        return Err(NotRun::after(owner.id));
    };
    let comparison = Comparison {
        field: "tps_per_user",
        derived: system_tps / users,
        unit: "tokens/s",
        limits: cx.submission.parameters.stored_value,
        owner: &result_file_valid::RULE.meta,
        text_crashes: true,
        key: "fail",
    };
    compare(summary, comparison, out);
    Ok(())
}
