//! The points of the demo's curve and their figures.

use serde_json::Value;

/// The maximum that the demo's system declares to support.
pub const MAX_SUPPORTED_CONCURRENCY: u32 = 64;

/// The concurrencies of the sweep: every region of [`MAX_SUPPORTED_CONCURRENCY`] has at least one.
pub const CONCURRENCIES: [u32; 10] = [1, 2, 4, 8, 16, 32, 34, 40, 48, 64];

/// How many answers were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Answers whose stated number is the right one.
    pub right: u64,
    /// Questions asked; one without an answer counts as wrong.
    pub asked: u64,
}

impl Score {
    /// Right ones of a hundred asked; `None` when nothing was asked.
    pub fn percent(self) -> Option<f64> {
        (self.asked > 0).then(|| 100.0 * float(self.right) / float(self.asked))
    }
}

/// One measured point: what its summary says, and how many answers were right.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Requests in flight.
    pub concurrency: u32,
    /// Name of the region that the concurrency lies in.
    pub region: &'static str,
    /// Requests issued.
    pub n_issued: u64,
    /// Requests that failed.
    pub n_failed: u64,
    /// Median time to first token. Nanoseconds.
    pub ttft_p50_ns: Option<f64>,
    /// 95th percentile of the time to first token. Nanoseconds.
    pub ttft_p95_ns: Option<f64>,
    /// Median time per output token after the first chunk. Nanoseconds.
    pub tpot_p50_ns: Option<f64>,
    /// Output tokens a second of all users together.
    pub system_tps: Option<f64>,
    /// System TPS / concurrency.
    pub tps_per_user: Option<f64>,
    /// How many answers were right.
    pub score: Score,
    /// The whole `result_summary.json`.
    pub summary: Value,
}

impl Point {
    /// The figures that a `result_summary.json` holds.
    pub fn from_summary(concurrency: u32, region: &'static str, score: Score, summary: Value) -> Self {
        let integer = |key: &str| summary.get(key).and_then(Value::as_u64).unwrap_or(0);
        let number = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64);
        Self {
            concurrency,
            region,
            n_issued: integer("n_samples_issued"),
            n_failed: integer("n_samples_failed"),
            ttft_p50_ns: number("/ttft/percentiles/50.0"),
            ttft_p95_ns: number("/ttft/percentiles/95.0"),
            tpot_p50_ns: number("/tpot/percentiles/50.0"),
            system_tps: number("/system_tps"),
            tps_per_user: number("/tps_per_user"),
            score,
            summary,
        }
    }
}

/// A count as a float; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}
