//! `negative-figure`.

use super::OWN;
use super::view::{File, Point, SERIES, View, number, percentiles, place};
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
        let negative = figures(file)
            .filter(|(_, value)| *value < 0.0)
            .filter(|(pointer, value)| !is_official(point, pointer, *value));
        let mut more = 0_usize;
        for (index, (pointer, value)) in negative.enumerate() {
            if index >= MOST_PER_FILE {
                more = more.saturating_add(1);
                continue;
            }
            out.error(file.path(), format!("`{pointer}` is {value}, below zero"))
                .at(place(file, &pointer))
                .measured(value, ">= 0", "", "");
        }
        if more > 0 {
            out.error(file.path(), format!("{more} more figures are below zero"));
        }
    }
}

/// Every figure of a summary that can't be negative.
fn figures(file: File<'_>) -> impl Iterator<Item = (String, f64)> {
    let plain = PLAIN.iter().map(|pointer| (*pointer).to_owned());
    let of_series = SERIES.iter().flat_map(|series| {
        ["total", "min", "max", "avg", "median", "std_dev"]
            .iter()
            .map(move |name| format!("/{series}/{name}"))
    });
    let single = plain
        .chain(of_series)
        .filter_map(move |pointer| number(file, &pointer).map(|value| (pointer, value)));
    let ranks = SERIES.iter().flat_map(move |series| percentiles(file, series));
    single.chain(ranks.map(|(_, pointer, value)| (pointer, value)))
}

/// Whether an official rule reports it.
fn is_official(point: &Point<'_>, pointer: &str, value: f64) -> bool {
    let tokens = pointer == "/output_sequence_lengths/total" && value <= -1.0;
    let tpot = point.tpot_judged && matches!(pointer, "/tpot/percentiles/90" | "/tpot/percentiles/90.0");
    tokens || tpot
}
