//! Times of arrivals that don't wait for the endpoint.

use num_traits::ToPrimitive;

use super::LoadPattern;
use crate::order::PythonRandom;

/// Arrival times of the whole run after its start, in order, without end.
#[derive(Clone, Debug)]
pub(super) enum Arrivals {
    /// All at the start.
    AtOnce,
    /// Equal gaps.
    Constant { gap_ns: f64, number: u64 },
    /// Exponential gaps.
    Poisson {
        random: Box<PythonRandom>,
        rate_per_ns: f64,
        at_ns: u64,
    },
}

impl Arrivals {
    /// `None` for a load that waits for the endpoint.
    pub(super) fn new(pattern: LoadPattern) -> Option<Self> {
        match pattern {
            LoadPattern::MaxThroughput => Some(Self::AtOnce),
            LoadPattern::Concurrency { .. } => None,
            LoadPattern::Constant { qps } => Some(Self::Constant {
                gap_ns: 1e9 / qps,
                number: 0,
            }),
            LoadPattern::Poisson { qps, seed } => Some(Self::Poisson {
                random: Box::new(PythonRandom::new(seed)),
                rate_per_ns: qps / 1e9,
                at_ns: 0,
            }),
        }
    }

    /// Nanoseconds from the start to the next arrival.
    pub(super) fn next_ns(&mut self) -> u64 {
        match self {
            Self::AtOnce => 0,
            Self::Constant { gap_ns, number } => {
                let at_ns = number.to_f64().unwrap_or(f64::MAX) * *gap_ns;
                *number = number.saturating_add(1);
                whole(at_ns)
            }
            Self::Poisson {
                random,
                rate_per_ns,
                at_ns,
            } => {
                let gap_ns = whole(random.exponential(*rate_per_ns)).max(1);
                *at_ns = at_ns.saturating_add(gap_ns);
                *at_ns
            }
        }
    }
}

/// Towards zero; 0 for what is negative or no number, the largest integer for what is beyond it.
fn whole(value: f64) -> u64 {
    if value.is_nan() || value <= 0.0 {
        return 0;
    }
    value.to_u64().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Arrivals;
    use crate::schedule::LoadPattern;

    fn arrivals(pattern: LoadPattern, n: usize) -> Vec<u64> {
        let mut arrivals = Arrivals::new(pattern).unwrap();
        (0..n).map(|_| arrivals.next_ns()).collect()
    }

    /// Loadgen section 5.
    #[test]
    fn gaps_are_the_references() {
        let seen = arrivals(LoadPattern::Poisson { qps: 100.0, seed: 42 }, 4);
        let gaps = [10_200_602, 253_288, 3_216_240, 2_525_861];
        let expected: Vec<u64> = gaps
            .iter()
            .scan(0, |sum, gap| {
                *sum += gap;
                Some(*sum)
            })
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn equal_gaps_do_not_drift() {
        let seen = arrivals(LoadPattern::Constant { qps: 3.0 }, 3_000_001);
        assert_eq!(seen[..4], [0, 333_333_333, 666_666_666, 1_000_000_000]);
        assert_eq!(seen.last(), Some(&1_000_000_000_000_000));
    }

    #[test]
    fn a_tiny_rate_is_far_away_and_no_panic() {
        assert_eq!(arrivals(LoadPattern::Constant { qps: 1e-300 }, 2)[1], u64::MAX);
        assert!(arrivals(LoadPattern::Poisson { qps: 1e-300, seed: 1 }, 3).is_sorted());
    }
}
