//! The four regions of ruleset v0.1.

use num_bigint::BigInt;

use super::{Bounds, Ends, RegionError};
use crate::ruleset::RegionParameters;

/// A span of concurrency.
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

/// The four regions of one declared maximum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    bounds: [Bounds; 4],
}

impl Regions {
    /// Computes the regions of a declared maximum M; the last one includes the margin.
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
        let ends = Ends::new(m, &low_end, parameters.margin)?;
        let bounds = [
            Bounds::new(1, low_end.clone()),
            Bounds::new(low_end + 1, ends.low.clone()),
            Bounds::new(ends.low + 1, ends.med.clone()),
            Bounds::new(ends.med + 1, ends.margin),
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
