//! Regions and verdict, by the same rules as `runbench check`.

use std::path::Path;

use num_bigint::BigInt;
use runbench_core::check::{Report, check};
use runbench_core::region::RegionError;
use runbench_core::region::v0_1::{Region, Regions};
use runbench_core::ruleset::{Parameters, RuleSet, RuleSetError};

use super::point::MAX_SUPPORTED_CONCURRENCY;
use crate::disk::DiskTree;

/// The ruleset whose layout the demo writes.
pub const RULESET: &str = "v0.1";

/// Why there is no verdict: a fault of the program, not of its user.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The embedded ruleset.
    #[error(transparent)]
    RuleSet(#[from] RuleSetError),
    /// The declared maximum.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The ruleset's layout.
    #[error("ruleset {RULESET} does not judge the demo's layout")]
    Layout,
    /// A concurrency beyond every region.
    #[error("concurrency {0} lies in no region")]
    OutOfRange(u32),
}

/// Checks a submission folder.
pub fn judge(submission: &Path) -> Result<Report, JudgeError> {
    let ruleset = RuleSet::embedded(RULESET)?;
    Ok(check(
        &DiskTree::new(submission),
        &submission.to_string_lossy(),
        &ruleset,
    ))
}

/// Name of the region of each concurrency, for the maximum that the demo declares.
pub fn region_names(concurrencies: &[u32]) -> Result<Vec<&'static str>, JudgeError> {
    let ruleset = RuleSet::embedded(RULESET)?;
    let Parameters::SubmissionV01(parameters) = &ruleset.parameters else {
        return Err(JudgeError::Layout);
    };
    let regions = Regions::new(&BigInt::from(MAX_SUPPORTED_CONCURRENCY), parameters.regions)?;
    let name = |concurrency: &u32| {
        let region = regions.classify(&BigInt::from(*concurrency));
        region
            .map(Region::name)
            .ok_or(JudgeError::OutOfRange(*concurrency))
    };
    concurrencies.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::point::CONCURRENCIES;
    use super::*;

    #[test]
    fn the_sweep_covers_every_region_with_points_enough() {
        let names = region_names(&CONCURRENCIES).unwrap();
        for region in Region::ALL {
            assert!(names.contains(&region.name()), "{}", region.name());
        }
        assert!(names.len() >= 7);
        assert!(matches!(region_names(&[1000]), Err(JudgeError::OutOfRange(1000))));
    }
}
