//! Figures of a series: percentiles, totals, deviation, histogram, early-stopping estimates.
//!
//! Everything here follows the reference's method (loadgen section 12.5 and 12.6), so that a value computed from the
//! same samples has the same bits; where it deliberately differs, the item says so. No result is ever NaN; none is
//! infinite but the percentiles that count failures.

mod beta;
mod early_stopping;
mod histogram;
mod moments;
mod percentile;
mod series;

pub use early_stopping::{DomainError, Estimate, Gate, discard, estimate, gate, hmin, odds};
pub use histogram::{BUCKETS, Histogram};
pub use moments::Number;
pub use percentile::{GRID, Percentile, lower_index};
pub use series::{CappedSeries, FloatSeries, IntSeries, SeriesSummary};

/// Confidence of the early-stopping estimates: 99 %.
pub const CONFIDENCE: f64 = 0.99;
