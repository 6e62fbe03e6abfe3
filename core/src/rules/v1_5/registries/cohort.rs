//! Cohorts: two a month, `YYYY-MM-C0` and `YYYY-MM-C1`.

use std::fmt;

use crate::coerce::decimal_digit;
use crate::rules::model_name::trim;

/// A cohort, as the number of cohorts since year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Cohort(u32);

impl Cohort {
    /// Reads a cohort, blanks around it forgiven.
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        let (year, month, half) = parts(trim(text))?;
        let month = month.checked_sub(1).filter(|month| *month < 12)?;
        year.checked_mul(24)?
            .checked_add(month.checked_mul(2)?)?
            .checked_add(half)
            .map(Self)
    }

    /// The cohort so many cohorts later.
    pub(in super::super) fn later(self, cohorts: u32) -> Self {
        Self(self.0.saturating_add(cohorts))
    }
}

impl fmt::Display for Cohort {
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "divisors are not 0, and a month is below 12"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, rest) = (self.0 / 24, self.0 % 24);
        write!(f, "{year:04}-{:02}-C{}", rest / 2 + 1, rest % 2)
    }
}

/// Whether text has a cohort's form; its month may be any two digits.
pub(in super::super) fn is_cohort_text(text: &str) -> bool {
    parts(text).is_some()
}

/// Year, month and half. Digits of any script count, as in the reference.
fn parts(text: &str) -> Option<(u32, u32, u32)> {
    let mut fields = text.split('-');
    let (year, month, half) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    let half = match half {
        "C0" => 0,
        "C1" => 1,
        _ => return None,
    };
    Some((number(year, 4)?, number(month, 2)?, half))
}

fn number(text: &str, digits: usize) -> Option<u32> {
    if text.chars().count() != digits {
        return None;
    }
    text.chars().try_fold(0_u32, |number, digit| {
        number.checked_mul(10)?.checked_add(decimal_digit(digit)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, cohorts: u32, to: &str) {
        assert_eq!(Cohort::parse(from).unwrap().later(cohorts).to_string(), to);
    }

    #[test]
    fn two_cohorts_make_a_month() {
        check("2026-10-C1", 0, "2026-10-C1");
        check("2026-10-C1", 1, "2026-11-C0");
        check("2026-12-C0", 2, "2027-01-C0");
        check(" 2026-12-C1 ", 1, "2027-01-C0");
    }

    #[test]
    fn the_form_is_exact_but_the_month_of_a_text_is_not_checked() {
        for bad in [
            "2026-10",
            "2026-10-C2",
            "2026-1-C0",
            "26-10-C0",
            "2026-10-C0-",
            "2026-10-c0",
            "",
        ] {
            assert!(!is_cohort_text(bad), "{bad}");
        }
        assert!(is_cohort_text("2026-13-C0") && Cohort::parse("2026-13-C0").is_none());
        assert!(is_cohort_text("\u{662}\u{660}26-10-C0"));
    }
}
