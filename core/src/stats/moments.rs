//! Totals, extremes and deviation of a series, kept while it is recorded.

use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// A figure that is an integer in the files if its series holds integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of an integer series.
    Int(u128),
    /// Of a float series.
    Float(f64),
}

impl Number {
    /// The value as a double, rounded to nearest.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(value) => value.to_f64().unwrap_or(f64::MAX),
            Self::Float(value) => value,
        }
    }
}

/// Exact moments of an integer series.
#[derive(Clone, Debug, Default)]
pub(super) struct IntMoments {
    pub(super) count: u64,
    pub(super) total: u128,
    pub(super) min: u64,
    pub(super) max: u64,
    /// Sum of squares modulo 2^128, and how often it went past.
    square_low: u128,
    square_high: u64,
}

impl IntMoments {
    pub(super) fn push(&mut self, value: u64) {
        self.min = if self.count == 0 {
            value
        } else {
            self.min.min(value)
        };
        self.max = self.max.max(value);
        self.count = self.count.saturating_add(1);
        self.total = self.total.saturating_add(u128::from(value));
        let square = u128::from(value).saturating_mul(u128::from(value));
        let (low, carry) = self.square_low.overflowing_add(square);
        self.square_low = low;
        self.square_high = self.square_high.saturating_add(u64::from(carry));
    }

    fn squares(&self) -> BigUint {
        BigUint::from(self.square_low) + (BigUint::from(self.square_high) << 128_u32)
    }

    /// Sum of squares, rounded to a double once.
    pub(super) fn sum_sq(&self) -> f64 {
        self.squares().to_f64().unwrap_or(f64::MAX)
    }

    /// `total / count`, rounded once, as Python divides integers. 0 without samples.
    pub(super) fn mean(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        // 128 more bits below the point, and a last one that says whether anything was cut off.
        let shifted = BigUint::from(self.total) << 128_u32;
        let count = BigUint::from(self.count);
        let quotient = &shifted / &count;
        let exact = &quotient * &count == shifted;
        let sticky = (quotient << 1_u32) + BigUint::from(u8::from(!exact));
        sticky.to_f64().unwrap_or(f64::MAX) / libm::ldexp(1.0, 129)
    }

    /// Sample deviation, `sqrt(n sum(x^2) - sum(x)^2) / sqrt(n (n - 1))`, with the difference taken in integers.
    ///
    /// The reference takes it in doubles, where it cancels: its value may be off by up to about 3e-8 of the mean
    /// (1 s + {0...3} ns gives it 0). Compare with that tolerance.
    pub(super) fn std_dev(&self) -> f64 {
        if self.count < 2 {
            return 0.0;
        }
        let n = BigUint::from(self.count);
        let total = BigUint::from(self.total);
        let with_total = &n * self.squares();
        let square = &total * &total;
        // Cauchy-Schwarz: never negative.
        let difference = if with_total > square {
            with_total - square
        } else {
            BigUint::default()
        };
        let pairs = &n * BigUint::from(self.count.saturating_sub(1));
        libm::sqrt(difference.to_f64().unwrap_or(f64::MAX)) / libm::sqrt(pairs.to_f64().unwrap_or(f64::MAX))
    }
}

/// Moments of a float series, summed plainly in recording order as the reference does.
#[derive(Clone, Debug, Default)]
pub(super) struct FloatMoments {
    pub(super) count: u64,
    pub(super) total: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) sum_sq: f64,
}

impl FloatMoments {
    pub(super) fn push(&mut self, value: f64) {
        self.min = if self.count == 0 {
            value
        } else {
            self.min.min(value)
        };
        self.max = if self.count == 0 {
            value
        } else {
            self.max.max(value)
        };
        self.count = self.count.saturating_add(1);
        self.total += value;
        self.sum_sq += value * value;
    }

    pub(super) fn mean(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.total / self.count.to_f64().unwrap_or(f64::MAX)
        }
    }

    /// Sample deviation about the mean in a second pass over the values, which doesn't cancel.
    pub(super) fn std_dev(&self, values: &[f64]) -> f64 {
        if self.count < 2 {
            return 0.0;
        }
        let mean = self.mean();
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        libm::sqrt(squares / self.count.saturating_sub(1).to_f64().unwrap_or(f64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::IntMoments;

    fn moments(values: &[u64]) -> IntMoments {
        let mut moments = IntMoments::default();
        for &value in values {
            moments.push(value);
        }
        moments
    }

    fn check_std_dev(values: &[u64], expected: f64) {
        let got = moments(values).std_dev();
        assert!(
            (got - expected).abs() <= 1e-15 * expected,
            "{values:?}: {got} is not {expected}"
        );
    }

    #[test]
    fn deviation_does_not_cancel() {
        check_std_dev(&[0, 1, 2, 3], 1.290_994_448_735_805_6);
        check_std_dev(
            &[1_000_000_000, 1_000_000_001, 1_000_000_002, 1_000_000_003],
            1.290_994_448_735_805_6,
        );
        check_std_dev(&[7], 0.0);
        check_std_dev(&[], 0.0);
        check_std_dev(&[5, 5, 5], 0.0);
    }

    #[test]
    fn survives_the_largest_stamps() {
        let extreme = moments(&[u64::MAX, u64::MAX, 0]);
        // Two thirds of the square of the largest, over two.
        let expected = libm::exp2(64.0) / 3.0_f64.sqrt();
        assert!((extreme.std_dev() / expected - 1.0).abs() < 1e-12);
        assert_eq!(extreme.total, 2 * u128::from(u64::MAX));
        assert!(extreme.sum_sq().is_finite());
    }

    #[test]
    #[expect(
        clippy::float_cmp,
        reason = "the mean is correctly rounded, so the bits are known"
    )]
    fn mean_is_rounded_once() {
        assert_eq!(moments(&[1, 2]).mean(), 1.5);
        assert_eq!(moments(&[0, 0, 1]).mean(), 1.0 / 3.0);
        // Python: (2**63 + 2**63 + 2**63 + 5) / 4. Rounding the total first would lose the 5.
        assert_eq!(
            moments(&[9_007_199_254_740_993, 2]).mean(),
            4_503_599_627_370_497.5
        );
        assert_eq!(moments(&[]).mean(), 0.0);
    }
}
