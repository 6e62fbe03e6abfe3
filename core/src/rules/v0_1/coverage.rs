//! `low-latency-coverage`, `low-throughput-coverage`, `med-throughput-coverage`, `high-throughput-coverage`: one rule
//! in four regions.

use super::prelude::*;
use crate::region::v0_1::Region;

const BASE: Meta = Meta {
    section: "#3\u{2013}6",
    reads: &["pareto/<system_id>/<model>/points/point_*.yaml", "systems/*.json"],
    parameters: &["regions"],
    formula: "points with first <= concurrency <= last: count >= 1",
    what: "At least one valid point file must declare a concurrency in the region. Its result is not needed; a point in \
           the margin above M counts for High Throughput.",
    why: "A curve that skips a region hides how the system behaves there.",
    fix: "measure a point in the region; `runbench regions --max-concurrency M` shows its bounds",
    ..OFFICIAL
};

pub(super) const LOW_LATENCY: SubmissionRule = Rule {
    meta: Meta {
        id: "low-latency-coverage",
        title: "a point lies in the Low Latency region",
        ..BASE
    },
    check: Check::Curve(|cx, out| check(cx, Region::LowLatency, out)),
};

pub(super) const LOW_THROUGHPUT: SubmissionRule = Rule {
    meta: Meta {
        id: "low-throughput-coverage",
        title: "a point lies in the Low Throughput region",
        ..BASE
    },
    check: Check::Curve(|cx, out| check(cx, Region::LowThroughput, out)),
};

pub(super) const MED_THROUGHPUT: SubmissionRule = Rule {
    meta: Meta {
        id: "med-throughput-coverage",
        title: "a point lies in the Med Throughput region",
        ..BASE
    },
    check: Check::Curve(|cx, out| check(cx, Region::MedThroughput, out)),
};

pub(super) const HIGH_THROUGHPUT: SubmissionRule = Rule {
    meta: Meta {
        id: "high-throughput-coverage",
        title: "a point lies in the High Throughput region",
        ..BASE
    },
    check: Check::Curve(|cx, out| check(cx, Region::HighThroughput, out)),
};

fn check(cx: ModelCx<'_>, region: Region, out: &mut Out<'_>) -> Ran {
    let points = cx.model.points()?;
    let bounds = cx.system.regions()?.bounds(region);
    let [(path, _), _] = &cx.model.subdirectories;
    let covered = points
        .iter()
        .filter_map(|point| point.config.good())
        .any(|config| bounds.contains(&config.value.concurrency));
    if covered {
        out.pass(path, format!("{} ({bounds}) is covered", region.title()));
    } else {
        out.error(
            path,
            format!("no valid point lies in {} ({bounds})", region.title()),
        )
        .term("first", &bounds.start)
        .term("last", &bounds.end)
        .term("count", 0)
        .measured(0, format!(">= 1 in {bounds}"), "points", "");
    }
    Ok(())
}
