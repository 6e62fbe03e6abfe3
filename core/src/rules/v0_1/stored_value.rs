//! A rate that the summary stores, compared with the one derived from its counts.

use super::prelude::*;
use super::result_file_valid;
use crate::coerce::python_float;
use crate::parse::Value;
use crate::rules::document::{Document, crash};
use crate::ruleset::StoredValue;
use crate::schema::v0_1::summary::PointSummary;

/// Compares the stored value of `field`, where there is one, with `derived`.
///
/// rel = |stored - derived| / max(|derived|, floor); an error if rel > tolerance. A NaN passes, as in the reference.
/// The reference crashes on a value that is no number, and on a numeric *string* that differs.
pub(super) fn compare(
    summary: &Document<PointSummary>,
    field: &'static str,
    derived: f64,
    limits: StoredValue,
    out: &mut Out<'_>,
) {
    let path = summary.path();
    let pointer = format!("/{field}");
    let stored_node = summary.root().child(field);
    let stored = match stored_node.map(|node| &node.value) {
        None | Some(Value::Null) => {
            out.pass(path, format!("{field} is not stored; derived: {derived}"));
            return;
        }
        Some(value) => python_float(value),
    };
    let Ok(stored) = stored else {
        crash(
            out,
            &result_file_valid::RULE.meta,
            summary,
            &pointer,
            format!("{field} is no number"),
        );
        return;
    };
    let relative = (stored - derived).abs() / derived.abs().max(limits.floor);
    if relative > limits.tolerance_ratio {
        if matches!(stored_node.map(|node| &node.value), Some(Value::Str(_))) {
            let message = format!("{field} is text, and {stored} is not the derived {derived}");
            crash(out, &result_file_valid::RULE.meta, summary, &pointer, message);
            return;
        }
        let percent = limits.tolerance_ratio * 100.0;
        out.error(
            path,
            format!(
                "{field} is stored as {stored}, but {derived} follows from the counts; {percent} % may differ"
            ),
        )
        .at(summary.place(&pointer))
        .measured(
            stored,
            derived,
            "tokens/s",
            format!("{:.2} % apart", relative * 100.0),
        );
    } else {
        out.pass(
            path,
            format!("{field} {stored} agrees with the derived {derived}"),
        );
    }
}
