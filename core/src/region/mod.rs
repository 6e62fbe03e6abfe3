//! Regions: spans of concurrency computed from the declared maximum M (section 5.5).
//!
//! The arithmetic is one; which regions there are, and what they are called, differs by ruleset.

pub mod v0_1;
pub mod v1_5;

use std::fmt;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use crate::parse::big_int_to_f64;

/// Inclusive bounds of one region; empty when `start` is greater than `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// First concurrency.
    pub start: BigInt,
    /// Last concurrency.
    pub end: BigInt,
}

impl Bounds {
    /// Whether no concurrency lies in it.
    pub fn is_empty(&self) -> bool {
        self.start > self.end
    }

    /// Whether a concurrency lies in it.
    pub fn contains(&self, concurrency: &BigInt) -> bool {
        *concurrency >= self.start && *concurrency <= self.end
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "{}\u{2013}{} (empty)", self.start, self.end);
        }
        write!(f, "{}\u{2013}{}", self.start, self.end)
    }
}

/// Why there are no regions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// M is not above the Low Latency region.
    #[error("max_supported_concurrency is {given}; regions need more than {least}")]
    TooLow {
        /// M as declared.
        given: BigInt,
        /// The last concurrency of the Low Latency region.
        least: u32,
    },
    /// `C_min` is not a concurrency at which Low Latency can end.
    #[error("the lowest concurrency is {given}; regions need 1 to {most}")]
    CMin {
        /// `C_min` as declared or derived.
        given: BigInt,
        /// The greatest that is allowed.
        most: u32,
    },
    /// M times the margin is beyond the double range; the reference crashes.
    #[error("max_supported_concurrency has {digits} digits, beyond what a 64-bit float can hold")]
    TooHigh {
        /// Decimal digits of M.
        digits: usize,
    },
}

impl Bounds {
    fn new(start: impl Into<BigInt>, end: BigInt) -> Self {
        Self {
            start: start.into(),
            end,
        }
    }
}

/// Ends of the three regions below the highest one, and of the margin, for Low Latency ending at `low_end`.
///
/// With x = M - `low_end` and interval = log2(x) / 3 the inner ends are `low_end` + round(2^interval) and
/// `low_end` + round(2^(2 interval)); the margin's is the ceiling of the double-precision product M times `margin`.
#[derive(Debug)]
struct Ends {
    low: BigInt,
    med: BigInt,
    margin: BigInt,
}

impl Ends {
    fn new(m: &BigInt, low_end: &BigInt, margin: f64) -> Result<Self, RegionError> {
        let too_high = || RegionError::TooHigh {
            digits: m.to_string().len(),
        };
        let (low, med) = inner_ends(m, low_end).ok_or_else(too_high)?;
        let margin = m
            .to_f64()
            .map(|m| (m * margin).ceil())
            .and_then(BigInt::from_f64)
            .ok_or_else(too_high)?;
        Ok(Self { low, med, margin })
    }
}

/// The ends of the two regions above Low Latency.
///
/// For x up to 2^40 by integers: k with (2k-1)^3 < 8x < (2k+1)^3, the same as the reference's floating-point form for every
/// M that was tried (33 to 300000) and free of any libm. Beyond that a double no longer holds the exact result, so
/// the reference's own arithmetic is followed. `None` beyond the double range.
fn inner_ends(m: &BigInt, low_end: &BigInt) -> Option<(BigInt, BigInt)> {
    const EXACT_BITS: u64 = 40;
    let x = m - low_end;
    if x.bits() <= EXACT_BITS {
        let x = u128::try_from(&x).ok()?;
        return Some((
            low_end + BigInt::from(rounded_cube_root(x)?),
            low_end + BigInt::from(rounded_cube_root(x.checked_mul(x)?)?),
        ));
    }
    let interval = libm::log2(big_int_to_f64(&x)?) / 3.0;
    let low_end = low_end.to_f64()?;
    let end = |exponent: f64| BigInt::from_f64(libm::rint(low_end + libm::pow(2.0, exponent)));
    Some((end(interval)?, end(2.0 * interval)?))
}

/// The integer k with (2k-1)^3 < 8x < (2k+1)^3; a tie is impossible, as odd cubes are odd.
fn rounded_cube_root(x: u128) -> Option<u128> {
    let eightfold = x.checked_mul(8)?;
    // With r = floor(cbrt(8x)), 2k-1 <= r <= 2k, so k is r / 2 rounded up.
    let (mut low, mut high) = (0_u128, 1_u128 << 42);
    while high.checked_sub(low)? > 1 {
        let middle = low.midpoint(high);
        if middle.checked_pow(3).is_some_and(|cube| cube <= eightfold) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low.div_ceil(2))
}
