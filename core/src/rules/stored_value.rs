//! A rate that a summary stores, compared with the one derived from its counts.

use crate::coerce::python_float;
use crate::parse::Value;
use crate::rules::document::{Document, crash};
use crate::rules::{Meta, Out};
use crate::ruleset::StoredValue;

/// What is compared, and what the ruleset makes of odd values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison<'a> {
    /// Name of the stored field.
    pub field: &'static str,
    /// The value that follows from the counts.
    pub derived: f64,
    /// Unit of both.
    pub unit: &'static str,
    /// Limits of the difference.
    pub limits: StoredValue,
    /// The rule that reports a value at which the reference crashes.
    pub owner: &'a Meta,
    /// Whether the reference crashes on numeric text that differs (v0.1).
    pub text_crashes: bool,
    /// Key of the error.
    pub key: &'static str,
}

/// Compares the stored value, where there is one, with the derived one.
///
/// rel = |stored - derived| / max(|derived|, floor); an error if rel > tolerance. A NaN passes, as in the reference.
pub(super) fn compare<T>(summary: &Document<T>, comparison: Comparison<'_>, out: &mut Out<'_>) {
    let Comparison {
        field,
        derived,
        unit,
        limits,
        owner,
        text_crashes,
        key,
    } = comparison;
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
        crash(out, owner, summary, &pointer, format!("{field} is no number"));
        return;
    };
    let relative = (stored - derived).abs() / derived.abs().max(limits.floor);
    if relative > limits.tolerance_ratio {
        if text_crashes && matches!(stored_node.map(|node| &node.value), Some(Value::Str(_))) {
            let message = format!("{field} is text, and {stored} is not the derived {derived}");
            crash(out, owner, summary, &pointer, message);
            return;
        }
        let percent = limits.tolerance_ratio * 100.0;
        let message = format!(
            "{field} is stored as {stored}, but {derived} follows from the counts; {percent} % may differ"
        );
        let apart = format!("{:.2} % apart", relative * 100.0);
        out.error(path, message)
            .keyed(key)
            .at(summary.place(&pointer))
            .measured(stored, derived, unit, apart);
    } else {
        out.pass(
            path,
            format!("{field} {stored} agrees with the derived {derived}"),
        );
    }
}
