//! How the files write series and maps.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::stats::{GRID, Number, Percentile, SeriesSummary};

/// Two-space indent, no line feed at the end, as the reference writes.
pub(super) fn pretty(value: &impl Serialize) -> String {
    // The values have text keys and no non-finite floats, so there is nothing that could fail.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A map that keeps its order.
pub(super) struct Pairs<K, V>(pub(super) Vec<(K, V)>);

impl<K: AsRef<str>, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key.as_ref(), value)?;
        }
        map.end()
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(value) => serializer.serialize_u128(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
        }
    }
}

/// A grid of values by percentile.
pub(super) fn percentile_map<V>(
    entries: impl IntoIterator<Item = (Percentile, V)>,
) -> Pairs<&'static str, V> {
    Pairs(
        entries
            .into_iter()
            .map(|(percentile, value)| (percentile.key, value))
            .collect(),
    )
}

/// The estimates of a series; all null for one without samples.
pub(super) fn early_stopping(summary: Option<&SeriesSummary>) -> Pairs<&'static str, Option<f64>> {
    if let Some(summary) = summary {
        let estimates = summary.early_stopping.iter();
        percentile_map(estimates.map(|(percentile, found)| (*percentile, found.value)))
    } else {
        let from_median = GRID.into_iter().filter(|percentile| percentile.value >= 50.0);
        percentile_map(from_median.map(|percentile| (percentile, None)))
    }
}
