//! Numbers that our own rules judge by, whatever the ruleset.

use serde::{Deserialize, Serialize};

use super::RuleSetError;
use super::check::Numbers;

/// The RON text that the program carries.
const EMBEDDED: &str = include_str!("../../configs/own.ron");

/// Numbers that our own rules judge by. They are no part of a published ruleset, nor of its hash.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename = "Own")]
pub struct OwnParameters {
    /// When equal times of two points are no chance.
    pub identical_figures: IdenticalFigures,
    /// Rounding that is forgiven in the order of a series, relative.
    pub order_tolerance_ratio: f64,
    /// Greatest relative difference of a stored rate or mean from the derived one.
    pub rate_tolerance_ratio: f64,
    /// By which share a steady-state window may be longer than its run.
    pub window_tolerance_ratio: f64,
    /// How far above 1 a utilisation may lie.
    pub utilization_slack: f64,
    /// At a higher load the median TTFT is at least this share of that at any lower load.
    pub least_ttft_ratio: f64,
    /// Throughput is at least this share of what is reached on both sides of a point.
    pub least_dip_ratio: f64,
    /// Throughput per user at a higher load is at most this many times that at a lower one.
    pub greatest_gain_ratio: f64,
    /// Tokens per second are at most this many times what the point's own times per token explain.
    pub explained_tokens_factor: f64,
    /// Requests take at most this many times the time that there was for them.
    pub explained_requests_factor: f64,
    /// Seconds by which two runs on one system may overlap.
    pub overlap_s: f64,
}

/// When equal times of two points are no chance.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IdenticalFigures {
    /// Significant digits from which on a time counts.
    pub min_digits: usize,
    /// Digits of different equal times together.
    pub min_digits_together: usize,
}

impl OwnParameters {
    /// The numbers that the program carries.
    pub(super) fn embedded() -> Result<Self, RuleSetError> {
        let own: Self = ron::from_str(EMBEDDED).map_err(|error| RuleSetError::Malformed {
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })?;
        own.numbers().check()?;
        Ok(own)
    }

    fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::default();
        for (field, least, number) in [
            ("order_tolerance_ratio", 0.0, self.order_tolerance_ratio),
            ("rate_tolerance_ratio", 0.0, self.rate_tolerance_ratio),
            ("window_tolerance_ratio", 0.0, self.window_tolerance_ratio),
            ("utilization_slack", 0.0, self.utilization_slack),
            ("least_ttft_ratio", 0.0, self.least_ttft_ratio),
            ("least_dip_ratio", 0.0, self.least_dip_ratio),
            ("greatest_gain_ratio", 1.0, self.greatest_gain_ratio),
            ("explained_tokens_factor", 1.0, self.explained_tokens_factor),
            ("explained_requests_factor", 1.0, self.explained_requests_factor),
            ("overlap_s", 0.0, self.overlap_s),
        ] {
            numbers.at_least(least, field, number);
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_numbers_load() {
        assert!(OwnParameters::embedded().is_ok());
    }
}
