//! `negative-figure`.

use super::OWN;
use super::view::{File, Point, SERIES, View, as_number, number, percentiles, place};
use super::walk::MOST_PER_FILE;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "negative-figure",
    title: "no time, length or count is below zero",
    what: "Counts of samples, `qps`, `tps` and every figure of a series in a summary must not be negative. What an official \
           rule judges already (a negative duration, total of output tokens, or TPOT at p90) is left to it.",
    why: "The reference adds negative counts up and divides by negative times without a word.",
    fix: "find out which clock or counter ran backwards, and measure the point again",
    ..OWN
};

const PLAIN: [&str; 5] = [
    "/n_samples_issued",
    "/n_samples_completed",
    "/n_samples_failed",
    "/qps",
    "/tps",
];

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for (_, point, file) in view.measured() {
        let mut found = 0_usize;
        negative(file, &mut |pointer, value| {
            if is_official(point, &pointer, value) {
                return;
            }
            found = found.saturating_add(1);
            if found <= MOST_PER_FILE {
                out.error(file.path(), format!("`{pointer}` is {value}, below zero"))
                    .at(place(file, &pointer))
                    .measured(value, ">= 0", "", "");
            }
        });
        if let Some(more) = found.checked_sub(MOST_PER_FILE).filter(|more| *more > 0) {
            out.error(file.path(), format!("{more} more figures are below zero"));
        }
    }
}

/// Calls `found` with every negative figure of a summary.
fn negative(file: File<'_>, found: &mut dyn FnMut(String, f64)) {
    for pointer in PLAIN {
        if let Some(value) = number(file, pointer).filter(|value| *value < 0.0) {
            found(pointer.to_owned(), value);
        }
    }
    for series in SERIES {
        let Some(object) = file.root().child(series) else {
            continue;
        };
        for name in ["total", "min", "max", "avg", "median", "std_dev"] {
            let value = object.child(name).and_then(as_number);
            if let Some(value) = value.filter(|value| *value < 0.0) {
                found(format!("/{series}/{name}"), value);
            }
        }
        for rank in percentiles(file, series).iter().filter(|rank| rank.value < 0.0) {
            found(rank.pointer(series), rank.value);
        }
    }
}

/// Whether an official rule reports it.
fn is_official(point: &Point<'_>, pointer: &str, value: f64) -> bool {
    let tokens = pointer == "/output_sequence_lengths/total" && value <= -1.0;
    let tpot = point.tpot_judged && matches!(pointer, "/tpot/percentiles/90" | "/tpot/percentiles/90.0");
    tokens || tpot
}
