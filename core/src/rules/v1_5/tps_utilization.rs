//! `tps-utilization`.

use super::prelude::*;
use crate::coerce::{Conversion, python_float};
use crate::diag::Figure;
use crate::parse::{Node, Value};
use crate::rules::document::{Document, Loaded, crash};

const FIELD: &str = "tps_utilization";

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "tps-utilization",
        formula: "|declared - tps / greatest_tps| <= {tps_utilization_tolerance}",
        section: "\u{a7}8.2",
        reads: &[DESCRIPTION, SUMMARY],
        parameters: &["tps_utilization_tolerance"],
        title: "a declared utilisation follows from the curve",
        what: "For each point that declares `tps_utilization` and has a rate: |declared - tps / greatest tps of these points| \
               must be at most {tps_utilization_tolerance}.",
        why: "Utilisation tells how far a point is from what the system can do.",
        fix: "compute it as the point's system TPS by the curve's greatest",
        ..OFFICIAL
    },
    check: &[Check::Ending(check)],
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    for curve in submission.systems.iter().flat_map(|system| &system.curves) {
        of_curve(curve, submission.parameters.tps_utilization_tolerance, out);
    }
    Ok(())
}

fn of_curve(curve: &Curve, tolerance: f64, out: &mut Out<'_>) {
    let points: Vec<(&Document<()>, f64, f64)> = curve
        .points
        .iter()
        .filter_map(|point| {
            let description = point.description()?;
            let declared = number(description, description.root().child(FIELD)?, FIELD, out)?;
            let summary = point.summary_raw.as_ref().and_then(Loaded::good)?;
            Some((description, declared, rate(summary, out)?))
        })
        .collect();
    // A NaN in front stays the greatest, and one behind never becomes it, as in Python.
    let rates = points.iter().map(|(_, _, tps)| *tps);
    let Some(greatest) = rates.reduce(|greatest, tps| if tps > greatest { tps } else { greatest }) else {
        return;
    };
    if greatest <= 0.0 {
        return;
    }
    for (description, declared, tps) in points {
        let expected = tps / greatest;
        let path = description.path();
        let apart = (declared - expected).abs();
        if apart <= tolerance {
            out.pass(
                path,
                format!("utilisation {declared} agrees with {}", Figure::new(expected)),
            );
        } else {
            out.error(
                path,
                format!(
                    "utilisation is declared as {declared}, but {} follows",
                    Figure::new(expected)
                ),
            )
            .at(description.place("/tps_utilization"))
            .term("declared", declared)
            .term("tps", Figure::new(tps))
            .term("greatest_tps", Figure::new(greatest))
            .measured(
                declared,
                format!("{} \u{b1} {tolerance}", Figure::new(expected)),
                "",
                format!("{} apart", Figure::new(apart)),
            );
        }
    }
}

/// Tokens per second from the raw summary.
fn rate(summary: &Document<()>, out: &mut Out<'_>) -> Option<f64> {
    let root = summary.root();
    let lengths = root.child("output_sequence_lengths");
    let total = lengths
        .filter(|node| matches!(node.value, Value::Map(_)))?
        .child("total")?;
    let total = number(summary, total, "output_sequence_lengths/total", out)?;
    let duration_ns = number(summary, root.child("duration_ns")?, "duration_ns", out)?;
    if duration_ns <= 0.0 {
        return None;
    }
    Some(total / (duration_ns / 1e9))
}

/// A JSON number as a float.
fn number(document: &Document<()>, node: &Node, at: &str, out: &mut Out<'_>) -> Option<f64> {
    if !matches!(node.value, Value::Int(_) | Value::Float(_)) {
        return None;
    }
    match python_float(&node.value) {
        Ok(number) => Some(number),
        Err(Conversion::Overflow) => {
            let message = "the number is beyond what a 64-bit float can hold";
            crash(out, &RULE.meta, document, &format!("/{at}"), message);
            None
        }
        Err(Conversion::NotConvertible) => None,
    }
}
