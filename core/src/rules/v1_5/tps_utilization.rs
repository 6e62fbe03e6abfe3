//! `tps-utilization`.

use super::prelude::*;
use super::{result_file_valid, system_description_valid};
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
            let is_first = curve
                .raw_description()
                .is_some_and(|first| first.path() == description.path());
            let declared = declared(description, is_first, out);
            let summary = point.summary_raw.as_ref().and_then(Loaded::good)?;
            let rate = rate(summary, out)?;
            Some((description, declared?, rate))
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

/// The declared utilisation. The reference crashes on an integer beyond the floats; that of the curve's first description
/// is already an error of its schema.
fn declared(description: &Document<()>, is_first: bool, out: &mut Out<'_>) -> Option<f64> {
    match number(description.root().child(FIELD)?) {
        Some(Err(_)) if !is_first => {
            let owner = &system_description_valid::RULE.meta;
            let message = format!("{FIELD} is beyond what a 64-bit float can hold");
            crash(out, owner, description, &format!("/{FIELD}"), message);
            None
        }
        number => number?.ok(),
    }
}

/// Tokens per second from the raw summary; numbers beyond the floats are errors of its schema.
fn rate(summary: &Document<()>, out: &mut Out<'_>) -> Option<f64> {
    let root = summary.root();
    let lengths = root.child("output_sequence_lengths");
    let lengths = lengths.filter(|node| matches!(node.value, Value::Map(_)))?;
    let total = number(lengths.child("total")?)?.ok()?;
    let duration_ns = number(root.child("duration_ns")?)?.ok()?;
    if duration_ns <= 0.0 {
        return None;
    }
    let seconds = duration_ns / 1e9;
    if seconds <= 0.0 {
        let owner = &result_file_valid::RULE.meta;
        let message = "duration_ns is so small that it is no time at all in seconds";
        crash(out, owner, summary, "/duration_ns", message);
        return None;
    }
    Some(total / seconds)
}

/// A JSON number as a float; `None` for anything else.
fn number(node: &Node) -> Option<Result<f64, Conversion>> {
    matches!(node.value, Value::Int(_) | Value::Float(_)).then(|| python_float(&node.value))
}
