//! `region-declared`.

use super::prelude::*;
use crate::region::v0_1::Region;
use crate::suggest::did_you_mean;

/// The declaration that fits every region.
const ANY: &str = "submitters_choice";

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "region-declared",
        section: "#8.3",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml", "systems/*.json"],
        parameters: &["regions"],
        title: "a declared region is the one computed from the concurrency",
        what: "Only where `region` is given: an error unless it is low_latency, low_throughput, med_throughput, \
               high_throughput or submitters_choice; a warning when it is another region than the computed one.",
        why: "A region that is declared wrongly misleads readers of the curve.",
        fix: "declare the computed region, or leave `region` out",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let regions = cx.system.regions()?;
    let path = &cx.point.path;
    let Some(declared) = config.value.region.as_deref() else {
        return Err(NotRun::because("the point declares no region"));
    };
    if declared == ANY {
        out.pass(path, "the region is the submitter's choice");
        return Ok(());
    }
    let Some(declared) = Region::ALL.into_iter().find(|region| region.name() == declared) else {
        let known = Region::ALL.map(Region::name).join(", ");
        out.error(
            path,
            format!(
                "region `{declared}` is unknown; known are {known} and {ANY}{}",
                did_you_mean(declared, Region::ALL.map(Region::name).into_iter().chain([ANY]))
            ),
        )
        .at(config.place("/region"));
        return Ok(());
    };
    match regions.classify(&config.value.concurrency) {
        Some(computed) if computed != declared => {
            let message = format!(
                "region is declared as {}, but concurrency {} lies in {} ({})",
                declared.name(),
                config.value.concurrency,
                computed.name(),
                regions.bounds(computed)
            );
            out.warning(path, message).at(config.place("/region")).measured(
                declared.name(),
                computed.name(),
                "",
                "",
            );
        }
        _ => out.pass(
            path,
            format!("the declared region {} is the computed one", declared.name()),
        ),
    }
    Ok(())
}
