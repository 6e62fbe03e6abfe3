//! Electrical power as pure arithmetic: from a power descriptor and what a description says to watts (appendices D and
//! E). Nothing here reports; rules put the results into words.

mod defaults;
mod described;
mod engagement;
mod provision;

pub use described::{Described, NodeFacts};
pub use engagement::{Engagement, Parallelism, Used, parallelism, point_kw, used_nodes};
pub use provision::{Assessment, Provision, SetPower, assess};

/// A number rounded to 2 decimals as Python's `round` does: to nearest by the exact value, ties to even.
pub(super) fn round2(number: f64) -> f64 {
    // The shortest way to exact decimal rounding; the text is that of a number.
    format!("{number:.2}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::round2;

    fn check(number: f64, rounded: f64) {
        assert!(
            round2(number).total_cmp(&rounded).is_eq(),
            "{number}: {}",
            round2(number)
        );
    }

    #[test]
    fn rounding_is_by_the_exact_value_with_ties_to_even() {
        check(0.125, 0.12);
        check(0.375, 0.38);
        check(2.675, 2.67);
        check(1.005, 1.0);
        check(f64::INFINITY, f64::INFINITY);
    }
}
