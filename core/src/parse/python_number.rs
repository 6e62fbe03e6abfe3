//! Numbers in text as Python's `int(text)` and `float(text)` read them.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{ToPrimitive, Zero};

/// Decimal digits that Python converts to an integer; more is an error.
pub const MAX_DIGITS: usize = 4300;

/// The zeros of Unicode 14's decimal digits beyond ASCII (Python 3.11); nine more digits follow each.
const ZEROS: [u32; 65] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140,
    0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The value, 0 to 9, of a decimal digit of any script.
pub fn decimal_digit(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = u32::from(character);
    let later = ZEROS.partition_point(|zero| *zero <= code);
    let zero = ZEROS.get(later.checked_sub(1)?)?;
    code.checked_sub(*zero).filter(|digit| *digit < 10)
}

/// An integer as Python's `int(text)` reads it: blanks around it, a sign, digits of any script, single underscores
/// between them, at most [`MAX_DIGITS`] digits.
pub fn parse_python_int(text: &str) -> Option<BigInt> {
    int_of_radix(text, 10)
}

/// An integer as Python's `int(text, radix)` reads it, for the radixes 2, 8, 10 and 16.
pub(super) fn int_of_radix(text: &str, radix: u32) -> Option<BigInt> {
    let plain = in_ascii(text)?;
    let (negative, unsigned) = split_sign(plain.trim_matches(is_blank));
    let prefix = match radix {
        2 => Some(["0b", "0B"]),
        8 => Some(["0o", "0O"]),
        16 => Some(["0x", "0X"]),
        _ => None,
    };
    let tail = prefix.and_then(|[lower, upper]| {
        unsigned
            .strip_prefix(lower)
            .or_else(|| unsigned.strip_prefix(upper))
    });
    let digits = match tail {
        Some(tail) => tail.strip_prefix('_').unwrap_or(tail),
        None => unsigned,
    };
    let digits = without_underscores(digits, |byte| char::from(byte).is_digit(radix))?;
    if !digits.bytes().all(|byte| char::from(byte).is_digit(radix))
        || (radix == 10 && digits.len() > MAX_DIGITS)
    {
        return None;
    }
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    Some(BigInt::from_biguint(
        sign,
        BigUint::parse_bytes(digits.as_bytes(), radix)?,
    ))
}

/// A float as Python's `float(text)` reads it: as [`parse_python_int`], with a fraction and an exponent, or `inf`,
/// `infinity`, `nan` in any case. Too large is infinite.
pub fn parse_python_float(text: &str) -> Option<f64> {
    // As most are written: nothing to translate.
    if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'_') {
        return text.parse().ok();
    }
    let plain = in_ascii(text)?;
    without_underscores(plain.trim_matches(is_blank), |byte| byte.is_ascii_digit())?
        .parse()
        .ok()
}

/// The nearest float, ties to even; `None` if the integer is beyond the range of floats, where Python raises
/// `OverflowError`.
pub fn big_int_to_f64(integer: &BigInt) -> Option<f64> {
    integer
        .to_f64()
        .filter(|float| float.is_finite() || integer.is_zero())
}

/// Whether Python writes an integer out in decimal: one of more than [`MAX_DIGITS`] digits, which only hexadecimal and the
/// like can give, or a sum, is a `ValueError`.
pub fn python_writes(integer: &BigInt) -> bool {
    // Bits of the least integer with more digits.
    const BITS: u64 = 14_285;
    let most = u32::try_from(MAX_DIGITS).unwrap_or(u32::MAX);
    integer.bits() < BITS || *integer.magnitude() < BigUint::from(10_u8).pow(most)
}

/// What Python's C code takes for a blank once other scripts' blanks have become spaces.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

/// Digits of any script as ASCII digits and blanks of any script as spaces; `None` if something else remains.
fn in_ascii(text: &str) -> Option<String> {
    text.chars()
        .map(|character| {
            if character.is_ascii() {
                Some(character)
            } else if character.is_whitespace() {
                Some(' ')
            } else {
                decimal_digit(character).and_then(|digit| char::from_digit(digit, 10))
            }
        })
        .collect()
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    }
}

/// Takes out underscores; `None` if one doesn't stand between two digits.
fn without_underscores(text: &str, is_digit: impl Fn(u8) -> bool) -> Option<String> {
    let mut before = None;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'_' && !(before.is_some_and(&is_digit) && bytes.peek().copied().is_some_and(&is_digit)) {
            return None;
        }
        before = Some(byte);
    }
    Some(text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> Option<String> {
        parse_python_int(text).map(|integer| integer.to_string())
    }

    #[test]
    fn reads_integers_as_python_does() {
        for (text, expected) in [
            ("1_0", "10"),
            ("\u{a0}1", "1"),
            ("-\u{661}", "-1"),
            ("\u{2003}-1\u{2003}", "-1"),
            ("0_0", "0"),
            ("\n+7\t", "7"),
            ("0005", "5"),
        ] {
            assert_eq!(int(text).as_deref(), Some(expected), "{text:?}");
        }
        for text in [
            "", "_1", "1_", "1__0", "+ 1", "1\0", "\u{1f}1", "0x1", "1.0", "--1", "\u{b2}",
        ] {
            assert_eq!(int(text), None, "{text:?}");
        }
    }

    #[test]
    fn counts_leading_zeros_as_digits() {
        assert!(int(&"9".repeat(4300)).is_some());
        assert!(int(&"9".repeat(4301)).is_none());
        assert!(int(&format!("{}1", "0".repeat(4300))).is_none());
    }

    #[test]
    fn reads_other_radixes_with_their_prefix() {
        for (text, radix, expected) in [
            ("0x_1", 16, 1),
            ("0o17", 8, 15),
            ("0b1", 2, 1),
            (" 0X1f ", 16, 31),
            ("0b1", 16, 177),
        ] {
            assert_eq!(
                int_of_radix(text, radix),
                Some(BigInt::from(expected)),
                "{text:?}"
            );
        }
        for (text, radix) in [("0x", 16), ("0_x1", 16), ("00x1", 16), ("0x1", 8), ("8", 8)] {
            assert_eq!(int_of_radix(text, radix), None, "{text:?}");
        }
    }

    #[test]
    fn reads_floats_as_python_does() {
        for (text, expected) in [
            ("1_0.0_1", 10.01),
            ("\u{661}.\u{662}", 1.2),
            ("-Infinity", f64::NEG_INFINITY),
            ("1e400", f64::INFINITY),
            ("5.", 5.0),
            (".5", 0.5),
            ("1e1_0", 1e10),
        ] {
            assert_eq!(
                parse_python_float(text).map(f64::to_bits),
                Some(expected.to_bits()),
                "{text:?}"
            );
        }
        assert!(parse_python_float("+nan").is_some_and(f64::is_nan));
        for text in [
            "", ".", "1_.5", "1._5", "1_e5", "in_f", "infinit", "0x1p3", "1 2", "\u{1f}1", "+-1",
        ] {
            assert_eq!(parse_python_float(text), None, "{text:?}");
        }
    }

    #[test]
    fn rounds_large_integers_to_even() {
        let two_53 = BigInt::from(1_u64 << 53);
        assert_eq!(big_int_to_f64(&(&two_53 + 1)), Some(9_007_199_254_740_992.0));
        assert_eq!(big_int_to_f64(&(&two_53 + 3)), Some(9_007_199_254_740_996.0));
        let above_tie: BigInt = (BigInt::from(1) << 100) + (BigInt::from(1) << 47) + 1;
        assert_eq!(
            big_int_to_f64(&above_tie),
            Some(libm::exp2(100.0) + libm::exp2(48.0))
        );
    }

    #[test]
    fn writes_out_4300_digits_at_most() {
        let least: BigInt = BigInt::from(10).pow(4300);
        assert!(python_writes(&(&least - 1)) && python_writes(&(1 - &least)));
        assert!(!python_writes(&least) && !python_writes(&-least));
    }

    #[test]
    fn overflows_where_python_does() {
        let edge: BigInt = (BigInt::from(1) << 1024) - (BigInt::from(1) << 970);
        assert_eq!(big_int_to_f64(&edge), None);
        assert_eq!(big_int_to_f64(&(&edge - 1)), Some(f64::MAX));
        assert_eq!(big_int_to_f64(&(BigInt::from(1) - edge)), Some(f64::MIN));
    }
}
