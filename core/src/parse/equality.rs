//! Equality as Python's `==` sees it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_traits::FromPrimitive;

use super::{BigInt, Map, Node, Value, big_int_to_f64};

/// Whether two values are equal in Python: `1 == 1.0 == True`, the order of a mapping's keys does not matter, NaN equals
/// nothing (but see [`python_same`]). Recursion is as deep as the values, which the readers bound.
pub fn python_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => maps_equal(one, other),
        (Value::List(one), Value::List(other)) | (Value::Set(one), Value::Set(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other) == Some(Ordering::Equal),
        (Value::Float(float), value) | (value, Value::Float(float)) => {
            integer(value).is_some_and(|integer| integer_is(&integer, *float))
        }
        _ => match (integer(one), integer(other)) {
            (Some(one), Some(other)) => one == other,
            (None, None) => one == other,
            _ => false,
        },
    }
}

/// Mappings with other keys than text equal nothing: JSON has none, and YAML's are compared nowhere.
fn maps_equal(one: &Map, other: &Map) -> bool {
    let index: BTreeMap<&str, &Node> = by_text(other).collect();
    one.entries().len() == other.entries().len()
        && index.len() == other.entries().len()
        && by_text(one).count() == one.entries().len()
        && by_text(one).all(|(key, value)| index.get(key).is_some_and(|other| equal(value, other)))
}

fn by_text(map: &Map) -> impl Iterator<Item = (&str, &Node)> {
    map.entries().iter().filter_map(|entry| match &entry.key.value {
        Value::Str(key) | Value::LoneSurrogate(key) => Some((key.as_str(), &entry.value)),
        _ => None,
    })
}

/// Whether two values are equal where they stand in a list or mapping: there Python takes a thing for equal to itself,
/// and its readers have one NaN only.
pub fn python_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) if one.is_nan() && other.is_nan() => true,
        _ => python_equal(one, other),
    }
}

fn equal(one: &Node, other: &Node) -> bool {
    python_same(&one.value, &other.value)
}

/// Integers, and booleans as 1 and 0.
fn integer(value: &Value) -> Option<BigInt> {
    match value {
        Value::Int(integer) => Some(integer.clone()),
        Value::Bool(flag) => Some(BigInt::from(*flag)),
        _ => None,
    }
}

/// Whether an integer is exactly a float.
fn integer_is(integer: &BigInt, float: f64) -> bool {
    big_int_to_f64(integer).is_some()
        && float.fract().abs() <= 0.0
        && BigInt::from_f64(float).is_some_and(|exact| exact == *integer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_json;

    fn check(one: &str, other: &str, expected: bool) {
        let value = |text: &str| parse_json(text.as_bytes()).unwrap().value;
        assert_eq!(
            python_equal(&value(one), &value(other)),
            expected,
            "{one} == {other}"
        );
    }

    #[test]
    fn numbers_are_equal_across_types() {
        check("1", "1.0", true);
        check("1", "true", true);
        check("0.0", "false", true);
        check("-0.0", "0", true);
        check("1.5", "1", false);
        check("9007199254740993", "9007199254740992.0", false);
        check("1", "\"1\"", false);
        check("NaN", "NaN", false);
        check("[NaN]", "[NaN]", true);
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        check(
            "{\"a\": [1, {}], \"b\": null}",
            "{\"b\": null, \"a\": [1.0, {}]}",
            true,
        );
        check("{\"a\": 1}", "{\"a\": 1, \"b\": 1}", false);
        check("[1, 2]", "[2, 1]", false);
    }
}
