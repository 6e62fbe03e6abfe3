//! `utilization-range`.

use super::OWN;
use super::prelude::*;
use crate::rules::own::view::{listed, number, place};

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "utilization-range",
        severity: Severity::Warning,
        reads: &[DESCRIPTION],
        parameters: &["own.utilization_slack", "tps_utilization_tolerance"],
        title: "a utilisation is a share of the curve's greatest throughput",
        what: "`tps_utilization` must lie from 0 to 1. Values that are out by more than the tolerance of `tps-utilization` are \
               left to that rule where it has a rate to compare with. One finding a curve, with the list of points.",
        why: "No point reaches more than the greatest of all points. The official tolerance of 0.1 lets 1.1 pass.",
        fix: "compute it as the point's system TPS by the curve's greatest; it is no percentage",
        ..OWN
    },
    check: &[Check::Curve(CurveStage::Own, check)],
};

const POINTER: &str = "/tps_utilization";

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let slack = cx.submission.own.utilization_slack;
    let tolerance = cx.submission.parameters.tps_utilization_tolerance;
    let mut outside = Vec::new();
    for point in &cx.curve.points {
        let Some(description) = point.description() else {
            continue;
        };
        let Some(declared) = number(description, POINTER) else {
            continue;
        };
        let rated = point.summary().is_ok_and(|summary| {
            let derivable = summary.value.system_tps().is_some_and(|tps| tps > 0.0);
            derivable && !matches!(description.root().child("tps_utilization"), Some(node) if is_text(node))
        });
        let judged = rated && !(-tolerance..=1.0 + tolerance).contains(&declared);
        if !judged && !(-slack..=1.0 + slack).contains(&declared) {
            outside.push((
                point.path.rsplit('/').next().unwrap_or(&point.path),
                description,
                declared,
            ));
        }
    }
    if let Some((_, description, declared)) = outside.first() {
        let labels: Vec<&str> = outside.iter().map(|outside| outside.0).collect();
        out.warning(
            description.path(),
            format!(
                "utilisation {declared} is no share from 0 to 1: {}",
                listed(&labels)
            ),
        )
        .at(place(*description, POINTER))
        .measured(declared, "0 to 1", "", "");
    }
    Ok(())
}

fn is_text(node: &crate::parse::Node) -> bool {
    matches!(node.value, crate::parse::Value::Str(_))
}
