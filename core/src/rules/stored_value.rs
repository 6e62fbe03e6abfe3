//! A rate that a summary stores, compared with the one derived from its counts.

use crate::coerce::python_float;
use crate::diag::Figure;
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
            out.pass(
                path,
                format!("{field} is not stored; derived: {}", Figure::new(derived)),
            );
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
        let percent = Figure::new(limits.tolerance_ratio * 100.0);
        let shown = Figure::beside(derived, stored);
        let message = format!(
            "{field} is stored as {}, but {shown} follows from the counts; {percent} % may differ",
            Figure::exact(stored)
        );
        let apart = format!("{} % apart", Figure::new(relative * 100.0));
        out.error(path, message)
            .keyed(key)
            .at(summary.place(&pointer))
            .term("stored", Figure::exact(stored))
            .term("derived", Figure::beside(derived, stored))
            .measured(Figure::exact(stored), shown, unit, apart);
    } else {
        out.pass(
            path,
            format!(
                "{field} {} agrees with the derived {}",
                Figure::exact(stored),
                Figure::new(derived)
            ),
        );
    }
}
