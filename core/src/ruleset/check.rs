//! A ruleset's numbers are checked once, when it is loaded, so that no rule has to.

use super::{AccuracyTarget, Bound, CountRange, RuleSetError, StoredValue};

/// Everything that must hold of a ruleset's values, and what of it does not.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<RuleSetError>);

impl Numbers {
    /// One number, finite and at least so much.
    pub(super) fn at_least(&mut self, least: f64, field: impl Into<String>, number: f64) {
        if !number.is_finite() || number < least {
            let least = if least <= f64::MIN {
                String::new()
            } else {
                format!(" of at least {least}")
            };
            self.refuse(field, format!("is {number}; it must be a finite number{least}"));
        }
    }

    /// Puts down what can't be used.
    pub(super) fn refuse(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(RuleSetError::Unusable {
            field: field.into(),
            message: message.into(),
        });
    }

    /// An ordered pair.
    pub(super) fn range(&mut self, field: &str, from: f64, to: f64) {
        if from > to {
            self.refuse(
                field,
                format!("goes from {from} to {to}; nothing can lie in that"),
            );
        }
    }

    /// The number of points that a curve may have.
    pub(super) fn counts(&mut self, field: &str, counts: CountRange) {
        if counts.min > counts.max {
            self.refuse(
                field,
                format!(
                    "goes from {} to {}; no count lies in that",
                    counts.min, counts.max
                ),
            );
        }
    }

    /// Fragments that are looked for in a squashed name.
    pub(super) fn fragments<'a>(&mut self, field: &str, fragments: impl IntoIterator<Item = &'a str>) {
        let mut any = false;
        for fragment in fragments {
            any = true;
            let squashed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            if fragment.is_empty() || !fragment.chars().all(squashed) {
                self.refuse(
                    field,
                    format!(
                        "holds `{fragment}`, which can never match: names are compared in lower case, without \
                         anything but a to z and 0 to 9"
                    ),
                );
            }
        }
        if !any {
            self.refuse(field, "is empty; it would match every name");
        }
    }

    /// Names that are compared in lower case.
    pub(super) fn lower_case(&mut self, field: &str, name: &str) {
        if name.is_empty() || name.to_lowercase() != name {
            self.refuse(
                field,
                format!("is `{name}`; names are compared in lower case, so it can never match"),
            );
        }
    }

    /// The limits of stored values.
    pub(super) fn stored_value(&mut self, limits: StoredValue) {
        self.at_least(0.0, "stored_value.tolerance_ratio", limits.tolerance_ratio);
        self.at_least(f64::MIN_POSITIVE, "stored_value.floor", limits.floor);
    }

    /// Accuracy targets: what they match, and the bounds.
    pub(super) fn accuracy(&mut self, targets: &[AccuracyTarget]) {
        for target in targets {
            let model = target.fragments.join("+");
            self.fragments(
                &format!("accuracy.{model}.fragments"),
                target.fragments.iter().map(String::as_str),
            );
            if target.metrics.is_empty() {
                self.refuse(
                    format!("accuracy.{model}.metrics"),
                    "is empty; nothing would be judged",
                );
            }
            for metric in &target.metrics {
                let name = format!("accuracy.{model}.metrics.{}", metric.name);
                let (lower, upper) = (metric.lower.value(), metric.upper.map(Bound::value));
                self.lower_case(&format!("{name}.name"), &metric.name);
                self.at_least(f64::MIN, format!("{name}.lower"), lower);
                if let Some(upper) = upper {
                    self.at_least(f64::MIN, format!("{name}.upper"), upper);
                    self.range(&name, lower, upper);
                }
            }
        }
    }

    /// The first that can't be used.
    pub(super) fn check(self) -> Result<(), RuleSetError> {
        self.0.into_iter().next().map_or(Ok(()), Err)
    }
}
