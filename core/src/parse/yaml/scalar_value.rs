//! The value of a scalar once its type is known; `None` where the reference crashes or refuses it.

use super::super::python_number::int_of_radix;
use super::super::{BigInt, big_int_to_f64, parse_python_float};

/// Parts of a base-60 integer that we are willing to read: their value has as many digits as the longest decimal one.
const BASE_60_MAX_PARTS: usize = 2418;

/// `yes`, `no`, `true`, `false`, `on`, `off` in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

/// An integer: decimal, `0b`, `0x`, octal with a leading zero, base 60 with colons; underscores mean nothing.
pub(super) fn int(text: &str) -> Option<BigInt> {
    let text = text.replace('_', "");
    let (negative, digits) = split_sign(&text);
    let magnitude = if digits.is_empty() {
        return None;
    } else if digits == "0" {
        BigInt::ZERO
    } else if let Some(binary) = digits.strip_prefix("0b") {
        int_of_radix(binary, 2)?
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        int_of_radix(hexadecimal, 16)?
    } else if digits.starts_with('0') {
        int_of_radix(digits, 8)?
    } else if digits.contains(':') {
        int_of_base_60(digits)?
    } else {
        int_of_radix(digits, 10)?
    };
    BigInt::ZERO
        .checked_sub(&magnitude)
        .map(|negated| if negative { negated } else { magnitude })
}

fn int_of_base_60(text: &str) -> Option<BigInt> {
    if text.split(':').count() > BASE_60_MAX_PARTS {
        return None;
    }
    text.split(':').try_fold(BigInt::ZERO, |value, part| {
        value
            .checked_mul(&BigInt::from(60))?
            .checked_add(&int_of_radix(part, 10)?)
    })
}

/// A float: decimal, `.inf`, `.nan`, base 60 with colons; underscores mean nothing.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let (negative, digits) = split_sign(&text);
    if text.is_empty() {
        return None;
    }
    let magnitude = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => return Some(f64::NAN),
        _ if digits.contains(':') => float_of_base_60(digits)?,
        _ => parse_python_float(digits)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Adds up from the last part on, as the reference does, since the order decides the rounding.
fn float_of_base_60(text: &str) -> Option<f64> {
    let mut value = 0.0;
    let mut base = BigInt::from(1);
    for part in text.rsplit(':') {
        value += parse_python_float(part)? * big_int_to_f64(&base)?;
        base = base.checked_mul(&BigInt::from(60))?;
    }
    Some(value)
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Base 64 as Python's lenient decoder reads it: other characters are skipped, text after the padding is ignored.
pub(super) fn binary(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut bits: u32 = 0;
    let mut sextets: usize = 0;
    let mut padding: usize = 0;
    for byte in text.bytes() {
        if byte == b'=' {
            if sextets >= 2 {
                padding = padding.saturating_add(1);
                if sextets.saturating_add(padding) >= 4 {
                    return Some(bytes);
                }
            }
            continue;
        }
        let Some(sextet) = sextet(byte) else { continue };
        padding = 0;
        bits = (bits << 6) | u32::from(sextet);
        sextets = sextets.saturating_add(1) % 4;
        // Each sextet but the first of four completes a byte.
        let unused = match sextets {
            2 => 4,
            3 => 2,
            0 => 0,
            _ => continue,
        };
        bytes.extend(u8::try_from((bits >> unused) & 0xFF));
        bits &= 0xFF;
    }
    (sextets == 0).then_some(bytes)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => byte.checked_sub(b'A'),
        b'a'..=b'z' => byte.checked_sub(b'a')?.checked_add(26),
        b'0'..=b'9' => byte.checked_sub(b'0')?.checked_add(52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers() {
        for (text, expected) in [
            ("010", 8),
            ("0x10", 16),
            ("0b101", 5),
            ("1_6", 16),
            ("1:20", 80),
            ("12:30:45", 45045),
            ("-0x1F", -31),
            ("+1_", 1),
            ("0_", 0),
            ("0o17", 15),
            ("-1:20", -80),
            ("0__7", 7),
        ] {
            assert_eq!(int(text), Some(BigInt::from(expected)), "{text}");
        }
        for text in ["", "_", "-", "0b_", "0x", "08", "a", "1.0", "1:x", "1:"] {
            assert_eq!(int(text), None, "{text}");
        }
        assert!(int(&"1:".repeat(100_000)).is_none());
    }

    #[test]
    fn reads_floats() {
        for (text, expected) in [
            ("1.0e+1", 10.0),
            (".5", 0.5),
            ("0.1_2", 0.12),
            ("-.INF", f64::NEG_INFINITY),
            ("1:20.5", 80.5),
            ("1e1", 10.0),
            ("-1.5", -1.5),
            ("inf", f64::INFINITY),
            ("5", 5.0),
        ] {
            assert_eq!(float(text).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
        assert!(float(".NaN").is_some_and(f64::is_nan));
        for text in ["", "_", "-", "x", "1:", "1.5.5"] {
            assert_eq!(float(text), None, "{text}");
        }
        assert_eq!(float(&format!("1{}.0", ":0".repeat(200))), None);
    }

    #[test]
    fn reads_base_64() {
        for (text, expected) in [
            ("aGVsbG8=", "hello"),
            ("aGVs\n bG8=", "hello"),
            ("aGk=aGk=", "hi"),
            ("", ""),
            ("=", ""),
            ("a*Gk=", "hi"),
        ] {
            assert_eq!(binary(text).as_deref(), Some(expected.as_bytes()), "{text}");
        }
        for text in ["aGVsbG8", "a", "aG", "é"] {
            assert_eq!(binary(text), None, "{text}");
        }
    }
}
