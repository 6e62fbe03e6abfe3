//! Curves of ruleset v0.1.

use num_traits::ToPrimitive;

use super::{Curve, CurvePoint, Reading, RegionSpan, known, span};
use crate::region::v0_1::{Region, Regions};
use crate::rules::document::Document;
use crate::rules::v0_1::facts::{Point, Submission, System};

/// All curves of a submission, in path order.
pub(crate) fn curves(submission: &Submission<'_>) -> Vec<Curve> {
    let of_system = |system: &System| -> Vec<Curve> {
        let regions = known(system.regions.as_ref());
        system
            .models
            .iter()
            .map(|model| Curve {
                system: system.id.clone(),
                model: model.name.clone(),
                path: model.path.clone(),
                c_max: regions.and_then(|_| {
                    let description = &system.description.good()?.value;
                    Some(description.max_supported_concurrency.to_string())
                }),
                regions: regions.map(spans).unwrap_or_default(),
                points: model
                    .points
                    .iter()
                    .filter_map(|point| of_point(point, regions))
                    .collect(),
            })
            .collect()
    };
    submission.systems.iter().flat_map(of_system).collect()
}

pub(super) fn spans(regions: &Regions) -> Vec<RegionSpan> {
    Region::ALL
        .map(|region| span(region.title(), regions.bounds(region)))
        .to_vec()
}

fn of_point(point: &Point, regions: Option<&Regions>) -> Option<CurvePoint> {
    let concurrency = &point.config.good()?.value.concurrency;
    let summary = point
        .summary
        .as_ref()
        .and_then(|summary| summary.document.as_ref()?.good());
    let system_tps = summary.and_then(|summary| summary.value.system_tps());
    let users = concurrency.to_f64().filter(|users| *users > 0.0);
    let results = point
        .summary
        .as_ref()
        .and_then(|summary| summary.path.rsplit_once('/'));
    CurvePoint::new(&Reading {
        path: &point.path,
        results: results.map(|(directory, _)| directory),
        concurrency,
        region: regions
            .and_then(|regions| regions.classify(concurrency))
            .map(Region::title),
        system_tps,
        tps_per_user: system_tps.zip(users).map(|(tps, users)| tps / users),
        summary: summary.map(Document::root),
    })
}
