//! The five regions of ruleset v1.5.

use num_bigint::BigInt;

use super::{Bounds, Ends, RegionError};
use crate::ruleset::RegionParametersV15;

/// A span of concurrency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// 1 to `C_min`.
    LowLatency,
    /// From there.
    LowConcurrency,
    /// In the middle.
    MedConcurrency,
    /// Up to `C_max`.
    HighConcurrency,
    /// Above `C_max`: allowed, but not the High Concurrency region.
    Margin,
}

impl Region {
    /// All, lowest first.
    pub const ALL: [Self; 5] = [
        Self::LowLatency,
        Self::LowConcurrency,
        Self::MedConcurrency,
        Self::HighConcurrency,
        Self::Margin,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowLatency => "low_latency",
            Self::LowConcurrency => "low_concurrency",
            Self::MedConcurrency => "med_concurrency",
            Self::HighConcurrency => "high_concurrency",
            Self::Margin => "margin",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::LowLatency => "Low Latency",
            Self::LowConcurrency => "Low Concurrency",
            Self::MedConcurrency => "Med Concurrency",
            Self::HighConcurrency => "High Concurrency",
            Self::Margin => "the margin above C_max",
        }
    }
}

/// The five regions of one declared maximum and one lowest concurrency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    bounds: [Bounds; 5],
}

impl Regions {
    /// Computes the regions of a declared maximum `C_max` and a lowest concurrency `C_min`.
    pub fn new(c_max: &BigInt, c_min: &BigInt, parameters: RegionParametersV15) -> Result<Self, RegionError> {
        let most = parameters.greatest_c_min;
        if *c_min < BigInt::from(1) || *c_min > BigInt::from(most) {
            return Err(RegionError::CMin {
                given: c_min.clone(),
                most,
            });
        }
        if *c_max <= BigInt::from(most) {
            return Err(RegionError::TooLow {
                given: c_max.clone(),
                least: most,
            });
        }
        let ends = Ends::new(c_max, c_min, parameters.margin)?;
        let bounds = [
            Bounds::new(1, c_min.clone()),
            Bounds::new(c_min + 1, ends.low.clone()),
            Bounds::new(ends.low + 1, ends.med.clone()),
            Bounds::new(ends.med + 1, c_max.clone()),
            Bounds::new(c_max + 1, ends.margin),
        ];
        Ok(Self { bounds })
    }

    /// The bounds of a region.
    pub fn bounds(&self, region: Region) -> &Bounds {
        let [low_latency, low, med, high, margin] = &self.bounds;
        match region {
            Region::LowLatency => low_latency,
            Region::LowConcurrency => low,
            Region::MedConcurrency => med,
            Region::HighConcurrency => high,
            Region::Margin => margin,
        }
    }

    /// The region of a concurrency; `None` below 1 and above the margin.
    pub fn classify(&self, concurrency: &BigInt) -> Option<Region> {
        Region::ALL
            .into_iter()
            .find(|region| self.bounds(*region).contains(concurrency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: RegionParametersV15 = RegionParametersV15 {
        greatest_c_min: 32,
        margin: 1.1,
    };

    fn regions(c_max: i64, c_min: i64) -> Result<Regions, RegionError> {
        Regions::new(&c_max.into(), &c_min.into(), PARAMETERS)
    }

    /// Ends of Low, Med and the margin for one `C_max` and the `C_min` of the table's columns.
    fn check(c_max: i64, margin: i64, columns: [(i64, i64); 5]) {
        for (c_min, (low, med)) in [1, 4, 8, 16, 32].into_iter().zip(columns) {
            let regions = regions(c_max, c_min).unwrap();
            let mut start = 1;
            for (region, end) in Region::ALL.into_iter().zip([c_min, low, med, c_max, margin]) {
                let expected = Bounds::new(start, end.into());
                assert_eq!(
                    *regions.bounds(region),
                    expected,
                    "{c_max}, {c_min}, {}",
                    region.name()
                );
                start = end + 1;
            }
        }
    }

    /// The table of the specification.
    #[test]
    fn bounds_are_those_of_the_rules_table() {
        check(33, 37, [(4, 11), (7, 13), (11, 17), (19, 23), (33, 33)]);
        check(64, 71, [(5, 17), (8, 19), (12, 23), (20, 29), (35, 42)]);
        check(100, 111, [(6, 22), (9, 25), (13, 28), (20, 35), (36, 49)]);
        check(256, 282, [(7, 41), (10, 44), (14, 47), (22, 55), (38, 69)]);
        check(
            1000,
            1100,
            [(11, 101), (14, 104), (18, 107), (26, 115), (42, 130)],
        );
        check(
            1024,
            1127,
            [(11, 103), (14, 105), (18, 109), (26, 117), (42, 131)],
        );
        check(
            4096,
            4506,
            [(17, 257), (20, 260), (24, 264), (32, 271), (48, 287)],
        );
        check(
            10000,
            11000,
            [(23, 465), (26, 468), (30, 472), (38, 480), (54, 495)],
        );
    }

    #[test]
    fn only_three_pairs_have_an_empty_region() {
        let empty = |c_max: i64, c_min: i64| {
            let regions = regions(c_max, c_min).unwrap();
            Region::ALL
                .into_iter()
                .any(|region| regions.bounds(region).is_empty())
        };
        let pairs: Vec<(i64, i64)> = (33..400)
            .flat_map(|c_max| (1..=32).map(move |c_min| (c_max, c_min)))
            .filter(|(c_max, c_min)| empty(*c_max, *c_min))
            .collect();
        assert_eq!(pairs, [(33, 31), (33, 32), (34, 32)]);
    }

    #[test]
    fn the_margin_is_not_high_concurrency() {
        let regions = regions(64, 32).unwrap();
        assert_eq!(regions.classify(&64.into()), Some(Region::HighConcurrency));
        assert_eq!(regions.classify(&65.into()), Some(Region::Margin));
        assert_eq!(regions.classify(&72.into()), None);
        assert_eq!(regions.classify(&0.into()), None);
    }

    /// The reference adds `C_min` before it rounds; ends beyond 2^53 show it.
    #[test]
    fn ends_are_rounded_after_the_sum() {
        let c_max = BigInt::from(10).pow(90);
        let regions = Regions::new(&c_max, &BigInt::from(7), PARAMETERS).unwrap();
        let end = &regions.bounds(Region::MedConcurrency).end;
        assert!((end % 4) == BigInt::ZERO, "{end} is a double of that size");
    }

    #[test]
    fn bad_bounds_are_errors() {
        assert!(matches!(regions(64, 0), Err(RegionError::CMin { .. })));
        assert!(matches!(regions(64, 33), Err(RegionError::CMin { .. })));
        assert!(matches!(regions(32, 8), Err(RegionError::TooLow { .. })));
        let huge = BigInt::from(10).pow(400);
        assert!(matches!(
            Regions::new(&huge, &8.into(), PARAMETERS),
            Err(RegionError::TooHigh { .. })
        ));
    }
}
