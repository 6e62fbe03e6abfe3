//! `c-min-override`.

use std::collections::BTreeSet;

use super::facts::CMin;
use super::prelude::*;
use crate::schema::v1_5::system::valid_c_min;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "c-min-override",
        section: "\u{a7}5.4",
        reads: &[DESCRIPTION],
        parameters: &["regions.greatest_c_min"],
        title: "a declared lowest concurrency holds for the whole curve",
        what: "Where any copy of `system_desc.json` has `c_min_override`, every copy must have it, as a JSON integer from 1 \
               to {regions.greatest_c_min}, all with one value, and a point other than a dedicated Offline one must have that concurrency. \
               Without that there are no regions.",
        why: "The lowest concurrency moves the bounds of all regions.",
        fix: "give all points of the curve the same `c_min_override`, and measure that point; or leave it out everywhere",
        ..OFFICIAL
    },
    check: &[
        Check::Curve(CurveStage::Described, declared),
        Check::Curve(CurveStage::Basis, measured),
    ],
};

fn declared(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let points = &cx.curve.points;
    if points.iter().all(|point| point.c_min_override().is_none()) {
        return Err(NotRun::because("no point declares a lowest concurrency"));
    }
    let mut values = BTreeSet::new();
    for point in points {
        let path = point.description_path();
        let Some(value) = point.c_min_override() else {
            out.error(
                &path,
                "another point of the curve gives `c_min_override`; this one does not",
            )
            .keyed("missing-declaration")
            .at_maybe(point.description().map(|document| document.place("")));
            continue;
        };
        if let Some(value) = valid_c_min(value) {
            values.insert(value);
        } else {
            let message = "`c_min_override` must be a JSON integer from 1 to 32";
            let finding = out.error(&path, message).keyed("invalid");
            if let Some(document) = point.description() {
                finding.at(document.place("/c_min_override"));
            }
        }
    }
    if values.len() > 1 {
        let first = cx.curve.raw_description();
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        out.error(
            &cx.curve.path,
            format!(
                "points declare different lowest concurrencies: {}",
                values.join(", ")
            ),
        )
        .keyed("inconsistent")
        .at_maybe(first.map(|document| document.place("/c_min_override")));
    }
    Ok(())
}

fn measured(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let CMin::Declared(lowest) = &cx.curve.c_min else {
        return Err(NotRun::because("no point declares a lowest concurrency"));
    };
    if cx.curve.c_max.is_none() {
        return Err(NotRun::after("region-basis"));
    }
    if !cx.curve.has_point_at(lowest) {
        out.error(
            &cx.curve.path,
            format!("no point has the declared lowest concurrency {lowest}"),
        )
        .keyed("missing-point");
    }
    Ok(())
}
