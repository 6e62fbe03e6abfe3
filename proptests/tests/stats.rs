//! Properties of series statistics.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use proptest::collection::vec;
use proptest::prelude::*;
use runbench_core::stats::{
    BUCKETS, CappedSeries, FloatSeries, GRID, IntSeries, Number, SeriesSummary, discard, gate, hmin,
    lower_index, odds,
};

fn of_ints(values: &[u64]) -> Option<SeriesSummary> {
    let mut series = IntSeries::default();
    for value in values {
        series.push(*value);
    }
    series.summary()
}

fn of_floats(values: &[f64]) -> Option<SeriesSummary> {
    let mut series = FloatSeries::default();
    for value in values {
        series.push(*value);
    }
    series.summary()
}

/// The plainest reading of the rule: sort, count up to the rank, take that sample.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "small n, and a rank below it"
)]
fn naive_percentile(values: &[u64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[(p / 100.0 * (sorted.len() - 1) as f64).floor() as usize] as f64
}

/// Every figure is a number, percentiles fall along the grid and stay within the extremes, buckets add up.
fn check_sound(summary: &SeriesSummary) -> Result<(), TestCaseError> {
    let (min, max) = (summary.min.to_f64(), summary.max.to_f64());
    for figure in [
        summary.total.to_f64(),
        summary.sum_sq,
        summary.avg,
        summary.std_dev,
        min,
        max,
    ] {
        prop_assert!(figure.is_finite());
    }
    prop_assert_eq!(summary.percentiles.len(), GRID.len());
    let mut higher = max;
    for (_, value) in &summary.percentiles {
        prop_assert!(*value >= min && *value <= higher);
        higher = *value;
    }
    for (percentile, estimate) in &summary.early_stopping {
        let Some(bound) = estimate.value else {
            prop_assert!(summary.count < estimate.floor);
            continue;
        };
        prop_assert!(summary.count >= estimate.floor && bound <= max);
        prop_assert!(
            bound >= summary.percentile(percentile.value).unwrap(),
            "an upper bound lies above"
        );
    }
    prop_assert_eq!(summary.histogram.counts.len(), BUCKETS);
    prop_assert_eq!(summary.histogram.counts.iter().sum::<u64>(), summary.count);
    for (low, high, _) in summary.histogram.buckets() {
        prop_assert!(low.is_finite() && low < high);
    }
    Ok(())
}

/// Small values with many ties, times, and anything.
fn values() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        vec(0..20_u64, 1..300),
        vec(1_000_000..60_000_000_000_u64, 1..300),
        vec(any::<u64>(), 1..50)
    ]
}

proptest! {
    #[test]
    fn integer_series_are_sound(values in values()) {
        let summary = of_ints(&values).unwrap();
        check_sound(&summary)?;
        let total: u128 = values.iter().map(|value| u128::from(*value)).sum();
        prop_assert_eq!(summary.total, Number::Int(total));
        for (percentile, value) in &summary.percentiles {
            prop_assert_eq!(value.to_bits(), naive_percentile(&values, percentile.value).to_bits());
        }
    }

    #[test]
    fn order_does_not_matter_to_integers(values in values(), seed in any::<u64>()) {
        let mut other = values.clone();
        let pivot = usize::try_from(seed % u64::try_from(values.len()).unwrap()).unwrap();
        other.rotate_left(pivot);
        other.reverse();
        prop_assert_eq!(of_ints(&values), of_ints(&other));
    }

    #[test]
    fn deviation_is_unmoved_by_an_offset(values in vec(0..1_000_u64, 2..100), offset in 0..1_u64 << 52) {
        let moved: Vec<u64> = values.iter().map(|value| value + offset).collect();
        let (plain, moved) = (of_ints(&values).unwrap().std_dev, of_ints(&moved).unwrap().std_dev);
        prop_assert_eq!(plain.to_bits(), moved.to_bits());
    }

    #[test]
    fn float_series_are_sound(values in vec(any::<f64>(), 0..100)) {
        let values: Vec<f64> = values.into_iter().map(f64::abs).collect();
        let finite = values.iter().filter(|value| value.is_finite()).count();
        let summary = of_floats(&values);
        prop_assert_eq!(summary.is_some(), finite > 0);
        if let Some(summary) = summary {
            prop_assert_eq!(summary.count, u64::try_from(finite).unwrap());
            check_sound(&summary)?;
        }
    }

    #[test]
    fn capped_series_round_by_little(values in values(), capacity in 0..400_usize) {
        let mut capped = CappedSeries::new(capacity);
        for value in &values {
            capped.push(*value);
        }
        let (capped, exact) = (capped.summary().unwrap(), of_ints(&values).unwrap());
        prop_assert_eq!(capped.exact, values.len() <= capacity);
        prop_assert_eq!((capped.count, capped.total, capped.min), (exact.count, exact.total, exact.min));
        for ((_, near), (_, right)) in capped.percentiles.iter().zip(&exact.percentiles) {
            prop_assert!(near <= right && *near >= right * (1.0 - 1.0 / 4096.0));
        }
    }

    #[test]
    fn ranks_are_in_range_and_rise(n in 1..u64::MAX, p in 0.0..=100.0_f64, q in 0.0..=100.0_f64) {
        let (low, high) = (p.min(q), p.max(q));
        let (low, high) = (lower_index(n, low).unwrap(), lower_index(n, high).unwrap());
        prop_assert!(low <= high && high < n);
    }

    #[test]
    fn more_samples_over_the_latency_need_more_under_it(t in 0..300_u64, p in 0.5..0.99_f64) {
        let (fewer, more) = (hmin(t, p, 0.0, 0.99).unwrap(), hmin(t + 1, p, 0.0, 0.99).unwrap());
        prop_assert!(fewer < more);
    }

    #[test]
    fn the_discarded_are_as_many_as_the_search_allows(n in 1..5_000_u64, p in 0.5..0.99_f64) {
        let found = discard(n, p, 0.0, 0.99).unwrap();
        let allowed = |t: u64| hmin(t, p, 0.0, 0.99).unwrap() + t <= n;
        prop_assert_eq!(found.floor, hmin(1, p, 0.0, 0.99).unwrap() + 1);
        prop_assert_eq!(found.rank_from_top > 0, n >= found.floor);
        prop_assert!(found.rank_from_top == 0 || allowed(found.rank_from_top));
        prop_assert!(!allowed(found.rank_from_top + 1));
    }

    #[test]
    fn the_smallest_count_is_where_the_odds_fall_below_the_limit(t in 0_u64..300, p in 0.5..0.995_f64) {
        let h = hmin(t, p, 0.0, 0.99).unwrap();
        let limit = 1.0 - 0.99;
        prop_assert!(odds(h, t, p, 0.0).unwrap() < limit);
        prop_assert!(h == 1 || odds(h - 1, t, p, 0.0).unwrap() >= limit);
    }

    #[test]
    fn one_more_sample_allows_at_most_one_more_over(n in 1_u64..20_000, p in 0.5..0.995_f64) {
        let (now, then) = (discard(n, p, 0.0, 0.99).unwrap(), discard(n + 1, p, 0.0, 0.99).unwrap());
        prop_assert!(now.rank_from_top <= then.rank_from_top && then.rank_from_top <= now.rank_from_top + 1);
    }

    #[test]
    fn a_better_sample_never_fails_the_gate(n in 1_u64..5_000, over in 0_u64..60, p in 0.5..0.99_f64) {
        let passes = |n, over| gate(n, over, p, 0.0, 0.99).unwrap().passes;
        if passes(n, over) {
            prop_assert!(passes(n + 1, over));
            prop_assert!(over == 0 || passes(n, over - 1));
        }
        let missing = gate(n, over, p, 0.0, 0.99).unwrap().missing;
        prop_assert!(passes(n + missing, over) && (missing == 0 || !passes(n + missing - 1, over)));
    }
}

/// The estimate of a percentile is above the true one at least 99 times in 100 (fixed seeds: always or never so).
#[test]
fn estimates_cover_the_true_percentile() {
    const RUNS: u64 = 2_000;
    for (n, p) in [(100_u64, 0.5), (400, 0.9), (700, 0.99)] {
        let percentile = p * 100.0;
        // Of uniform samples the true percentile is p itself.
        let covered = (0..RUNS).filter(|seed| {
            let mut random = runbench_core::order::PythonRandom::new(*seed);
            let mut samples: Vec<f64> = (0..n).map(|_| random.fraction()).collect();
            samples.sort_unstable_by(f64::total_cmp);
            let at = |rank: u64| samples.get(usize::try_from(rank).ok()?).copied();
            let found = runbench_core::stats::estimate(n, percentile, at).unwrap();
            found.value.is_some_and(|value| value >= p)
        });
        let covered = covered.count();
        // Four standard errors below 99 %.
        assert!(covered >= 1962, "{covered} of {RUNS} at p{percentile}");
    }
}
