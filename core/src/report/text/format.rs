//! Numbers as people read them.

use num_traits::ToPrimitive;

/// What a series is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds; the series gets a section of its own.
    Time,
    /// Nanoseconds; the series stands in the table only.
    PlainTime,
    /// Tokens; the series gets a section of its own.
    Tokens,
}

impl Unit {
    pub(super) fn is_detailed(self) -> bool {
        self != Self::PlainTime
    }

    /// A value with its unit: four digits and more, so that neighbours differ.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Tokens if libm::trunc(value).to_bits() == value.to_bits() => grouped(value, 0),
            Self::Tokens => grouped(value, 2),
            Self::Time | Self::PlainTime if value >= 1e10 => format!("{}s", grouped(value / 1e9, 2)),
            Self::Time | Self::PlainTime if value >= 1e9 => format!("{}s", grouped(value / 1e9, 3)),
            Self::Time | Self::PlainTime if value >= 1e7 => format!("{}ms", grouped(value / 1e6, 2)),
            Self::Time | Self::PlainTime if value >= 1e6 => format!("{}ms", grouped(value / 1e6, 3)),
            Self::Time | Self::PlainTime if value >= 1e3 => format!("{}us", grouped(value / 1e3, 3)),
            Self::Time | Self::PlainTime => format!("{value:.0}ns"),
        }
    }
}

/// A rate with its unit, or a dash.
pub(super) fn rate(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(
        || format!("- {unit}"),
        |value| format!("{} {unit}", grouped(value, 2)),
    )
}

/// Seconds to the millisecond.
pub(super) fn seconds(value: f64) -> String {
    format!("{} s", grouped(value, 3))
}

/// A number of things: `1 request`, `2 requests`.
pub(super) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!(
        "{} {thing}{plural}",
        grouped(number.to_f64().unwrap_or(f64::MAX), 0)
    )
}

/// A number with commas between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain
        .split_once('.')
        .map_or((plain.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Unit, count, grouped, rate};

    #[test]
    fn times_take_the_unit_that_fits() {
        let shown = [1.0, 1500.0, 2_500_000.0, 25_000_000.0, 1.5e9, 4e12].map(|ns| Unit::Time.show(ns));
        assert_eq!(
            shown,
            ["1ns", "1.500us", "2.500ms", "25.00ms", "1.500s", "4,000.00s"]
        );
    }

    #[test]
    fn tokens_have_decimals_only_if_they_need_them() {
        assert_eq!(
            [3.0, 3.25, 12_000.0].map(|n| Unit::Tokens.show(n)),
            ["3", "3.25", "12,000"]
        );
    }

    #[test]
    fn groups_thousands() {
        assert_eq!(
            [0.0, 999.0, 1000.0, 1_234_567.0].map(|n| grouped(n, 0)),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(grouped(-1234.5, 1), "-1,234.5");
        assert_eq!(grouped(-123.5, 1), "-123.5");
        assert_eq!(
            (count(1, "request"), count(2000, "request")),
            ("1 request".into(), "2,000 requests".into())
        );
        assert_eq!(
            (rate(None, "/s"), rate(Some(2.0), "/s")),
            ("- /s".into(), "2.00 /s".into())
        );
    }
}
