//! The histogram of the report files: 30 buckets whose edges grow by a constant factor.

use super::series::Ranked;

/// Number of buckets.
pub const BUCKETS: usize = 30;

/// Counts by bucket. Bucket `i` is `[edges[i], edges[i + 1])`; the last one includes its upper edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// `BUCKETS + 1` rising edges, in the series' unit.
    pub edges: Vec<f64>,
    /// Samples in each bucket; they add up to the series' count.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The histogram of sorted samples; `None` if there are none.
    ///
    /// `edges[i] = exp(ln lo + i (ln hi - ln lo) / 30)` with `lo = max(min, 1)` and `hi = max(max, 10 lo)`; a sample
    /// outside the computed edges (below 1, or past the last one by its rounding) counts at the nearest edge.
    pub(super) fn of(samples: &dyn Ranked) -> Option<Self> {
        let last = samples.len().checked_sub(1)?;
        let low = samples.at(0)?.max(1.0);
        let high = samples.at(last)?.max(10.0 * low);
        let (from, to) = (libm::log(low), libm::log(high));
        let edges: Vec<f64> = (0..=30_u8)
            .map(|i| libm::exp(from + f64::from(i) * (to - from) / 30.0))
            .collect();
        let mut counts = vec![0_u64; BUCKETS];
        let mut bucket = 0_usize;
        samples.each(&mut |value, count| {
            // Samples come in rising order, so the bucket never goes back.
            while bucket.saturating_add(1) < BUCKETS
                && edges
                    .get(bucket.saturating_add(1))
                    .is_some_and(|edge| value >= *edge)
            {
                bucket = bucket.saturating_add(1);
            }
            if let Some(sum) = counts.get_mut(bucket) {
                *sum = sum.saturating_add(count);
            }
        });
        Some(Self { edges, counts })
    }

    /// Buckets as `(low, high, count)`.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> + '_ {
        let highs = self.edges.iter().skip(1);
        self.edges
            .iter()
            .zip(highs)
            .zip(&self.counts)
            .map(|((low, high), count)| (*low, *high, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Histogram};

    fn check(values: &[f64], first: f64, last: f64, counts: &[(usize, u64)]) {
        let histogram = Histogram::of(&values).unwrap();
        assert!(
            (histogram.edges[0] / first - 1.0).abs() < 1e-12,
            "{:?}",
            histogram.edges
        );
        assert!(
            (histogram.edges[BUCKETS] / last - 1.0).abs() < 1e-12,
            "{:?}",
            histogram.edges
        );
        let filled: Vec<(usize, u64)> = histogram
            .counts
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(filled, counts);
    }

    #[test]
    fn spans_at_least_a_decade() {
        check(&[100.0], 100.0, 1000.0, &[(0, 1)]);
        check(&[100.0, 100_000.0], 100.0, 100_000.0, &[(0, 1), (29, 1)]);
        check(&[10.0, 20.0, 50.0], 10.0, 100.0, &[(0, 1), (9, 1), (20, 1)]);
    }

    #[test]
    fn counts_samples_below_one_at_the_first_edge() {
        check(&[0.0, 0.5, 1.0], 1.0, 10.0, &[(0, 3)]);
    }

    #[test]
    fn has_none_without_samples() {
        let empty: &[f64] = &[];
        assert_eq!(Histogram::of(&empty), None);
    }
}
