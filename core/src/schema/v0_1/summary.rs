//! `results/point_<C>/results_summary.json`.

use num_bigint::BigInt;

use crate::coerce::{Fault, Faults, Field, entries, float, int};
use crate::parse::{Keep, Node};

/// What of a long file is read here and by rules.
pub const KEEP: Keep = Keep::fields(&[
    ("n_samples_issued", Keep::Shape),
    ("n_samples_completed", Keep::Shape),
    ("n_samples_failed", Keep::Shape),
    ("duration_ns", Keep::Shape),
    ("ttft", SERIES),
    ("output_sequence_lengths", SERIES),
    ("system_tps", Keep::Shape),
    ("tps_per_user", Keep::Shape),
    // What our own rules compare.
    ("state", Keep::Shape),
    ("complete", Keep::Shape),
    ("n_pending_tasks", Keep::Shape),
    ("test_started_at", Keep::Shape),
    ("legacy_loadgen_window_duration_ns", Keep::Shape),
    ("run_id", Keep::Shape),
    ("qps", Keep::Shape),
    ("tps", Keep::Shape),
    ("input_sequence_lengths", SERIES),
    ("tpot", SERIES),
    ("latency", SERIES),
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
}

/// Reads a result summary.
pub fn read(root: &Node) -> Result<PointSummary, Vec<Fault>> {
    Faults::read(root, |field| {
        field.object(|object| {
            let n_samples_issued = object.default("n_samples_issued", BigInt::default(), int);
            let n_samples_completed = object.required("n_samples_completed", int);
            let n_samples_failed = object.default("n_samples_failed", BigInt::default(), int);
            let duration_ns = object.required("duration_ns", float);
            object.default("ttft", 0.0, percentile_stats);
            let output_tokens_total = object.default("output_sequence_lengths", 0.0, percentile_stats);
            PointSummary {
                n_samples_issued,
                n_samples_completed,
                n_samples_failed,
                duration_ns,
                output_tokens_total,
            }
        })
    })
}

/// A series: its total.
fn percentile_stats(field: Field<'_>) -> Option<f64> {
    field.object(|object| {
        let total = object.default("total", 0.0, float);
        object.default("percentiles", Vec::new(), entries(float));
        total
    })
}
