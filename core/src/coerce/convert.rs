//! Python's own `float(value)` and `int(value)`, which some rules of the reference apply to raw values.

use num_traits::FromPrimitive;

use crate::parse::{BigInt, Value, big_int_to_f64, parse_python_float, parse_python_int};

/// Why Python can't convert a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conversion {
    /// A `TypeError` or `ValueError`: no number, or no integer (NaN).
    #[error("not a number")]
    NotConvertible,
    /// An `OverflowError`, at which the reference crashes: an integer beyond the floats, or an infinite integer.
    #[error("out of range")]
    Overflow,
}

/// The value as Python's `float(value)` gives it: numbers, booleans, numeric text.
pub fn python_float(value: &Value) -> Result<f64, Conversion> {
    match value {
        Value::Float(float) => Ok(*float),
        Value::Bool(flag) => Ok(f64::from(*flag)),
        Value::Int(integer) => big_int_to_f64(integer).ok_or(Conversion::Overflow),
        Value::Str(text) => parse_python_float(text).ok_or(Conversion::NotConvertible),
        Value::Bytes(bytes) => ascii(bytes)
            .and_then(parse_python_float)
            .ok_or(Conversion::NotConvertible),
        _ => Err(Conversion::NotConvertible),
    }
}

/// The value as Python's `int(value)` gives it: as [`python_float`], but a fraction is cut off and text must be whole.
pub fn python_int(value: &Value) -> Result<BigInt, Conversion> {
    match value {
        Value::Int(integer) => Ok(integer.clone()),
        Value::Bool(flag) => Ok(BigInt::from(*flag)),
        Value::Float(float) if float.is_infinite() => Err(Conversion::Overflow),
        Value::Float(float) => BigInt::from_f64(float.trunc()).ok_or(Conversion::NotConvertible),
        Value::Str(text) => parse_python_int(text).ok_or(Conversion::NotConvertible),
        Value::Bytes(bytes) => ascii(bytes)
            .and_then(parse_python_int)
            .ok_or(Conversion::NotConvertible),
        _ => Err(Conversion::NotConvertible),
    }
}

/// Python reads no digits but ASCII ones in bytes.
fn ascii(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Str(text.to_owned())
    }

    #[test]
    fn converts_to_float() {
        assert_eq!(python_float(&text(" 38.72 ")), Ok(38.72));
        assert_eq!(python_float(&Value::Bool(true)), Ok(1.0));
        assert_eq!(python_float(&Value::Int(BigInt::from(7))), Ok(7.0));
        assert_eq!(python_float(&text("1e999")), Ok(f64::INFINITY));
        assert_eq!(python_float(&text("1.5%")), Err(Conversion::NotConvertible));
        assert_eq!(python_float(&Value::Null), Err(Conversion::NotConvertible));
        assert_eq!(
            python_float(&Value::Int(BigInt::from(10).pow(400))),
            Err(Conversion::Overflow)
        );
    }

    #[test]
    fn converts_to_int() {
        assert_eq!(python_int(&text("1_000")), Ok(BigInt::from(1000)));
        assert_eq!(python_int(&Value::Float(-2.9)), Ok(BigInt::from(-2)));
        assert_eq!(python_int(&Value::Float(1e20)), Ok(BigInt::from(10).pow(20)));
        assert_eq!(python_int(&text("2.0")), Err(Conversion::NotConvertible));
        assert_eq!(
            python_int(&Value::Float(f64::NAN)),
            Err(Conversion::NotConvertible)
        );
        assert_eq!(
            python_int(&Value::Float(f64::INFINITY)),
            Err(Conversion::Overflow)
        );
    }
}
