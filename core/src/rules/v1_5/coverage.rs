//! `ultra-low-concurrency-coverage`, `low-concurrency-coverage`, `med-concurrency-coverage`,
//! `high-concurrency-coverage`: one rule in four spans.

use num_bigint::BigInt;

use super::facts::CMin;
use super::prelude::*;
use crate::region::v1_5::Region;

const BASE: Meta = Meta {
    formula: "points with first <= concurrency <= last: count >= 1",
    section: "\u{a7}\u{a7}3\u{2013}6",
    reads: &[POINT, DESCRIPTION],
    parameters: &["regions"],
    what: "At least one point must have a concurrency in the region. An unusable point counts by its raw concurrency or its \
           directory's number; a point in the margin above C_max counts nowhere.",
    why: "A curve that skips a region hides how the system behaves there.",
    fix: "measure a point in the region; `runbench regions --ruleset v1.5` shows its bounds",
    ..OFFICIAL
};

pub(super) const ULTRA_LOW: SubmissionRule = Rule {
    meta: Meta {
        id: "ultra-low-concurrency-coverage",
        section: "\u{a7}5.4",
        title: "a point has an ultra low concurrency",
        what: "At least one point must have a concurrency from 1 to {regions.greatest_c_min}, or to the declared `c_min_override`.",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, ultra_low)],
};

pub(super) const LOW: SubmissionRule = Rule {
    meta: Meta {
        id: "low-concurrency-coverage",
        title: "a point lies in the Low Concurrency region",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, |cx, out| {
        check(cx, Region::LowConcurrency, out)
    })],
};

pub(super) const MED: SubmissionRule = Rule {
    meta: Meta {
        id: "med-concurrency-coverage",
        title: "a point lies in the Med Concurrency region",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, |cx, out| {
        check(cx, Region::MedConcurrency, out)
    })],
};

pub(super) const HIGH: SubmissionRule = Rule {
    meta: Meta {
        id: "high-concurrency-coverage",
        title: "a point lies in the High Concurrency region",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, |cx, out| {
        check(cx, Region::HighConcurrency, out)
    })],
};

/// Last concurrency of the ultra low span.
pub(super) fn ultra_low_end(cx: &CurveCx<'_>) -> BigInt {
    match (&cx.curve.c_min, cx.curve.regions()) {
        (CMin::Declared(lowest), Ok(_)) => lowest.clone(),
        _ => BigInt::from(cx.submission.parameters.regions.greatest_c_min),
    }
}

fn ultra_low(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let end = ultra_low_end(&cx);
    let first = BigInt::from(1);
    let within = |point: &Point| *point.concurrency() >= first && *point.concurrency() <= end;
    if cx.curve.points.iter().any(within) {
        out.pass(&cx.curve.path, format!("1\u{2013}{end} is covered"));
    } else {
        out.error(&cx.curve.path, format!("no point lies in 1\u{2013}{end}"))
            .term("first", 1)
            .term("last", &end)
            .term("count", 0)
            .measured(0, format!(">= 1 in 1\u{2013}{end}"), "points", "");
    }
    Ok(())
}

fn check(cx: CurveCx<'_>, region: Region, out: &mut Out<'_>) -> Ran {
    let bounds = cx.curve.regions()?.bounds(region);
    if cx
        .curve
        .points
        .iter()
        .any(|point| bounds.contains(point.concurrency()))
    {
        out.pass(
            &cx.curve.path,
            format!("{} ({bounds}) is covered", region.title()),
        );
    } else {
        out.error(
            &cx.curve.path,
            format!("no point lies in {} ({bounds})", region.title()),
        )
        .term("first", &bounds.start)
        .term("last", &bounds.end)
        .term("count", 0)
        .measured(0, format!(">= 1 in {bounds}"), "points", "");
    }
    Ok(())
}
