//! `nonfinite-rate`.

use super::OWN;
use super::view::{View, number, percentiles, place};
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "nonfinite-rate",
    title: "every rate that follows from a summary is finite",
    what: "Tokens per second (`output_sequence_lengths.total` / (`duration_ns` / 1e9)) and tokens per second and user \
           (1e9 / TPOT at p90) must be finite numbers.",
    why: "A duration near zero makes a rate overflow to infinity, and everything that is compared with it passes or fails by \
          accident.",
    fix: "correct the duration or the time per token",
    ..OWN
};

/// The percentile that rates per user are made from.
const PERCENTILE: f64 = 90.0;

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for (_, _, file) in view.measured() {
        let tokens = number(file, "/output_sequence_lengths/total");
        if let (Some(tokens), Some(duration_ns)) = (tokens, number(file, "/duration_ns"))
            && duration_ns > 0.0
            && !(tokens / (duration_ns / 1e9)).is_finite()
        {
            out.error(
                file.path(),
                format!("{tokens} tokens in {duration_ns} ns are no finite rate"),
            )
            .at(place(file, "/duration_ns"))
            .measured("inf", "finite", "tokens/s", "");
        }
        let tpot = percentiles(file, "tpot")
            .into_iter()
            .find(|rank| rank.percentile.total_cmp(&PERCENTILE).is_eq());
        if let Some(rank) = tpot
            && rank.value > 0.0
            && !(1000.0 / (rank.value / 1e6)).is_finite()
        {
            out.error(
                file.path(),
                format!("a TPOT of {} ns makes no finite rate per user", rank.value),
            )
            .at(place(file, &rank.pointer("tpot")))
            .measured("inf", "finite", "tokens/s", "");
        }
    }
}
