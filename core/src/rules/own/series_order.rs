//! `series-order`.

use super::OWN;
use super::view::{File, Rank, SERIES, View, as_number, percentiles, place};
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "series-order",
    parameters: &["own.order_tolerance_ratio"],
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

/// A figure of a series.
#[derive(Clone, Copy)]
enum Figure<'f> {
    Named(&'static str, f64),
    Ranked(Rank<'f>),
}

impl Figure<'_> {
    fn value(&self) -> f64 {
        match self {
            Self::Named(_, value) => *value,
            Self::Ranked(rank) => rank.value,
        }
    }

    /// What people call it.
    fn name(&self) -> String {
        match self {
            Self::Named(name, _) => (*name).to_owned(),
            Self::Ranked(rank) => format!("p{}", rank.percentile),
        }
    }

    fn pointer(&self, series: &str) -> String {
        match self {
            Self::Named(name, _) => format!("/{series}/{name}"),
            Self::Ranked(rank) => rank.pointer(series),
        }
    }
}

/// Reports the first pair of a series that is in the wrong order, and how many more are.
fn of_series(file: File<'_>, series: &str, tolerance: f64, out: &mut Out<'_>) {
    let Some(object) = file.root().child(series) else {
        return;
    };
    let named = |name: &'static str| {
        let value = object.child(name).and_then(as_number)?;
        Some(Figure::Named(name, value))
    };
    let ranks: Vec<Figure<'_>> = percentiles(file, series)
        .into_iter()
        .map(Figure::Ranked)
        .collect();
    let (least, greatest) = (named("min"), named("max"));
    let between = [named("avg"), named("median")];
    let inner = || between.iter().flatten().chain(&ranks);
    // Pairs of which the first must not exceed the second.
    let rising = ranks.iter().zip(ranks.iter().skip(1));
    let above = least
        .iter()
        .flat_map(|least| inner().chain(&greatest).map(move |figure| (least, figure)));
    let below = greatest
        .iter()
        .flat_map(|greatest| inner().map(move |figure| (figure, greatest)));
    let mut wrong = rising.chain(above).chain(below).filter(|(low, high)| {
        let (low, high) = (low.value(), high.value());
        low - high > tolerance * low.abs().max(high.abs())
    });
    let Some((low, high)) = wrong.next() else { return };
    let more = match wrong.count() {
        0 => String::new(),
        more => format!("; {more} more pairs of `{series}` are in the wrong order"),
    };
    let (below, above) = (low.value(), high.value());
    out.error(
        file.path(),
        format!(
            "{} of `{series}` is {above}, below its {} of {below}{more}",
            high.name(),
            low.name()
        ),
    )
    .at(place(file, &high.pointer(series)))
    .measured(
        above,
        format!(">= {below}"),
        "",
        format!("{} below", below - above),
    );
}
