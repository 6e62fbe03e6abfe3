//! A recorded series, and the figures that the files give of it.

use std::collections::BTreeMap;

use num_traits::ToPrimitive;

use super::moments::{FloatMoments, IntMoments};
use super::{Estimate, GRID, Histogram, Number, Percentile, estimate, lower_index};

/// Sorted samples, whatever they are kept in.
pub(super) trait Ranked {
    /// Number of samples.
    fn len(&self) -> u64;
    /// Sample of a rank from 0, ascending.
    fn at(&self, rank: u64) -> Option<f64>;
    /// Every value with how often it stands there, ascending.
    fn each(&self, visit: &mut dyn FnMut(f64, u64));
}

impl Ranked for &[f64] {
    fn len(&self) -> u64 {
        <[f64]>::len(self).to_u64().unwrap_or(u64::MAX)
    }

    fn at(&self, rank: u64) -> Option<f64> {
        self.get(rank.to_usize()?).copied()
    }

    fn each(&self, visit: &mut dyn FnMut(f64, u64)) {
        for value in *self {
            visit(*value, 1);
        }
    }
}

impl Ranked for &[u64] {
    fn len(&self) -> u64 {
        <[u64]>::len(self).to_u64().unwrap_or(u64::MAX)
    }

    fn at(&self, rank: u64) -> Option<f64> {
        self.get(rank.to_usize()?)?.to_f64()
    }

    fn each(&self, visit: &mut dyn FnMut(f64, u64)) {
        for value in *self {
            visit(value.to_f64().unwrap_or(f64::MAX), 1);
        }
    }
}

/// Values with their counts.
impl Ranked for BTreeMap<u64, u64> {
    fn len(&self) -> u64 {
        self.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    fn at(&self, rank: u64) -> Option<f64> {
        let mut below = 0_u64;
        for (value, count) in self {
            below = below.saturating_add(*count);
            if rank < below {
                return value.to_f64();
            }
        }
        None
    }

    fn each(&self, visit: &mut dyn FnMut(f64, u64)) {
        for (value, count) in self {
            visit(value.to_f64().unwrap_or(f64::MAX), *count);
        }
    }
}

/// The figures of a series with at least one sample (loadgen section 12.5).
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSummary {
    /// Number of samples.
    pub count: u64,
    /// Sum of the samples.
    pub total: Number,
    /// Smallest sample.
    pub min: Number,
    /// Largest sample.
    pub max: Number,
    /// Sum of squares, as a double.
    pub sum_sq: f64,
    /// `total / count`.
    pub avg: f64,
    /// Sample deviation (divided by n - 1); 0 for one sample.
    pub std_dev: f64,
    /// The grid of percentiles, in its order.
    pub percentiles: Vec<(Percentile, f64)>,
    /// Early-stopping estimates of the grid's percentiles from 50 on, in its order.
    pub early_stopping: Vec<(Percentile, Estimate)>,
    /// 30 buckets.
    pub histogram: Histogram,
    /// Whether percentiles and histogram come from the samples themselves. Otherwise (see [`CappedSeries`]) they come
    /// from rounded samples, off by at most 1 part in 4096; all other figures are exact in any case.
    pub exact: bool,
}

struct Moments {
    total: Number,
    min: Number,
    max: Number,
    sum_sq: f64,
    avg: f64,
    std_dev: f64,
}

impl SeriesSummary {
    fn of(samples: &dyn Ranked, moments: &Moments, exact: bool) -> Option<Self> {
        let count = samples.len();
        let mut percentiles = Vec::with_capacity(GRID.len());
        let mut early_stopping = Vec::with_capacity(GRID.len());
        for percentile in GRID {
            percentiles.push((percentile, samples.at(lower_index(count, percentile.value)?)?));
            if percentile.value >= 50.0 {
                let found = estimate(count, percentile.value, |rank| samples.at(rank)).ok()?;
                early_stopping.push((percentile, found));
            }
        }
        Some(Self {
            count,
            total: moments.total,
            min: moments.min,
            max: moments.max,
            sum_sq: moments.sum_sq,
            avg: moments.avg,
            std_dev: moments.std_dev,
            percentiles,
            early_stopping,
            histogram: Histogram::of(samples)?,
            exact,
        })
    }

    /// A percentile of the grid, by its value.
    pub fn percentile(&self, value: f64) -> Option<f64> {
        let same = |entry: &&(Percentile, f64)| libm::fabs(entry.0.value - value) < 1e-9;
        self.percentiles.iter().find(same).map(|entry| entry.1)
    }

    /// The 50th percentile.
    pub fn median(&self) -> f64 {
        self.percentile(50.0).unwrap_or(0.0)
    }
}

/// The grid's percentiles over some samples and `n_failed` more that are infinite: what a user sees who counts a
/// failure as an answer that never comes. Empty without either.
fn with_failures(samples: &dyn Ranked, n_failed: u64) -> Vec<(Percentile, f64)> {
    let count = samples.len().saturating_add(n_failed);
    let at = |percentile: Percentile| {
        let rank = lower_index(count, percentile.value)?;
        Some((percentile, samples.at(rank).unwrap_or(f64::INFINITY)))
    };
    GRID.into_iter().filter_map(at).collect()
}

/// A series of whole numbers: nanoseconds, tokens. 8 bytes a sample.
#[derive(Clone, Debug, Default)]
pub struct IntSeries {
    values: Vec<u64>,
    moments: IntMoments,
}

impl IntSeries {
    /// Records a sample.
    pub fn push(&mut self, value: u64) {
        self.moments.push(value);
        self.values.push(value);
    }

    /// Sum of what was recorded so far.
    pub fn total(&self) -> u128 {
        self.moments.total
    }

    /// The figures; `None` without samples.
    pub fn summary(self) -> Option<SeriesSummary> {
        self.summary_and_with_failures(0).0
    }

    /// The figures, and the grid's percentiles with `n_failed` infinite samples more.
    pub fn summary_and_with_failures(
        mut self,
        n_failed: u64,
    ) -> (Option<SeriesSummary>, Vec<(Percentile, f64)>) {
        self.values.sort_unstable();
        let samples = self.values.as_slice();
        (
            SeriesSummary::of(&samples, &int_moments(&self.moments), true),
            with_failures(&samples, n_failed),
        )
    }
}

fn int_moments(moments: &IntMoments) -> Moments {
    Moments {
        total: Number::Int(moments.total),
        min: Number::Int(u128::from(moments.min)),
        max: Number::Int(u128::from(moments.max)),
        sum_sq: moments.sum_sq(),
        avg: moments.mean(),
        std_dev: moments.std_dev(),
    }
}

/// A series of finite floats: nanoseconds a token. 8 bytes a sample.
#[derive(Clone, Debug, Default)]
pub struct FloatSeries {
    values: Vec<f64>,
    moments: FloatMoments,
}

impl FloatSeries {
    /// Records a sample; one that isn't finite is left out.
    pub fn push(&mut self, value: f64) {
        if value.is_finite() {
            self.moments.push(value);
            self.values.push(value);
        }
    }

    /// The figures; `None` without samples.
    pub fn summary(self) -> Option<SeriesSummary> {
        self.summary_and_with_failures(0).0
    }

    /// The figures, and the grid's percentiles with `n_failed` infinite samples more.
    pub fn summary_and_with_failures(
        mut self,
        n_failed: u64,
    ) -> (Option<SeriesSummary>, Vec<(Percentile, f64)>) {
        let moments = Moments {
            total: Number::Float(finite(self.moments.total)),
            min: Number::Float(self.moments.min),
            max: Number::Float(self.moments.max),
            sum_sq: finite(self.moments.sum_sq),
            avg: finite(self.moments.mean()),
            std_dev: finite(self.moments.std_dev(&self.values)),
        };
        self.values.sort_unstable_by(f64::total_cmp);
        let samples = self.values.as_slice();
        (
            SeriesSummary::of(&samples, &moments, true),
            with_failures(&samples, n_failed),
        )
    }
}

/// Sums of finite floats may still go past the largest one.
fn finite(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}

/// A series of whole numbers that may be far longer than the run has requests: exact up to a number of samples,
/// rounded to 12 significant bits from then on, so that its memory is bounded.
#[derive(Clone, Debug)]
pub struct CappedSeries {
    exact: Vec<u64>,
    rounded: BTreeMap<u64, u64>,
    moments: IntMoments,
    capacity: usize,
}

impl CappedSeries {
    /// Exact up to `capacity` samples.
    pub fn new(capacity: usize) -> Self {
        Self {
            exact: Vec::new(),
            rounded: BTreeMap::new(),
            moments: IntMoments::default(),
            capacity,
        }
    }

    /// Records a sample.
    pub fn push(&mut self, value: u64) {
        self.moments.push(value);
        if !self.rounded.is_empty() {
            return count_rounded(&mut self.rounded, value);
        }
        self.exact.push(value);
        if self.exact.len() > self.capacity {
            for value in core::mem::take(&mut self.exact) {
                count_rounded(&mut self.rounded, value);
            }
        }
    }

    /// The figures; `None` without samples.
    pub fn summary(mut self) -> Option<SeriesSummary> {
        let moments = int_moments(&self.moments);
        if self.rounded.is_empty() {
            self.exact.sort_unstable();
            return SeriesSummary::of(&self.exact.as_slice(), &moments, true);
        }
        SeriesSummary::of(&self.rounded, &moments, false)
    }
}

fn count_rounded(counts: &mut BTreeMap<u64, u64>, value: u64) {
    let count = counts.entry(round_down(value)).or_insert(0);
    *count = count.saturating_add(1);
}

/// Keeps the 13 highest bits: at most 1 part in 4096 below the value.
fn round_down(value: u64) -> u64 {
    let dropped = 64_u32.saturating_sub(13).saturating_sub(value.leading_zeros());
    (value >> dropped) << dropped
}

#[cfg(test)]
mod tests {
    use super::{CappedSeries, FloatSeries, IntSeries, round_down};
    use crate::stats::Number;

    fn ints(values: impl IntoIterator<Item = u64>) -> IntSeries {
        let mut series = IntSeries::default();
        for value in values {
            series.push(value);
        }
        series
    }

    #[test]
    fn summarises_a_small_series() {
        let summary = ints([3, 1, 2, 10]).summary().unwrap();
        assert_eq!((summary.count, summary.total), (4, Number::Int(16)));
        assert_eq!((summary.min, summary.max), (Number::Int(1), Number::Int(10)));
        assert_eq!((summary.avg, summary.median(), summary.sum_sq), (4.0, 2.0, 114.0));
        assert_eq!(summary.percentile(99.9), Some(3.0));
        assert!((summary.std_dev - (50.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(summary.early_stopping.len(), 8);
        assert!(
            summary
                .early_stopping
                .iter()
                .all(|(_, estimate)| estimate.value.is_none())
        );
    }

    #[test]
    fn failures_are_infinite_samples() {
        let (summary, with_failures) = ints(1..=98).summary_and_with_failures(2);
        assert_eq!(summary.unwrap().percentile(99.0), Some(97.0));
        let at = |key: &str| with_failures.iter().find(|(p, _)| p.key == key).unwrap().1;
        // Ranks 98 and 98 of 0 to 99 are failures, rank 96 is the 97th sample.
        assert_eq!(
            (at("99.9"), at("99.0"), at("97.0")),
            (f64::INFINITY, f64::INFINITY, 97.0)
        );
        let (none, all_failed) = ints([]).summary_and_with_failures(1);
        assert!(none.is_none() && all_failed.iter().all(|(_, value)| value.is_infinite()));
        assert_eq!(ints([]).summary_and_with_failures(0).1, []);
    }

    #[test]
    fn is_none_without_samples() {
        assert_eq!(ints([]).summary(), None);
        assert_eq!(FloatSeries::default().summary(), None);
        assert_eq!(CappedSeries::new(4).summary(), None);
    }

    #[test]
    fn leaves_out_what_is_not_finite() {
        let mut series = FloatSeries::default();
        for value in [f64::NAN, 1.5, f64::INFINITY, 2.5] {
            series.push(value);
        }
        let summary = series.summary().unwrap();
        assert_eq!(
            (summary.count, summary.total, summary.avg),
            (2, Number::Float(4.0), 2.0)
        );
    }

    #[test]
    fn stays_finite_at_the_ends_of_the_range() {
        let mut series = FloatSeries::default();
        for value in [f64::MAX, f64::MAX, f64::MIN_POSITIVE] {
            series.push(value);
        }
        let summary = series.summary().unwrap();
        assert!(summary.total.to_f64().is_finite() && summary.avg.is_finite());
        assert!(summary.std_dev.is_finite() && summary.sum_sq.is_finite());
    }

    #[test]
    fn rounds_only_past_its_capacity() {
        let values: Vec<u64> = (1..=1000).map(|i| i * 1_000_003).collect();
        let plain = ints(values.iter().copied()).summary().unwrap();
        for capacity in [10, 1000] {
            let mut capped = CappedSeries::new(capacity);
            for value in &values {
                capped.push(*value);
            }
            let capped = capped.summary().unwrap();
            assert_eq!(capped.exact, capacity == 1000);
            assert_eq!(
                (capped.total, capped.std_dev, capped.max),
                (plain.total, plain.std_dev, plain.max)
            );
            let (near, right) = (capped.median(), plain.median());
            assert!(
                near <= right && near >= right * (1.0 - 1.0 / 4096.0),
                "{near} for {right}"
            );
        }
    }

    #[test]
    fn rounding_keeps_the_high_bits() {
        assert_eq!(round_down(8191), 8191);
        assert_eq!(round_down(8193), 8192);
        assert_eq!(round_down(u64::MAX) >> 51, 8191);
        assert_eq!(round_down(0), 0);
    }
}
