//! Early-stopping estimates: an upper bound on a percentile that holds with 99 % confidence (loadgen section 12.6).
//!
//! With `h` samples under a latency and `t` over it, `odds(h, t)` is the chance to see so few over it if the
//! percentile were really higher. The estimate is the `t`-th highest sample for the largest `t` that is still unlikely.

use num_traits::ToPrimitive;

use super::beta::regularised_beta;

/// An argument outside the domain of the estimate.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DomainError {
    /// A fraction that is not strictly between 0 and 1.
    #[error("the fraction {0} isn't between 0 and 1")]
    Fraction(f64),
    /// A confidence that is not strictly between 0 and 1.
    #[error("the confidence {0} isn't between 0 and 1")]
    Confidence(f64),
    /// A tolerance that is negative or not below the fraction.
    #[error("the tolerance {0} isn't between 0 and the fraction")]
    Tolerance(f64),
    /// A percentile outside [1, 100), for instance a fraction by mistake.
    #[error("the percentile {0} isn't in [1, 100); give 99 for the 99th, not 0.99")]
    Percentile(f64),
}

/// What a series allows to say about one percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discard {
    /// Fewest samples that allow an estimate at all.
    pub floor: u64,
    /// Rank of the estimate from the top, from 1; 0 when there are too few samples.
    pub rank_from_top: u64,
}

/// An early-stopping estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The bound, in the series' unit; `None` when there are too few samples.
    pub value: Option<f64>,
    /// Fewest samples that allow an estimate at all.
    pub floor: u64,
    /// Samples above the estimate that were thrown away.
    pub discarded: u64,
}

/// Checked parameters of the test.
#[derive(Clone, Copy)]
struct Params {
    /// Fraction less tolerance.
    p: f64,
    /// One less confidence.
    limit: f64,
}

impl Params {
    fn new(p: f64, tolerance: f64, confidence: f64) -> Result<Self, DomainError> {
        if !(p > 0.0 && p < 1.0) {
            return Err(DomainError::Fraction(p));
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(DomainError::Confidence(confidence));
        }
        if !(tolerance >= 0.0 && tolerance < p) {
            return Err(DomainError::Tolerance(tolerance));
        }
        Ok(Self {
            p: p - tolerance,
            limit: 1.0 - confidence,
        })
    }

    fn odds(self, h: u64, t: u64) -> f64 {
        if h == 0 {
            return 1.0;
        }
        regularised_beta(self.p, float(h), float(t) + 1.0)
    }

    fn passes(self, h: u64, t: u64) -> bool {
        self.odds(h, t) < self.limit
    }

    /// Smallest `h >= 1` that passes with `t`. The odds fall in `h`.
    fn hmin(self, t: u64) -> u64 {
        let mut high = 1_u64;
        // Saturation ends the search too: no fraction below 1 needs that many samples to fail.
        while !self.passes(high, t) && high < u64::MAX >> 12 {
            high = high.saturating_mul(2);
        }
        first(1, high, |h| self.passes(h, t))
    }

    /// Largest `t >= 1` with `hmin(t) + t <= n`, which is to say that `n - t` passes with `t`.
    fn discard(self, n: u64) -> Discard {
        let floor = self.hmin(1).saturating_add(1);
        if n < floor {
            return Discard {
                floor,
                rank_from_top: 0,
            };
        }
        let first_failing = first(2, n, |t| !self.passes(n.saturating_sub(t), t));
        Discard {
            floor,
            rank_from_top: first_failing.saturating_sub(1),
        }
    }
}

/// First number in `low..=high` that holds; `high` if none below it does. `holds` must not turn false again.
fn first(mut low: u64, mut high: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low.saturating_add(high.saturating_sub(low) >> 1);
        if holds(middle) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    low
}

/// `P[Bin(h + t, 1 - (p - d)) <= t] = I_{p-d}(h, t + 1)`, with the tolerance `d`.
pub fn odds(h: u64, t: u64, p: f64, tolerance: f64) -> Result<f64, DomainError> {
    Ok(Params::new(p, tolerance, super::CONFIDENCE)?.odds(h, t))
}

/// Smallest number of samples under the latency that passes with `t` over it.
pub fn hmin(t: u64, p: f64, tolerance: f64, confidence: f64) -> Result<u64, DomainError> {
    Ok(Params::new(p, tolerance, confidence)?.hmin(t))
}

/// How many of `n` samples may be thrown away for the fraction `p`.
pub fn discard(n: u64, p: f64, tolerance: f64, confidence: f64) -> Result<Discard, DomainError> {
    Ok(Params::new(p, tolerance, confidence)?.discard(n))
}

/// Whether a limit holds for a fraction of all requests, as LoadGen's server scenario asks it (audits section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Whether there are enough samples for as many as were over the limit.
    pub passes: bool,
    /// How many more samples under the limit would make it pass; 0 when it passes.
    pub missing: u64,
}

/// The gate for `n` samples of which `over` are strictly over the limit, for the fraction `p`.
pub fn gate(n: u64, over: u64, p: f64, tolerance: f64, confidence: f64) -> Result<Gate, DomainError> {
    let needed = hmin(over, p, tolerance, confidence)?.saturating_add(over);
    Ok(Gate {
        passes: n >= needed,
        missing: needed.saturating_sub(n),
    })
}

/// The estimate of `percentile` (0 to 100) from `n` samples; `at` gives the sample of a rank from 0, ascending.
pub fn estimate(n: u64, percentile: f64, at: impl Fn(u64) -> Option<f64>) -> Result<Estimate, DomainError> {
    if !(1.0..100.0).contains(&percentile) {
        return Err(DomainError::Percentile(percentile));
    }
    let found = discard(n, percentile / 100.0, 0.0, super::CONFIDENCE)?;
    let value = match found.rank_from_top {
        0 => None,
        rank => at(n.saturating_sub(rank)),
    };
    Ok(Estimate {
        value,
        floor: found.floor,
        discarded: found.rank_from_top.saturating_sub(1),
    })
}

fn float(n: u64) -> f64 {
    n.to_f64().unwrap_or(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{DomainError, Gate, discard, estimate, gate, hmin, odds};

    fn check_hmin(p: f64, expected: &[u64]) {
        for (t, &expected) in (0_u64..).zip(expected) {
            assert_eq!(hmin(t, p, 0.0, 0.99), Ok(expected), "p {p}, t {t}");
        }
    }

    /// The table of audits section 7.4.
    #[test]
    fn gives_the_verified_smallest_counts() {
        check_hmin(0.5, &[7, 10, 12, 14]);
        check_hmin(0.75, &[17, 23, 29, 34]);
        check_hmin(0.9, &[44, 63, 79, 94]);
        check_hmin(0.95, &[90, 129, 163, 195]);
        check_hmin(0.97, &[152, 218, 275, 329]);
        check_hmin(0.99, &[459, 661, 836, 998]);
        check_hmin(0.999, &[4603, 6635, 8401, 10039]);
    }

    #[test]
    fn gives_the_verified_far_counts() {
        assert_eq!(hmin(10, 0.9, 0.0, 0.99), Ok(187));
        assert_eq!(hmin(5, 0.99, 0.0, 0.99), Ok(1302));
        assert_eq!(hmin(100, 0.999, 0.0, 0.99), Ok(125_726));
    }

    /// The other settings of audits section 7.4, all for the 99th percentile.
    #[test]
    fn takes_other_tolerances_and_confidences() {
        assert_eq!(hmin(1, 0.99, 0.005, 0.99), Ok(439));
        assert_eq!(hmin(10, 0.99, 0.005, 0.99), Ok(1328));
        assert_eq!(hmin(0, 0.99, 0.0, 0.95), Ok(299));
        assert_eq!(hmin(1, 0.99, 0.0, 0.95), Ok(472));
        assert_eq!(hmin(1, 0.99, 0.0, 0.999), Ok(919));
    }

    fn check_gate(n: u64, over: u64, p: f64, missing: u64) {
        let expected = Gate {
            passes: missing == 0,
            missing,
        };
        assert_eq!(
            gate(n, over, p, 0.0, 0.99),
            Ok(expected),
            "n {n}, {over} over, p {p}"
        );
    }

    #[test]
    fn the_gate_needs_more_samples_for_each_over_the_limit() {
        check_gate(459, 0, 0.99, 0);
        check_gate(458, 0, 0.99, 1);
        check_gate(662, 1, 0.99, 0);
        check_gate(1000, 2, 0.99, 0);
        check_gate(1000, 3, 0.99, 1);
        check_gate(44, 0, 0.9, 0);
        check_gate(64, 1, 0.9, 0);
        check_gate(0, 0, 0.9, 44);
        assert!(gate(1, 0, 1.5, 0.0, 0.99).is_err());
    }

    fn check_rank(n: u64, percentile: f64, floor: u64, rank: u64) {
        let found = discard(n, percentile / 100.0, 0.0, 0.99).unwrap();
        assert_eq!(
            (found.floor, found.rank_from_top),
            (floor, rank),
            "n {n}, p{percentile}"
        );
    }

    #[test]
    fn ranks_the_estimate() {
        check_rank(10_000, 99.0, 662, 77);
        check_rank(1_000, 99.0, 662, 2);
        check_rank(1_000, 50.0, 11, 462);
        check_rank(1_024, 90.0, 64, 80);
        check_rank(1_000, 99.9, 6636, 0);
    }

    #[test]
    fn needs_the_floor() {
        for (percentile, floor) in [
            (50.0, 11),
            (75.0, 24),
            (80.0, 31),
            (90.0, 64),
            (95.0, 130),
            (97.0, 219),
            (99.0, 662),
            (99.9, 6636),
        ] {
            check_rank(floor - 1, percentile, floor, 0);
            check_rank(floor, percentile, floor, 1);
        }
    }

    #[test]
    fn agrees_with_the_slow_search() {
        for n in 11..200 {
            let slow = (1..n)
                .take_while(|&t| hmin(t, 0.5, 0.0, 0.99).unwrap() + t <= n)
                .count();
            check_rank(n, 50.0, 11, u64::try_from(slow).unwrap());
        }
    }

    #[test]
    fn keeps_digits_at_a_million_samples() {
        // ln I falls by about 0.003 a sample here; both neighbours of the limit must be told apart.
        let found = discard(1_000_000, 0.5, 0.0, 0.99).unwrap();
        let t = found.rank_from_top;
        assert!(odds(1_000_000 - t, t, 0.5, 0.0).unwrap() < 0.01);
        assert!(odds(1_000_000 - t - 1, t + 1, 0.5, 0.0).unwrap() >= 0.01);
    }

    #[test]
    fn refuses_fractions_given_as_percentiles() {
        assert_eq!(estimate(10, 0.99, |_| None), Err(DomainError::Percentile(0.99)));
        assert_eq!(estimate(10, 100.0, |_| None), Err(DomainError::Percentile(100.0)));
        assert!(estimate(10, f64::NAN, |_| None).is_err());
        assert_eq!(hmin(1, 1.0, 0.0, 0.99), Err(DomainError::Fraction(1.0)));
        assert_eq!(hmin(1, 0.5, 0.5, 0.99), Err(DomainError::Tolerance(0.5)));
        assert_eq!(hmin(1, 0.5, 0.0, 1.0), Err(DomainError::Confidence(1.0)));
    }
}
