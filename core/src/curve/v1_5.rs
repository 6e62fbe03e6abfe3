//! Curves of ruleset v1.5.

use super::{Curve, CurvePoint, Reading, RegionSpan, known, span};
use crate::region::v1_5::{Region, Regions};
use crate::rules::document::Document;
use crate::rules::v1_5::facts::{Curve as Facts, Point, Submission, System};

/// All curves of a submission, in path order.
pub(crate) fn curves(submission: &Submission<'_>) -> Vec<Curve> {
    let of_system = |system: &System| -> Vec<Curve> {
        let name = last(&system.path);
        system.curves.iter().map(|curve| of_curve(name, curve)).collect()
    };
    submission.systems.iter().flat_map(of_system).collect()
}

fn of_curve(system: &str, curve: &Facts) -> Curve {
    let regions = known(curve.regions.as_ref());
    Curve {
        system: system.to_owned(),
        model: curve.model.clone(),
        path: curve.path.clone(),
        c_max: curve.c_max.as_ref().map(ToString::to_string),
        regions: regions.map(spans).unwrap_or_default(),
        points: curve
            .points
            .iter()
            .filter_map(|point| of_point(point, regions))
            .collect(),
    }
}

pub(super) fn spans(regions: &Regions) -> Vec<RegionSpan> {
    Region::ALL
        .map(|region| span(region.title(), regions.bounds(region)))
        .to_vec()
}

fn of_point(point: &Point, regions: Option<&Regions>) -> Option<CurvePoint> {
    let concurrency = &point.declared().ok()?.value.concurrency;
    let summary = point.summary().ok();
    CurvePoint::new(&Reading {
        path: &point.path,
        results: None,
        concurrency,
        region: regions
            .and_then(|regions| regions.classify(concurrency))
            .map(Region::title),
        system_tps: summary.and_then(|summary| summary.value.system_tps()),
        // 1000 / TPOT P90 in milliseconds, as `metric-consistency-tps-per-user` derives it.
        tps_per_user: summary
            .filter(|_| !point.is_dedicated())
            .and_then(|summary| summary.value.tpot_p90_ms())
            .filter(|tpot_ms| *tpot_ms > 0.0)
            .map(|tpot_ms| 1_000.0 / tpot_ms),
        summary: summary.map(Document::root),
    })
}

/// The last name of a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
