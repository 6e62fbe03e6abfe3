//! `throughput-shape`.

use super::OWN;
use super::view::{File, View, configuration, listed, place, system_tps};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "throughput-shape",
    severity: Severity::Warning,
    parameters: &["own.greatest_gain_ratio", "own.least_dip_ratio"],
    title: "throughput over a curve rises and falls as a system's can",
    what: "Among the points of a curve with one configuration, tokens per second must not grow more than 1.25 times as much \
           as the concurrency does, and no point may have less than half of what points on both sides of it reach.",
    why: "A system that serves more users gives each of them no more. A hole in the curve, or a gain beyond the load, is a \
          run that went wrong or doesn't belong to the curve.",
    fix: "look at the run of that point, and measure it again",
    ..OWN
};

struct Rate<'s> {
    label: &'s str,
    file: File<'s>,
    concurrency: f64,
    tps: f64,
}

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        let mut groups: Vec<(Vec<Option<crate::parse::Value>>, Vec<Rate<'_>>)> = Vec::new();
        for (concurrency, point, file) in curve.by_load() {
            let Some(tps) = system_tps(file).filter(|tps| *tps > 0.0) else {
                continue;
            };
            let rate = Rate {
                label: point.label,
                file,
                concurrency,
                tps,
            };
            let own = configuration(point);
            match groups.iter_mut().find(|(configuration, _)| *configuration == own) {
                Some((_, rates)) => rates.push(rate),
                None => groups.push((own, vec![rate])),
            }
        }
        for (_, rates) in &groups {
            gains(rates, view.own.greatest_gain_ratio, out);
            holes(rates, view.own.least_dip_ratio, out);
        }
    }
}

/// Points whose rate per user is above that of every lower concurrency by more than noise.
fn gains(rates: &[Rate<'_>], greatest_ratio: f64, out: &mut Out<'_>) {
    let per_user = |rate: &Rate<'_>| rate.tps / rate.concurrency;
    let mut greatest: Option<&Rate<'_>> = None;
    let mut gained = Vec::new();
    for rate in rates {
        match greatest {
            None => greatest = Some(rate),
            Some(before)
                if before.concurrency < rate.concurrency
                    && per_user(rate) > per_user(before) * greatest_ratio =>
            {
                gained.push((rate, before));
            }
            Some(before) if per_user(rate) > per_user(before) => greatest = Some(rate),
            Some(_) => {}
        }
    }
    let Some((rate, before)) = gained.first() else {
        return;
    };
    let rest: Vec<&str> = gained.iter().skip(1).map(|(rate, _)| rate.label).collect();
    let also = if rest.is_empty() {
        String::new()
    } else {
        format!("; so do {}", listed(&rest))
    };
    let (here, there) = (per_user(rate), per_user(before));
    out.warning(
        rate.file.path(),
        format!(
            "`{}` gives each user {here:.3} tokens/s, more than the {there:.3} of `{}` with fewer users{also}",
            rate.label, before.label
        ),
    )
    .at(place(rate.file, "/output_sequence_lengths/total"))
    .measured(
        format!("{here:.3}"),
        format!("<= {:.3}", there * greatest_ratio),
        "tokens/s per user",
        format!("{:.2} times", here / there),
    );
}

/// Points far below what both a lower and a higher concurrency reach.
fn holes(rates: &[Rate<'_>], least_ratio: f64, out: &mut Out<'_>) {
    // The greatest rate at this point or behind it.
    let mut behind: Vec<f64> = Vec::with_capacity(rates.len());
    for rate in rates.iter().rev() {
        behind.push(behind.last().map_or(rate.tps, |most: &f64| most.max(rate.tps)));
    }
    behind.reverse();
    let mut before = 0.0_f64;
    let mut found = Vec::new();
    for (rate, behind) in rates.iter().zip(behind) {
        let around = before.min(behind);
        if rate.tps < around * least_ratio {
            found.push((rate, around));
        }
        before = before.max(rate.tps);
    }
    let Some((rate, around)) = found.first() else {
        return;
    };
    let rest: Vec<&str> = found.iter().skip(1).map(|(rate, _)| rate.label).collect();
    let also = if rest.is_empty() {
        String::new()
    } else {
        format!("; so do {}", listed(&rest))
    };
    out.warning(
        rate.file.path(),
        format!(
            "`{}` reaches {:.3} tokens/s, but points with fewer and with more users reach {around:.3}{also}",
            rate.label, rate.tps
        ),
    )
    .at(place(rate.file, "/output_sequence_lengths/total"))
    .measured(
        format!("{:.3}", rate.tps),
        format!(">= {:.3}", around * least_ratio),
        "tokens/s",
        format!("{:.0} % of its neighbours", rate.tps / around * 100.0),
    );
}
