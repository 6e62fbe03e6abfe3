//! A run's options, checked without sending anything.

use super::config_yaml::config_yaml;
use super::prepare::prepare;
use super::{RunError, RunOptions};

/// What options come to.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Rows of the dataset.
    pub n_rows: usize,
    /// The resolved configuration, as a run writes it.
    pub config_yaml: String,
}

/// Checks everything that a run checks before it connects: values, key, cores, dataset.
pub fn check(options: &RunOptions) -> Result<Checked, RunError> {
    let prepared = prepare(options)?;
    Ok(Checked {
        n_rows: prepared.bodies.len(),
        config_yaml: config_yaml(options),
    })
}
