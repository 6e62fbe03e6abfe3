//! `identical-figures`.

use std::collections::{BTreeMap, BTreeSet};

use super::OWN;
use super::duplicate_result::is_same_point;
use super::view::{File, View, as_number, number, percentiles, place};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "identical-figures",
    severity: Severity::Warning,
    parameters: &["own.identical_figures"],
    title: "no two points share measured figures to all digits",
    what: "Two points must not have the same duration and the same total of output tokens (of 6 digits and more), nor the \
           same times (`duration_ns`, and what stands in `ttft`, `tpot` and `latency`) whose significant digits, counted \
           from 6 on, add up to 12. Round numbers have few digits and are no evidence.",
    why: "Measured nanoseconds don't repeat. Equal ones were copied or made up.",
    fix: "put each point's own result in place",
    ..OWN
};

const TIMES: [&str; 3] = ["ttft", "tpot", "latency"];

/// A figure: where it stands, and its bits.
type Key = (String, u64);

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    let limits = view.own.identical_figures;
    let points: Vec<_> = view.measured().collect();
    let mut first_with: BTreeMap<Key, usize> = BTreeMap::new();
    let mut rates: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for (index, &(curve, point, file)) in points.iter().enumerate() {
        // For each earlier point: the equal values, each counted once, and where the first of them stands.
        let mut shared: BTreeMap<usize, (BTreeSet<u64>, usize, String)> = BTreeMap::new();
        for (pointer, value, digits) in times(file, limits.min_digits) {
            let first = *first_with
                .entry((pointer.clone(), value.to_bits()))
                .or_insert(index);
            if first != index {
                let (bits, together, _) = shared
                    .entry(first)
                    .or_insert_with(|| (BTreeSet::new(), 0, pointer));
                if bits.insert(value.to_bits()) {
                    *together = together.saturating_add(digits);
                }
            }
        }
        let rate = number(file, "/output_sequence_lengths/total").zip(number(file, "/duration_ns"));
        if let Some((tokens, duration)) = rate.filter(|(tokens, _)| digits(*tokens) >= limits.min_digits) {
            let first = *rates
                .entry((tokens.to_bits(), duration.to_bits()))
                .or_insert(index);
            if first != index {
                let pointer = "/output_sequence_lengths/total".to_owned();
                shared
                    .entry(first)
                    .or_insert_with(|| (BTreeSet::new(), 0, pointer))
                    .1 = limits.min_digits_together;
            }
        }
        let found = shared.into_iter().find(|(first, (_, together, _))| {
            let same = points.get(*first).is_none_or(|first| {
                is_same_point(*first, (curve, point, file)) || same_values(first.2, file)
            });
            *together >= limits.min_digits_together && !same
        });
        if let Some((first, (bits, _, pointer))) = found
            && let Some((_, _, first)) = points.get(first)
        {
            let what = if bits.is_empty() {
                "tokens and duration".to_owned()
            } else {
                format!("{} time{}", bits.len(), if bits.len() == 1 { "" } else { "s" })
            };
            let value = number(file, &pointer).unwrap_or_default();
            out.warning(
                file.path(),
                format!(
                    "`{}` shares {what} with `{}` to all digits, such as `{pointer}` = {value}",
                    point.label,
                    first.path()
                ),
            )
            .at(place(file, &pointer));
        }
    }
}

/// Whether two files are copies, which is another rule's finding.
fn same_values(one: File<'_>, other: File<'_>) -> bool {
    one.root().value == other.root().value
        || crate::parse::python_equal(&one.root().value, &other.root().value)
}

/// Every measured time of a summary that has enough digits, each with its digits.
fn times(file: File<'_>, min_digits: usize) -> Vec<(String, f64, usize)> {
    let mut times = Vec::new();
    let mut take = |value: f64, pointer: &dyn Fn() -> String| {
        let digits = digits(value);
        if digits >= min_digits {
            times.push((pointer(), value, digits));
        }
    };
    if let Some(value) = number(file, "/duration_ns") {
        take(value, &|| "/duration_ns".to_owned());
    }
    for series in TIMES {
        let Some(object) = file.root().child(series) else {
            continue;
        };
        for name in ["total", "min", "max", "avg", "median"] {
            if let Some(value) = object.child(name).and_then(as_number) {
                take(value, &|| format!("/{series}/{name}"));
            }
        }
        for rank in percentiles(file, series) {
            take(rank.value, &|| rank.pointer(series));
        }
    }
    times
}

/// Significant decimal digits of a number.
fn digits(number: f64) -> usize {
    let text = format!("{:e}", number.abs());
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.chars().filter(char::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn trailing_zeros_are_not_significant() {
        assert_eq!(digits(210_000_000.0), 2);
        assert_eq!(digits(1_260_123_456_789.0), 13);
        assert_eq!(digits(0.00125), 3);
        assert_eq!(digits(0.0), 1);
    }
}
