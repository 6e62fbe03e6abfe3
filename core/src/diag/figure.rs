//! Numbers for people: without the noise of binary fractions, and with digits enough to differ from the limit.

use std::fmt;

/// Significant digits of a computed number.
const DIGITS: usize = 9;

/// Most digits that a double holds.
const ALL_DIGITS: usize = 17;

/// Whole numbers below this are exact in a double.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// A computed number, shown to 9 significant digits: 0.1 + 0.2 is `0.3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    value: f64,
    digits: usize,
}

impl Figure {
    /// A number by itself.
    pub fn new(value: f64) -> Self {
        Self {
            value,
            digits: DIGITS,
        }
    }

    /// A number with all its digits, as a file gives it.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            digits: ALL_DIGITS,
        }
    }

    /// A number beside another one, with digits enough that they look different if they are.
    pub fn beside(value: f64, other: f64) -> Self {
        let mut digits = DIGITS;
        let shown = |value: f64, digits: usize| Self { value, digits }.to_string();
        while digits < ALL_DIGITS
            && value.to_bits() != other.to_bits()
            && shown(value, digits) == shown(other, digits)
        {
            digits = digits.saturating_add(1);
        }
        Self { value, digits }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, digits } = *self;
        if !value.is_finite() {
            return write!(f, "{value}");
        }
        // Whole numbers are counts; a count is not rounded.
        if value.fract().abs() < f64::MIN_POSITIVE && value.abs() < LARGEST_COUNT {
            return write!(f, "{value}");
        }
        let shortest = format!("{value:e}");
        let mantissa = shortest.split('e').next().unwrap_or_default();
        let held = mantissa.bytes().filter(u8::is_ascii_digit).count();
        let rounded = if held <= digits {
            value
        } else {
            let text = format!("{value:.*e}", digits.saturating_sub(1));
            text.parse().unwrap_or(value)
        };
        let magnitude = rounded.abs();
        if magnitude > 0.0 && !(1e-6..1e16).contains(&magnitude) {
            write!(f, "{rounded:e}")
        } else {
            write!(f, "{rounded}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn noise_of_binary_fractions_is_not_shown() {
        for (value, shown) in [
            (0.1 + 0.2, "0.3"),
            (600.0, "600"),
            (1.0 / 3.0, "0.333333333"),
            (598.2, "598.2"),
            (1e300, "1e300"),
            (-2.5e-9, "-2.5e-9"),
            (0.0, "0"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (123_456_789_012.0, "123456789012"),
            (-0.0, "-0"),
            (123_456_789_012.25, "123456789000"),
        ] {
            assert_eq!(Figure::new(value).to_string(), shown);
        }
    }

    #[test]
    fn different_numbers_look_different_beside_each_other() {
        let (value, limit) = (599.999_999_999, 600.0);
        assert_eq!(Figure::new(value).to_string(), "600");
        assert_eq!(Figure::beside(value, limit).to_string(), "599.999999999");
        let above = f64::from_bits(600.0_f64.to_bits() + 1);
        assert_eq!(Figure::beside(above, limit).to_string(), "600.0000000000001");
        assert_eq!(Figure::beside(limit, limit).to_string(), "600");
    }
}
