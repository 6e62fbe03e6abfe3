//! The section of one series: figures, histogram, percentiles, early-stopping estimates.

use core::fmt::Write;

use num_traits::ToPrimitive;

use super::format::Unit;
use crate::stats::SeriesSummary;

/// Width of the longest bar.
const BAR: f64 = 30.0;

pub(super) fn write(
    out: &mut String,
    name: &str,
    unit: Unit,
    summary: &SeriesSummary,
    with_estimates: bool,
) -> core::fmt::Result {
    writeln!(out, "\n{name}")?;
    let figures = [
        ("min", summary.min.to_f64()),
        ("max", summary.max.to_f64()),
        ("median", summary.median()),
        ("mean", summary.avg),
        ("std dev", summary.std_dev),
    ];
    for (label, value) in figures {
        write!(out, "  {label} {}", unit.show(value))?;
    }
    writeln!(out)?;
    write_histogram(out, unit, summary)?;
    write_percentiles(out, unit, summary, with_estimates && unit == Unit::Time)
}

/// One line a bucket, without the empty ones at either end.
fn write_histogram(out: &mut String, unit: Unit, summary: &SeriesSummary) -> core::fmt::Result {
    let highest = summary.histogram.counts.iter().copied().max().unwrap_or(0).max(1);
    let buckets: Vec<_> = summary.histogram.buckets().collect();
    let first = buckets.iter().position(|(_, _, count)| *count > 0).unwrap_or(0);
    let last = buckets.iter().rposition(|(_, _, count)| *count > 0).unwrap_or(0);
    for (low, high, count) in buckets.get(first..=last).unwrap_or_default() {
        let share = count.to_f64().unwrap_or(0.0) / highest.to_f64().unwrap_or(1.0);
        let width = libm::ceil(share * BAR).to_usize().unwrap_or(0);
        let (low, high) = (round_tokens(unit, *low), round_tokens(unit, *high));
        writeln!(
            out,
            "  {:>10} - {:>10}  {:<30}  {count}",
            unit.show(low),
            unit.show(high),
            "#".repeat(width)
        )?;
    }
    Ok(())
}

/// Edges between whole numbers say nothing in their fraction.
fn round_tokens(unit: Unit, edge: f64) -> f64 {
    if unit == Unit::Tokens {
        libm::round(edge)
    } else {
        edge
    }
}

fn write_percentiles(
    out: &mut String,
    unit: Unit,
    summary: &SeriesSummary,
    with_estimates: bool,
) -> core::fmt::Result {
    for (percentile, value) in &summary.percentiles {
        write!(out, "  p{:<6}{:>12}", percentile.key, unit.show(*value))?;
        let estimate = summary
            .early_stopping
            .iter()
            .find(|(at, _)| at.key == percentile.key);
        match estimate.filter(|_| with_estimates).map(|(_, estimate)| estimate) {
            Some(found) => match found.value {
                Some(value) => writeln!(
                    out,
                    "    early stopping: at most {} (99 % sure)",
                    unit.show(value)
                )?,
                None => writeln!(out, "    early stopping: needs {} answers", found.floor)?,
            },
            None => writeln!(out)?,
        }
    }
    Ok(())
}
