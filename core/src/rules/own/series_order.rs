//! `series-order`.

use super::OWN;
use super::view::{File, SERIES, View, number, percentiles, place};
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "series-order",
    parameters: &["order_tolerance_ratio"],
    title: "percentiles rise, and mean and percentiles lie between least and greatest",
    what: "In each series of a summary (`ttft`, `tpot`, `latency`, the sequence lengths) a higher percentile must not be \
           below a lower one, `min` not above `max`, and `avg`, `median` and percentiles must lie between the two where \
           they are given. Rounding of 1e-6 is forgiven.",
    why: "No series of numbers has a 90th percentile below its median. Figures that do were not computed from one \
          measurement.",
    fix: "write the summary again from the run's own log",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    let tolerance = view.own.order_tolerance_ratio;
    for (_, _, file) in view.measured() {
        for series in SERIES {
            of_series(file, series, tolerance, out);
        }
    }
}

/// A figure of a series: what people call it, its pointer, its value.
type Figure = (String, String, f64);

/// Reports the first pair of a series that is in the wrong order, and how many more are.
fn of_series(file: File<'_>, series: &str, tolerance: f64, out: &mut Out<'_>) {
    let figure = |name: &str| {
        let pointer = format!("/{series}/{name}");
        number(file, &pointer).map(|value| (name.to_owned(), pointer, value))
    };
    let ranks: Vec<Figure> = percentiles(file, series)
        .into_iter()
        .map(|(percentile, pointer, value)| (format!("p{percentile}"), pointer, value))
        .collect();
    let (least, greatest) = (figure("min"), figure("max"));
    // Pairs of which the first must not exceed the second.
    let mut pairs: Vec<(&Figure, &Figure)> = ranks.iter().zip(ranks.iter().skip(1)).collect();
    let between = [figure("avg"), figure("median")];
    let inner: Vec<&Figure> = between.iter().flatten().chain(&ranks).collect();
    if let Some(least) = &least {
        pairs.extend(inner.iter().map(|figure| (least, *figure)));
        pairs.extend(greatest.iter().map(|greatest| (least, greatest)));
    }
    if let Some(greatest) = &greatest {
        pairs.extend(inner.iter().map(|figure| (*figure, greatest)));
    }
    let slack = |one: f64, other: f64| tolerance * one.abs().max(other.abs());
    let mut wrong = pairs
        .into_iter()
        .filter(|(low, high)| low.2 - high.2 > slack(low.2, high.2));
    let Some(((low, _, below), (high, pointer, above))) = wrong.next() else {
        return;
    };
    let more = match wrong.count() {
        0 => String::new(),
        more => format!("; {more} more pairs of `{series}` are in the wrong order"),
    };
    out.error(
        file.path(),
        format!("{high} of `{series}` is {above}, below its {low} of {below}{more}"),
    )
    .at(place(file, pointer))
    .measured(
        above,
        format!(">= {below}"),
        "",
        format!("{} below", below - above),
    );
}
