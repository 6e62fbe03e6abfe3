//! Numbers, booleans and text: what the reference's lax mode takes for what.

use num_bigint::{BigUint, Sign};
use num_traits::{FromPrimitive, One, Zero};

use super::{FaultKind, Field};
use crate::parse::{BigInt, MAX_DIGITS, Node, Value, big_int_to_f64, parse_python_float, parse_python_int};

/// Floats of this magnitude and more are not taken for integers: 2^63.
const INT_FROM_FLOAT_LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// An integer of any size; also a float without a fraction, decimal digits in text, and a boolean as 1 or 0.
pub fn int(field: Field<'_>) -> Option<BigInt> {
    match &field.node.value {
        Value::Int(integer) => Some(integer.clone()),
        Value::Bool(flag) => Some(BigInt::from(*flag)),
        Value::Float(float) => int_of_float(field, *float),
        Value::Str(text) => int_of_text(field, text),
        Value::LoneSurrogate(_) => broken_text(field),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => int_of_text(field, text),
            Err(_) => field.fault(
                FaultKind::IntParsing,
                "expected an integer, found bytes that are no text",
            ),
        },
        other => field.fault(
            FaultKind::IntType,
            format!("expected an integer, found {}", other.name()),
        ),
    }
}

/// An integer, where text is read by Python's rules first: digits of other scripts pass too.
pub fn int_by_python(field: Field<'_>) -> Option<BigInt> {
    match &field.node.value {
        Value::Str(text) => parse_python_int(text).or_else(|| int(field)),
        _ => int(field),
    }
}

/// A float, NaN and infinities included; also an integer within the range, numeric text, and a boolean as 1 or 0.
pub fn float(field: Field<'_>) -> Option<f64> {
    match &field.node.value {
        Value::Float(float) => Some(*float),
        Value::Int(integer) => match big_int_to_f64(integer) {
            Some(float) => Some(float),
            None => field.fault(
                FaultKind::FloatType,
                "the integer is beyond the range of a 64-bit float",
            ),
        },
        Value::Bool(flag) => Some(f64::from(*flag)),
        Value::Str(text) => float_of_text(field, text),
        Value::LoneSurrogate(_) => broken_text(field),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => float_of_text(field, text),
            Err(_) => field.fault(
                FaultKind::FloatParsing,
                "expected a number, found bytes that are no text",
            ),
        },
        other => field.fault(
            FaultKind::FloatType,
            format!("expected a number, found {}", other.name()),
        ),
    }
}

/// A float, where text is read by Python's rules first: digits of other scripts pass too.
pub fn float_by_python(field: Field<'_>) -> Option<f64> {
    match &field.node.value {
        Value::Str(text) => parse_python_float(text).or_else(|| float(field)),
        _ => float(field),
    }
}

/// A boolean; also 1 and 0, and the usual words in any case.
pub fn boolean(field: Field<'_>) -> Option<bool> {
    let unknown = |shown: String| {
        let message = format!("expected a boolean, found {shown}; write `true` or `false`");
        field.fault(FaultKind::BoolParsing, message)
    };
    let of_text = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => unknown(format!("`{}`", shortened(text))),
    };
    match &field.node.value {
        Value::Bool(flag) => Some(*flag),
        Value::Int(integer) if integer.is_zero() => Some(false),
        Value::Int(integer) if integer.is_one() => Some(true),
        Value::Int(integer) if i64::try_from(integer).is_ok() => unknown(integer.to_string()),
        Value::Float(float) if float.fract() == 0.0 && float.abs() < INT_FROM_FLOAT_LIMIT => {
            match (float.partial_cmp(&0.0), float.partial_cmp(&1.0)) {
                (Some(std::cmp::Ordering::Equal), _) => Some(false),
                (_, Some(std::cmp::Ordering::Equal)) => Some(true),
                _ => unknown(float.to_string()),
            }
        }
        Value::Str(text) => of_text(text),
        Value::LoneSurrogate(_) => broken_text(field),
        Value::Bytes(bytes) => of_text(std::str::from_utf8(bytes).unwrap_or_default()),
        other => field.fault(
            FaultKind::BoolType,
            format!("expected a boolean, found {}", other.name()),
        ),
    }
}

/// Text and nothing else.
pub fn string(field: Field<'_>) -> Option<String> {
    match &field.node.value {
        Value::Str(text) | Value::LoneSurrogate(text) => Some(text.clone()),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(_) => field.fault(FaultKind::Unworded, "expected text, found bytes that are no text"),
        },
        other => field.fault(
            FaultKind::StringType,
            format!("expected text, found {}", other.name()),
        ),
    }
}

/// Anything, as it was parsed.
pub fn raw(field: Field<'_>) -> Option<Node> {
    Some(field.node.clone())
}

/// The fault of text that is no Unicode where the reference looks into the text.
pub(super) fn broken_text<T>(field: Field<'_>) -> Option<T> {
    field.fault(FaultKind::Unworded, "the text holds a lone surrogate")
}

/// At most 40 characters of a text, for a message.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn int_of_float(field: Field<'_>, float: f64) -> Option<BigInt> {
    if !float.is_finite() {
        return field.fault(FaultKind::Unworded, format!("expected an integer, found {float}"));
    }
    if float.fract() != 0.0 {
        return field.fault(
            FaultKind::IntFromFloat,
            format!("expected an integer, {float} has a fraction"),
        );
    }
    match BigInt::from_f64(float).filter(|_| float.abs() < INT_FROM_FLOAT_LIMIT) {
        Some(integer) => Some(integer),
        None => field.fault(
            FaultKind::Unworded,
            format!("{float:e} is too large for an integer written as a float"),
        ),
    }
}

fn int_of_text(field: Field<'_>, text: &str) -> Option<BigInt> {
    // The reference looks at the text as it stands first, and gives up on it here.
    let bare = text.strip_prefix('-').unwrap_or(text);
    let count = bare.bytes().take_while(u8::is_ascii_digit).count();
    if count > MAX_DIGITS && !bare.starts_with('0') {
        let message = format!("an integer of {count} digits; {MAX_DIGITS} at most are read");
        return field.fault(FaultKind::Unworded, message);
    }
    let integer = decimal_digits(text.trim()).filter(|(_, digits)| digits.len() <= MAX_DIGITS);
    match integer.and_then(|(sign, digits)| Some((sign, BigUint::parse_bytes(digits.as_bytes(), 10)?))) {
        Some((sign, magnitude)) => Some(BigInt::from_biguint(sign, magnitude)),
        None => field.fault(
            FaultKind::IntParsing,
            format!("expected an integer, found `{}`", shortened(text)),
        ),
    }
}

/// Sign and digits of a decimal integer in text as pydantic finds it: one sign, zeros in front, single underscores
/// between digits, a fraction of zeros. It drops zeros in front before it looks for a minus, so `0-1` is -1.
fn decimal_digits(text: &str) -> Option<(Sign, String)> {
    let (mut sign, text) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(rest), _) => (Sign::Minus, rest),
        (_, Some(rest)) if rest.starts_with('-') => return None,
        (_, rest) => (Sign::Plus, rest.unwrap_or(text)),
    };
    let mut whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    if whole.starts_with('0') {
        let rest = whole.trim_start_matches(['0', '_']);
        if rest.is_empty() {
            return whole.ends_with('0').then(|| (sign, "0".to_owned()));
        }
        whole = rest;
        if let (Sign::Plus, Some(rest)) = (sign, whole.strip_prefix('-')) {
            sign = Sign::Minus;
            whole = rest.strip_prefix('_').unwrap_or(rest);
            if whole.starts_with('0') && whole != "0" {
                return None;
            }
        }
    }
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    whole
        .split('_')
        .all(are_digits)
        .then(|| (sign, whole.replace('_', "")))
}

fn float_of_text(field: Field<'_>, text: &str) -> Option<f64> {
    // Underscores are dropped only from text without blanks around it, wherever they stand alone.
    let without_underscores = || {
        let misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
        if misplaced {
            None
        } else {
            text.replace('_', "").parse().ok()
        }
    };
    match text.trim().parse().ok().or_else(without_underscores) {
        Some(float) => Some(float),
        None => field.fault(
            FaultKind::FloatParsing,
            format!("expected a number, found `{}`", shortened(text)),
        ),
    }
}
