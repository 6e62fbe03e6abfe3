//! `r<N>/result_summary.json`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero;

use crate::coerce::{Fault, FaultKind, Faults, Field, entries, float, int, parse_python_float};
use crate::parse::{Keep, Node};

/// The percentile whose TPOT gives the rate per user.
const TPOT_PERCENTILE: f64 = 90.0;

/// What of a long file is read here and by rules.
pub const KEEP: Keep = Keep::fields(&[
    ("n_samples_issued", Keep::Shape),
    ("n_samples_completed", Keep::Shape),
    ("n_samples_failed", Keep::Shape),
    ("duration_ns", Keep::Shape),
    ("ttft", SERIES),
    ("tpot", SERIES),
    ("output_sequence_lengths", SERIES),
    ("latency", SERIES),
    ("output_tokens_per_turn_total", Keep::Shape),
    ("e2e_turn_time_seconds_total", Keep::Shape),
    ("system_tps", Keep::Shape),
    ("tps_per_user", Keep::Shape),
    ("system_tps_per_kw", Keep::Shape),
    ("e2e_avg_interactivity", Keep::Shape),
    (
        "output_sequence_lengths_full_run",
        Keep::fields(&[("output_sequence_lengths", Keep::fields(&[("avg", Keep::Shape)]))]),
    ),
    // What our own rules compare.
    ("state", Keep::Shape),
    ("complete", Keep::Shape),
    ("n_pending_tasks", Keep::Shape),
    ("test_started_at", Keep::Shape),
    ("legacy_loadgen_window_duration_ns", Keep::Shape),
    ("run_id", Keep::Shape),
    ("qps", Keep::Shape),
    ("tps", Keep::Shape),
    ("tps_utilization", Keep::Shape),
    ("input_sequence_lengths", SERIES),
]);

const SERIES: Keep = Keep::fields(&[
    ("total", Keep::Shape),
    ("percentiles", Keep::Each(&Keep::Shape)),
    // What our own rules compare.
    ("min", Keep::Shape),
    ("max", Keep::Shape),
    ("median", Keep::Shape),
    ("avg", Keep::Shape),
    ("std_dev", Keep::Shape),
]);

/// The result of one point. Fields that no rule reads are checked and dropped.
#[derive(Clone, Debug)]
pub struct PointSummary {
    /// Queries sent; 0 when absent.
    pub n_samples_issued: BigInt,
    /// Queries answered well.
    pub n_samples_completed: BigInt,
    /// Queries that failed; 0 when absent.
    pub n_samples_failed: BigInt,
    /// Length of the run in nanoseconds.
    pub duration_ns: f64,
    /// `output_sequence_lengths.total` as stored; 0 when absent.
    pub output_tokens_total: f64,
    /// `latency.total` in nanoseconds; 0 when absent.
    latency_total_ns: f64,
    /// The 90th percentile of TPOT in nanoseconds.
    tpot_p90_ns: Option<f64>,
    /// Output tokens of completed turns.
    output_tokens_per_turn_total: Option<f64>,
    /// Seconds of completed turns.
    e2e_turn_time_seconds_total: Option<f64>,
}

impl PointSummary {
    /// Output tokens, cut to an integer toward 0; `None` when the stored total is NaN or infinite.
    pub fn total_output_tokens(&self) -> Option<f64> {
        let total = self.output_tokens_total;
        total.is_finite().then(|| total.trunc())
    }

    /// Output tokens per second of the whole system: total / (`duration_ns` / 1e9), 0 when the duration isn't above 0.
    pub fn system_tps(&self) -> Option<f64> {
        let tokens = self.total_output_tokens()?;
        let elapsed_s = self.duration_ns / 1e9;
        Some(if elapsed_s > 0.0 { tokens / elapsed_s } else { 0.0 })
    }

    /// The 90th percentile of the time per output token, in milliseconds.
    pub fn tpot_p90_ms(&self) -> Option<f64> {
        self.tpot_p90_ns.map(|ns| ns / 1e6)
    }

    /// Tokens per second over whole turns: the two totals of turns where either is given, else output tokens over
    /// summed latency when no query failed. `None` when a term is missing or the seconds aren't above 0.
    pub fn e2e_avg_interactivity(&self) -> Option<f64> {
        let (tokens, seconds) = match (
            self.output_tokens_per_turn_total,
            self.e2e_turn_time_seconds_total,
        ) {
            (None, None) if self.n_samples_failed.is_zero() => {
                (self.output_tokens_total, self.latency_total_ns / 1e9)
            }
            (tokens, seconds) => (tokens?, seconds?),
        };
        // NaN seconds give a NaN, as in the reference.
        (seconds.is_nan() || seconds > 0.0).then(|| tokens / seconds)
    }
}

/// A series: its total and its percentiles.
#[derive(Clone, Debug, Default)]
struct Series {
    total: f64,
    percentiles: Percentiles,
}

/// Values by percentile, whose bits are in the order of the numbers: none is negative.
type Percentiles = BTreeMap<u64, f64>;

/// Reads a result summary.
pub fn read(root: &Node) -> Result<PointSummary, Vec<Fault>> {
    Faults::read(root, |field| {
        field.object(|object| {
            let n_samples_issued = object.default("n_samples_issued", BigInt::default(), int);
            let n_samples_completed = object.required("n_samples_completed", int);
            let n_samples_failed = object.default("n_samples_failed", BigInt::default(), int);
            let duration_ns = object.required("duration_ns", float);
            object.default("ttft", Series::default(), series);
            let tpot = object.default("tpot", Series::default(), series);
            let output_tokens = object.default("output_sequence_lengths", Series::default(), series);
            let latency = object.default("latency", Series::default(), series);
            PointSummary {
                n_samples_issued,
                n_samples_completed,
                n_samples_failed,
                duration_ns,
                output_tokens_total: output_tokens.total,
                latency_total_ns: latency.total,
                tpot_p90_ns: tpot.percentiles.get(&TPOT_PERCENTILE.to_bits()).copied(),
                output_tokens_per_turn_total: object.optional("output_tokens_per_turn_total", float),
                e2e_turn_time_seconds_total: object.optional("e2e_turn_time_seconds_total", float),
            }
        })
    })
}

fn series(field: Field<'_>) -> Option<Series> {
    field.object(|object| Series {
        total: object.default("total", 0.0, float),
        percentiles: object.default("percentiles", Percentiles::new(), percentiles),
    })
}

/// Percentiles by number: keys are floats of any spelling from 0 to 100, and two spellings of one must agree.
fn percentiles(field: Field<'_>) -> Option<Percentiles> {
    let mut known = Percentiles::new();
    for (key, value) in entries(float)(field)? {
        let Some(percentile) = parse_python_float(&key).filter(|number| (0.0..=100.0).contains(number))
        else {
            let message = format!("`{key}` is no percentile from 0 to 100");
            return field.fault(FaultKind::Named("percentile-key"), message);
        };
        // -0 is 0.
        let earlier = known.insert(percentile.abs().to_bits(), value);
        if let Some(first) = earlier
            && first.partial_cmp(&value) != Some(Ordering::Equal)
        {
            let message = format!("percentile {percentile} is given as {first} and as {value}");
            return field.fault(FaultKind::Named("percentile-conflict"), message);
        }
    }
    Some(known)
}
