//! `concurrency-in-range`.

use super::prelude::*;
use crate::region::v1_5::Region;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "concurrency-in-range",
        formula: "1 <= concurrency <= highest",
        section: "\u{a7}9",
        reads: &[POINT, DESCRIPTION],
        parameters: &["regions"],
        title: "the concurrency lies in a region",
        what: "`concurrency` must lie in 1 to ceil({regions.margin} C_max). A dedicated Offline point is exempt (section 5.7.1).",
        why: "A point beyond what the system supports belongs to no part of the curve.",
        fix: "measure within the declared range, or declare the maximum that the system supports",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let regions = cx.curve.regions()?;
    let declared = cx.point.declared()?;
    let (path, concurrency) = (declared.path(), &declared.value.concurrency);
    if cx.point.is_dedicated() {
        out.pass_as("pass", path, "a dedicated Offline point belongs to no region")
            .section("\u{a7}5.7.1");
    } else if let Some(region) = regions.classify(concurrency) {
        out.pass_as(
            "pass-2",
            path,
            format!("concurrency {concurrency} lies in {}", region.title()),
        );
    } else {
        let highest = &regions.bounds(Region::Margin).end;
        out.error(
            path,
            format!("concurrency {concurrency} lies outside 1\u{2013}{highest}"),
        )
        .at(declared.place("/concurrency"))
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
