//! When issuing ends.

use num_traits::ToPrimitive;

/// When issuing ends: once there are enough samples *and* the minimum duration is over, and in any case at the maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopRule {
    /// At least this many requests are issued; `None` counts as 0.
    pub samples: Option<u64>,
    /// A floor: whatever is due before this is issued, so that the last request can't end before it. Nanoseconds.
    pub min_duration_ns: u64,
    /// Nothing is issued at or after this long past the start. Nanoseconds.
    pub max_duration_ns: Option<u64>,
}

impl StopRule {
    /// Stops by the number of requests alone.
    pub fn samples(samples: u64) -> Self {
        Self {
            samples: Some(samples),
            ..Self::default()
        }
    }

    /// Whether what happens at `elapsed_ns` after the start is too late to be issued.
    pub(super) fn is_over(&self, elapsed_ns: u64) -> bool {
        self.max_duration_ns.is_some_and(|limit| elapsed_ns >= limit)
    }

    /// How many requests are to be issued at most, as seen from a place in the schedule `elapsed_ns` after the start:
    /// no limit while the floor is not reached.
    pub(super) fn limit_at(&self, elapsed_ns: u64) -> Option<u64> {
        if elapsed_ns < self.min_duration_ns {
            None
        } else {
            Some(self.samples.unwrap_or(0))
        }
    }
}

/// How many samples the reference issues where its configuration names no number (loadgen section 4): the dataset once
/// without a minimum duration, else rate x duration with a tenth on top, rounded up to whole passes. `target_qps`
/// counts as 10 where there is none. The products are taken in doubles, in the reference's order.
pub fn reference_sample_count(target_qps: Option<f64>, min_duration_ms: u64, n_rows: u64) -> u64 {
    let n_rows = n_rows.max(1);
    if min_duration_ms == 0 {
        return n_rows;
    }
    let ms = min_duration_ms.to_f64().unwrap_or(f64::MAX);
    let wanted = (target_qps.unwrap_or(10.0) * (ms / 1000.0)) * 1.1;
    let wanted = wanted.ceil().to_u64().unwrap_or(u64::MAX).max(1);
    let passes = wanted.div_ceil(n_rows);
    passes.saturating_mul(n_rows)
}

#[cfg(test)]
mod tests {
    use super::reference_sample_count;

    fn check(target_qps: Option<f64>, min_duration_ms: u64, n_rows: u64, expected: u64) {
        assert_eq!(
            reference_sample_count(target_qps, min_duration_ms, n_rows),
            expected
        );
    }

    #[test]
    fn counts_as_the_reference_does() {
        // 10 a second for 600 s and a tenth more is 6600.000000000001 in doubles.
        check(None, 600_000, 1, 6601);
        check(None, 600_000, 1000, 7000);
        check(Some(100.0), 3000, 100, 400);
        check(Some(0.001), 1, 1, 1);
        check(Some(5.0), 0, 24, 24);
        check(None, 0, 0, 1);
    }
}
