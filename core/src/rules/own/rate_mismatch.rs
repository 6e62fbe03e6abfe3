//! `rate-mismatch`.

use super::OWN;
use super::view::{File, View, at, number, place};
use crate::diag::Severity;
use crate::parse::Value;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "rate-mismatch",
    severity: Severity::Warning,
    parameters: &["own.rate_tolerance_ratio"],
    title: "stored rates and means follow from totals, counts and duration",
    what: "Where a summary stores `qps`, `tps` or `output_sequence_lengths.avg`, these must be within 1 % of completed / \
           seconds, output tokens / seconds, and output tokens / completed. A rate over a legacy window \
           (`legacy_loadgen_window_duration_ns`) is not compared.",
    why: "Duration x rate is a count. Where it isn't the count that stands there, one of the three is of another run, or \
          answers were still uncounted.",
    fix: "write the summary again when every answer has been counted",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for (_, _, file) in view.measured() {
        let seconds = number(file, "/duration_ns")
            .map(|ns| ns / 1e9)
            .filter(|s| *s > 0.0);
        let completed = number(file, "/n_samples_completed").filter(|count| *count > 0.0);
        let tokens = number(file, "/output_sequence_lengths/total").filter(|total| *total > 0.0);
        let legacy =
            at(file, "/legacy_loadgen_window_duration_ns").is_some_and(|node| node.value != Value::Null);
        let compared = [
            ("/qps", completed.zip(seconds).filter(|_| !legacy), "requests/s"),
            ("/tps", tokens.zip(seconds).filter(|_| !legacy), "tokens/s"),
            ("/output_sequence_lengths/avg", tokens.zip(completed), "tokens"),
        ];
        for (pointer, terms, unit) in compared {
            if let Some((above, below)) = terms {
                compare(
                    file,
                    pointer,
                    above / below,
                    unit,
                    view.own.rate_tolerance_ratio,
                    out,
                );
            }
        }
    }
}

fn compare(
    file: File<'_>,
    pointer: &str,
    derived: f64,
    unit: &'static str,
    tolerance: f64,
    out: &mut Out<'_>,
) {
    let Some(stored) = number(file, pointer).filter(|_| derived.is_finite()) else {
        return;
    };
    let apart = (stored - derived).abs() / derived.abs();
    if apart > tolerance {
        out.warning(
            file.path(),
            format!("`{pointer}` is stored as {stored}, but {derived} follows from totals and counts"),
        )
        .at(place(file, pointer))
        .measured(stored, derived, unit, format!("{:.2} % apart", apart * 100.0));
    }
}
