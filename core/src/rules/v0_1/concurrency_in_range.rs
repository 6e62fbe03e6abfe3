//! `concurrency-in-range`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "concurrency-in-range",
        formula: "1 <= concurrency <= highest",
        section: "#9",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml", "systems/*.json"],
        parameters: &["regions"],
        title: "the point's concurrency lies in a region",
        what: "`concurrency` must lie in 1..H, where H = ceil({regions.margin} M) in double precision, the end of the last region.",
        why: "A point beyond what the system is declared to support says nothing about the declared system.",
        fix: "drop the point, or declare the maximum concurrency that the system really supports",
        ..OFFICIAL
    },
    check: Check::Point(check),
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let config = cx.point.config()?;
    let regions = cx.system.regions()?;
    let path = &cx.point.path;
    let concurrency = &config.value.concurrency;
    if let Some(region) = regions.classify(concurrency) {
        out.pass(
            path,
            format!(
                "concurrency {concurrency} lies in {} ({})",
                region.title(),
                regions.bounds(region)
            ),
        );
    } else {
        let highest = regions.highest();
        out.error(
            path,
            format!("concurrency {concurrency} lies in no region; the regions span 1\u{2013}{highest}"),
        )
        .at(config.place("/concurrency"))
        .term("concurrency", concurrency)
        .term("highest", highest)
        .measured(
            concurrency,
            format!("1\u{2013}{highest}"),
            "requests in flight",
            "",
        );
    }
    Ok(())
}
