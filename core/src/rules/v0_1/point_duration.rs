//! `point-duration`.

use super::prelude::*;
use crate::diag::Figure;
use crate::region::v0_1::Region;
use crate::ruleset::PerRegion;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-duration",
        formula: "duration_ns / 1e9 >= least_s",
        section: "#11",
        severity: Severity::Warning,
        reads: &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"],
        parameters: &["min_duration_ms", "regions"],
        title: "the point ran long enough for its region",
        what: "duration_ns / 1e6 must not be below the region's minimum: {min_duration_ms.low_latency:s} in Low \
               Latency, {min_duration_ms.low_throughput:s}, {min_duration_ms.med_throughput:s} and \
               {min_duration_ms.high_throughput:s} in the other three. Not evaluated for a concurrency in no region.",
        why: "A short run samples few states of the server's queue, so its tail is too kind.",
        fix: "repeat the point with a longer duration",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let summary = cx.point.summary()?;
    let Some(region) = cx.system.regions()?.classify(&config.value.concurrency) else {
        return Err(NotRun::after("concurrency-in-range"));
    };
    let least_ms = minimum_ms(&cx.submission.parameters.min_duration_ms, region);
    let duration_ms = summary.value.duration_ns / 1e6;
    let path = summary.path();
    if duration_ms < least_ms {
        let (ran, least) = (duration_ms / 1e3, least_ms / 1e3);
        out.warning(
            path,
            format!(
                "ran {} s; the {} region needs at least {least} s",
                Figure::beside(ran, least),
                region.title()
            ),
        )
        .at(summary.place("/duration_ns"))
        .term("duration_ns", Figure::exact(summary.value.duration_ns))
        .term("least_s", Figure::new(least))
        .measured(
            Figure::beside(ran, least),
            format!(">= {least}"),
            "s",
            format!("{} s short", Figure::new(least - ran)),
        );
    } else {
        out.pass(path, format!("ran {} s", Figure::new(duration_ms / 1e3)));
    }
    Ok(())
}

/// The shortest run of a region, in milliseconds.
pub(super) fn minimum_ms(minima: &PerRegion, region: Region) -> f64 {
    match region {
        Region::LowLatency => minima.low_latency,
        Region::LowThroughput => minima.low_throughput,
        Region::MedThroughput => minima.med_throughput,
        Region::HighThroughput => minima.high_throughput,
    }
}
