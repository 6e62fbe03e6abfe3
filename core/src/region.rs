//! Regions: spans of concurrency computed from the declared maximum M (section 5.5).

use std::fmt;

use num_bigint::{BigInt, BigUint};
use num_traits::{FromPrimitive, One, ToPrimitive};

use crate::ruleset::RegionParameters;

/// A span of concurrency, v0.1 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// 1 to 32.
    LowLatency,
    /// From 33.
    LowThroughput,
    /// In the middle.
    MedThroughput,
    /// Up to M and its margin.
    HighThroughput,
}

impl Region {
    /// All, lowest first.
    pub const ALL: [Self; 4] = [
        Self::LowLatency,
        Self::LowThroughput,
        Self::MedThroughput,
        Self::HighThroughput,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowLatency => "low_latency",
            Self::LowThroughput => "low_throughput",
            Self::MedThroughput => "med_throughput",
            Self::HighThroughput => "high_throughput",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::LowLatency => "Low Latency",
            Self::LowThroughput => "Low Throughput",
            Self::MedThroughput => "Med Throughput",
            Self::HighThroughput => "High Throughput",
        }
    }
}

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

/// The four regions of one declared maximum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    bounds: [Bounds; 4],
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
    /// M times the margin is beyond the double range; the reference crashes.
    #[error("max_supported_concurrency has {digits} digits, beyond what a 64-bit float can hold")]
    TooHigh {
        /// Decimal digits of M.
        digits: usize,
    },
}

impl Regions {
    /// Computes the regions of a declared maximum M.
    ///
    /// With x = M - 32 and interval = log2(x) / 3 the inner bounds are 32 + round(2^interval) and
    /// 32 + round(2^(2 interval)); the last is the ceiling of the double-precision product M times 1.1.
    pub fn new(
        max_supported_concurrency: &BigInt,
        parameters: RegionParameters,
    ) -> Result<Self, RegionError> {
        let m = max_supported_concurrency;
        let low_end = BigInt::from(parameters.low_latency_end);
        if *m <= low_end {
            return Err(RegionError::TooLow {
                given: m.clone(),
                least: parameters.low_latency_end,
            });
        }
        let too_high = || RegionError::TooHigh {
            digits: m.to_string().len(),
        };
        let x = m - &low_end;
        let (low_step, med_step) = steps(x.magnitude()).ok_or_else(too_high)?;
        let high_end = m
            .to_f64()
            .map(|m| (m * parameters.margin).ceil())
            .and_then(BigInt::from_f64)
            .ok_or_else(too_high)?;
        let low_throughput_end = &low_end + low_step;
        let med_throughput_end = &low_end + med_step;
        let bounds = [
            Bounds {
                start: BigInt::one(),
                end: low_end.clone(),
            },
            Bounds {
                start: low_end + 1,
                end: low_throughput_end.clone(),
            },
            Bounds {
                start: low_throughput_end + 1,
                end: med_throughput_end.clone(),
            },
            Bounds {
                start: med_throughput_end + 1,
                end: high_end,
            },
        ];
        Ok(Self { bounds })
    }

    /// The bounds of a region.
    pub fn bounds(&self, region: Region) -> &Bounds {
        let [low_latency, low_throughput, med_throughput, high_throughput] = &self.bounds;
        match region {
            Region::LowLatency => low_latency,
            Region::LowThroughput => low_throughput,
            Region::MedThroughput => med_throughput,
            Region::HighThroughput => high_throughput,
        }
    }

    /// The region of a concurrency; `None` below 1 and above the margin.
    pub fn classify(&self, concurrency: &BigInt) -> Option<Region> {
        Region::ALL
            .into_iter()
            .find(|region| self.bounds(*region).contains(concurrency))
    }

    /// The highest concurrency allowed.
    pub fn highest(&self) -> &BigInt {
        &self.bounds(Region::HighThroughput).end
    }
}

/// `round(x^(1/3))` and `round(x^(2/3))`.
///
/// Up to 2^40 by integers: k with (2k-1)^3 < 8x < (2k+1)^3, the same as the reference's floating-point form for every
/// M that was tried (33 to 300000) and free of any libm. Beyond that a double no longer holds the exact result, so
/// the reference's own arithmetic is followed. `None` beyond the double range.
fn steps(x: &BigUint) -> Option<(BigInt, BigInt)> {
    const EXACT_BITS: u64 = 40;
    if x.bits() <= EXACT_BITS {
        let x = u128::try_from(x).ok()?;
        return Some((
            rounded_cube_root(x)?.into(),
            rounded_cube_root(x.checked_mul(x)?)?.into(),
        ));
    }
    let interval = log2(x)? / 3.0;
    let step = |exponent: f64| BigInt::from_f64(libm::rint(libm::pow(2.0, exponent)));
    Some((step(interval)?, step(2.0 * interval)?))
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

/// Base-2 logarithm of an integer of any size, as Python's `math.log2`. `None` for 0.
fn log2(x: &BigUint) -> Option<f64> {
    let shift = x.bits().saturating_sub(1_000);
    let scaled = (x >> shift)
        .to_f64()
        .filter(|scaled| scaled.is_finite() && scaled.is_sign_positive())?;
    Some(libm::log2(scaled) + shift.to_f64()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> RegionParameters {
        RegionParameters {
            low_latency_end: 32,
            margin: 1.1,
        }
    }

    fn check(m: u64, expected: [(u64, u64); 4]) {
        let regions = Regions::new(&m.into(), parameters()).unwrap();
        for (region, (start, end)) in Region::ALL.into_iter().zip(expected) {
            assert_eq!(
                *regions.bounds(region),
                Bounds {
                    start: start.into(),
                    end: end.into()
                },
                "M = {m}, {}",
                region.name()
            );
        }
    }

    /// The table of the specification.
    #[test]
    fn bounds_are_those_of_the_rules_table() {
        check(33, [(1, 32), (33, 33), (34, 33), (34, 37)]);
        check(34, [(1, 32), (33, 33), (34, 34), (35, 38)]);
        check(40, [(1, 32), (33, 34), (35, 36), (37, 44)]);
        check(64, [(1, 32), (33, 35), (36, 42), (43, 71)]);
        check(100, [(1, 32), (33, 36), (37, 49), (50, 111)]);
        check(256, [(1, 32), (33, 38), (39, 69), (70, 282)]);
        check(1000, [(1, 32), (33, 42), (43, 130), (131, 1100)]);
        check(1024, [(1, 32), (33, 42), (43, 131), (132, 1127)]);
        check(4096, [(1, 32), (33, 48), (49, 287), (288, 4506)]);
        check(10000, [(1, 32), (33, 54), (55, 495), (496, 11000)]);
    }

    #[test]
    fn the_margin_is_the_ceiling_of_a_double_product() {
        for (m, highest) in [(50_u32, 56_u32), (90, 100), (110, 122), (200, 221), (60, 66)] {
            assert_eq!(
                *Regions::new(&m.into(), parameters()).unwrap().highest(),
                highest.into(),
                "M = {m}"
            );
        }
    }

    #[test]
    fn a_maximum_within_low_latency_has_no_regions() {
        for m in [-5, 0, 32] {
            assert!(matches!(
                Regions::new(&m.into(), parameters()),
                Err(RegionError::TooLow { .. })
            ));
        }
    }

    #[test]
    fn a_maximum_beyond_the_double_range_is_an_error_not_a_crash() {
        let huge = BigInt::from(10).pow(308);
        assert!(Regions::new(&(&huge * 1_u8), parameters()).is_ok());
        assert_eq!(
            Regions::new(&(huge * 2), parameters()),
            Err(RegionError::TooHigh { digits: 309 })
        );
    }

    #[test]
    fn only_the_smallest_maximum_has_an_empty_region() {
        let empty = |m: u32| {
            let regions = Regions::new(&m.into(), parameters()).unwrap();
            Region::ALL
                .into_iter()
                .filter(|region| regions.bounds(*region).is_empty())
                .count()
        };
        assert_eq!(empty(33), 1);
        assert_eq!((34..2000).map(empty).sum::<usize>(), 0);
    }
}
