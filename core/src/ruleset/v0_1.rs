//! Parameters of the v0.1 submission rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Numbers;
use super::{AccuracyTarget, CountRange, StoredValue};

/// Parameters of the v0.1 submission rules.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SubmissionV01 {
    /// Spans of concurrency.
    pub regions: RegionParameters,
    /// Shortest run per region, in milliseconds.
    pub min_duration_ms: PerRegion,
    /// Points of one curve.
    pub point_count: CountRange,
    /// When a stored value agrees with the derived one.
    pub stored_value: StoredValue,
    /// Completed queries wanted, per dataset.
    pub min_queries: BTreeMap<String, u64>,
    /// Accuracy targets; the first that matches a model counts.
    pub accuracy: Vec<AccuracyTarget>,
}

/// How regions are computed.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RegionParameters {
    /// Last concurrency of the Low Latency region; the declared maximum must be greater.
    pub low_latency_end: u32,
    /// The highest concurrency allowed is the declared maximum times this, rounded up.
    pub margin: f64,
}

/// One number per region.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are the regions'")]
pub struct PerRegion {
    pub low_latency: f64,
    pub low_throughput: f64,
    pub med_throughput: f64,
    pub high_throughput: f64,
}

impl SubmissionV01 {
    /// Every number that must be finite, for the ruleset's own check.
    pub(super) fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::default();
        numbers.at_least(1.0, "regions.margin", self.regions.margin);
        numbers.counts("point_count", self.point_count);
        if self.regions.low_latency_end == 0 {
            numbers.refuse("regions.low_latency_end", "is 0; the first region would be empty");
        }
        numbers.stored_value(self.stored_value);
        for (region, minimum) in [
            ("low_latency", self.min_duration_ms.low_latency),
            ("low_throughput", self.min_duration_ms.low_throughput),
            ("med_throughput", self.min_duration_ms.med_throughput),
            ("high_throughput", self.min_duration_ms.high_throughput),
        ] {
            numbers.at_least(0.0, format!("min_duration_ms.{region}"), minimum);
        }
        numbers.accuracy(&self.accuracy);
        numbers
    }
}
