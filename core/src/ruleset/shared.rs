//! Parameters that several versions have.

use serde::{Deserialize, Serialize};

/// An inclusive range of counts.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CountRange {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

/// When a stored value agrees with the derived one: |stored - derived| / max(|derived|, floor) <= tolerance.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoredValue {
    /// Largest relative difference.
    pub tolerance_ratio: f64,
    /// Smallest divisor.
    pub floor: f64,
}

/// What an accuracy run of one model must reach.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccuracyTarget {
    /// All must occur in the model's squashed name.
    pub fragments: Vec<String>,
    /// Fewest samples.
    pub min_samples: u64,
    /// Metrics in the order in which they are reported.
    pub metrics: Vec<MetricTarget>,
}

/// Bounds of one metric.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MetricTarget {
    /// Name, compared ignoring case.
    pub name: String,
    /// Lower bound.
    pub lower: Bound,
    /// Upper bound, where there is one.
    #[serde(default)]
    pub upper: Option<Bound>,
}

/// Golden value and factor; their double-precision product is the bound.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Bound(f64, f64);

impl Bound {
    /// The bound itself.
    pub fn value(self) -> f64 {
        self.0 * self.1
    }
}

impl AccuracyTarget {
    /// Whether a model directory's name belongs to this target.
    pub fn matches(&self, model: &str) -> bool {
        all_occur(&self.fragments, &squashed(model))
    }
}

/// A name in lower case without anything but `a` to `z` and `0` to `9`.
pub fn squashed(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

/// Whether every fragment occurs in a squashed name.
pub(super) fn all_occur(fragments: &[String], squashed: &str) -> bool {
    fragments
        .iter()
        .all(|fragment| squashed.contains(fragment.as_str()))
}
