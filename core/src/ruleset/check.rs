//! A ruleset's numbers are checked once, when it is loaded, so that no rule has to.

use super::{AccuracyTarget, Bound, RuleSetError, StoredValue};

/// Numbers with their names and least values.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<(String, f64, f64)>);

impl Numbers {
    /// One number.
    pub(super) fn at_least(&mut self, least: f64, field: impl Into<String>, number: f64) {
        self.0.push((field.into(), number, least));
    }

    /// The limits of stored values.
    pub(super) fn stored_value(&mut self, limits: StoredValue) {
        self.at_least(0.0, "stored_value.tolerance_ratio", limits.tolerance_ratio);
        self.at_least(f64::MIN_POSITIVE, "stored_value.floor", limits.floor);
    }

    /// The bounds of accuracy targets.
    pub(super) fn accuracy(&mut self, targets: &[AccuracyTarget]) {
        for target in targets {
            for metric in &target.metrics {
                let name = format!("accuracy {:?} {}", target.fragments, metric.name);
                self.at_least(f64::MIN, format!("{name} lower"), metric.lower.value());
                if let Some(upper) = metric.upper.map(Bound::value) {
                    self.at_least(f64::MIN, format!("{name} upper"), upper);
                }
            }
        }
    }

    /// The first number that is not finite, or too small.
    pub(super) fn check(self) -> Result<(), RuleSetError> {
        for (field, number, least) in self.0 {
            if !number.is_finite() || number < least {
                let message = format!("is {number}; it must be a finite number of at least {least}");
                return Err(RuleSetError::Unusable { field, message });
            }
        }
        Ok(())
    }
}
