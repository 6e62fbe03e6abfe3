//! `metrics/final_snapshot.json` (loadgen section 14.2): counters and series as the reference's report is built from.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use super::json::{early_stopping, percentile_map, pretty};
use super::{ReportInfo, state_name};
use crate::metrics::RunMetrics;
use crate::record::RunState;
use crate::stats::{GRID, Histogram, SeriesSummary};

/// The file's text: the reference's counters and series in its order, with the counts of successful requests.
pub fn final_snapshot(metrics: &RunMetrics, info: &ReportInfo) -> String {
    let estimates = metrics.state == RunState::Complete;
    let counter = |name: &str, value: u64| Metric::Counter {
        name: name.to_owned(),
        value,
    };
    let mut list = Vec::new();
    for scope in ["total", "tracked"] {
        list.push(counter(&format!("{scope}_samples_issued"), metrics.n_issued));
        list.push(counter(
            &format!("{scope}_samples_completed"),
            metrics.n_completed,
        ));
        list.push(counter(&format!("{scope}_samples_failed"), metrics.n_failed));
    }
    for (reason, count) in metrics.finish_reasons.entries() {
        list.push(counter(&format!("tracked_finish_reason_{reason}"), count));
    }
    list.push(counter("tracked_duration_ns", metrics.duration_ns.unwrap_or(0)));
    list.push(counter(
        "legacy_loadgen_window_duration_ns",
        metrics.legacy_window_ns,
    ));
    list.push(counter("total_duration_ns", metrics.total_duration_ns));
    let series = &metrics.series;
    let add = |name, summary, estimates| {
        Metric::Series(Series {
            name,
            summary,
            estimates,
        })
    };
    list.push(add(
        "sample_latency_ns",
        series.sample_latency_ns.as_ref(),
        estimates,
    ));
    list.push(add("isl", series.isl.as_ref(), false));
    list.push(add("osl", series.osl.as_ref(), false));
    if metrics.streaming {
        list.push(add("ttft_ns", series.ttft_ns.as_ref(), estimates));
        list.push(add("chunk_delta_ns", series.chunk_delta_ns.as_ref(), false));
        list.push(add("tpot_ns", series.tpot_ns.as_ref(), estimates));
    }
    pretty(&Snapshot {
        counter: 1,
        timestamp_ns: info.ended_unix_ns,
        state: state_name(metrics.state),
        n_pending_tasks: metrics.n_pending_tasks,
        metrics: list,
    })
}

#[derive(Serialize)]
struct Snapshot<'a> {
    counter: u64,
    timestamp_ns: u64,
    state: &'static str,
    n_pending_tasks: u64,
    metrics: Vec<Metric<'a>>,
}

enum Metric<'a> {
    Counter { name: String, value: u64 },
    Series(Series<'a>),
}

struct Series<'a> {
    name: &'static str,
    summary: Option<&'a SeriesSummary>,
    estimates: bool,
}

impl Serialize for Metric<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Counter { name, value } => {
                map.serialize_entry("type", "counter")?;
                map.serialize_entry("name", name)?;
                map.serialize_entry("value", value)?;
            }
            Self::Series(series) => series.write(&mut map)?,
        }
        map.end()
    }
}

impl Series<'_> {
    /// A series without samples is there too, all zeros.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("type", "series")?;
        map.serialize_entry("name", self.name)?;
        if let Some(summary) = self.summary {
            map.serialize_entry("count", &summary.count)?;
            map.serialize_entry("total", &summary.total)?;
            map.serialize_entry("min", &summary.min)?;
            map.serialize_entry("max", &summary.max)?;
            map.serialize_entry("sum_sq", &summary.sum_sq)?;
            map.serialize_entry(
                "percentiles",
                &percentile_map(summary.percentiles.iter().copied()),
            )?;
        } else {
            for key in ["count", "total", "min", "max", "sum_sq"] {
                map.serialize_entry(key, &0)?;
            }
            let zeros = GRID.map(|percentile| (percentile, 0.0));
            map.serialize_entry("percentiles", &percentile_map(zeros))?;
        }
        if self.estimates {
            map.serialize_entry("early_stopping_percentiles", &early_stopping(self.summary))?;
        }
        map.serialize_entry(
            "histogram",
            &Buckets(self.summary.map(|summary| &summary.histogram)),
        )
    }
}

/// `[[[low, high], count], …]`
struct Buckets<'a>(Option<&'a Histogram>);

impl Serialize for Buckets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (low, high, count) in self.0.iter().flat_map(|histogram| histogram.buckets()) {
            list.serialize_element(&((low, high), count))?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::final_snapshot;
    use crate::record::RunState;
    use crate::report::fixtures::{info, run};

    #[test]
    fn lists_the_references_metrics_in_order() {
        let text = final_snapshot(&run(false, 0, RunState::Complete), &info());
        let value: Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&str> = value["metrics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|metric| metric["name"].as_str().unwrap())
            .collect();
        let expected = "total_samples_issued total_samples_completed total_samples_failed tracked_samples_issued \
            tracked_samples_completed tracked_samples_failed tracked_finish_reason_stop tracked_finish_reason_length \
            tracked_finish_reason_tool_calls tracked_finish_reason_content_filter \
            tracked_finish_reason_function_call tracked_finish_reason_other tracked_duration_ns \
            legacy_loadgen_window_duration_ns total_duration_ns sample_latency_ns isl osl ttft_ns chunk_delta_ns tpot_ns";
        assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
        assert!(text.contains("\"timestamp_ns\": 1700000000000000001,"));
    }

    #[test]
    fn an_empty_series_is_all_zeros() {
        let text = final_snapshot(&run(false, 0, RunState::Interrupted), &info());
        let osl = text
            .split("\"name\": \"osl\",")
            .nth(1)
            .unwrap()
            .split("\n    }")
            .next()
            .unwrap();
        assert!(osl.contains("\"sum_sq\": 0,\n"), "{osl}");
        assert!(osl.contains("\"99.9\": 0.0,\n"), "{osl}");
        assert!(osl.contains("\"histogram\": []"), "{osl}");
    }

    #[test]
    fn sums_of_squares_are_floats() {
        let text = final_snapshot(&run(true, 0, RunState::Complete), &info());
        let isl = text.split("\"name\": \"isl\",").nth(1).unwrap();
        assert!(
            isl.contains("\"total\": 140,\n") && isl.contains("\"sum_sq\": 980.0,\n"),
            "{isl}"
        );
    }
}
