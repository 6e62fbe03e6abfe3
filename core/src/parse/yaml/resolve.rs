//! What a plain scalar is: YAML 1.1's implicit types, as `PyYAML` writes them.

use super::graph::Tag;
use super::timestamp;

/// The tag of a scalar that has none of its own.
pub(super) fn implicit_tag(text: &str) -> Tag {
    // The reference's patterns let one line end pass behind the text, which only `! |` can bring here.
    let text = text
        .strip_suffix('\n')
        .filter(|text| !text.is_empty())
        .unwrap_or(text);
    match text {
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false" | "False"
        | "FALSE" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => Tag::Bool,
        "" | "~" | "null" | "Null" | "NULL" => Tag::Null,
        "<<" => Tag::Merge,
        "=" => Tag::Value,
        "!" | "&" | "*" => Tag::Unknown("tag:yaml.org,2002:yaml".to_owned()),
        _ => match text.as_bytes() {
            [b'+' | b'-' | b'.' | b'0'..=b'9', ..] => number_or_time(text.as_bytes()),
            _ => Tag::Str,
        },
    }
}

fn number_or_time(text: &[u8]) -> Tag {
    if is_float(text) {
        Tag::Float
    } else if is_int(text) {
        Tag::Int
    } else if timestamp::is_implicit(text) {
        Tag::Timestamp
    } else {
        Tag::Str
    }
}

fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}

fn is_digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// Splits off the longest start whose bytes `wanted` takes.
fn take(text: &[u8], wanted: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !wanted(*byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn is_int(text: &[u8]) -> bool {
    match unsigned(text) {
        [b'0'] => true,
        [b'0', b'b', rest @ ..] => {
            !rest.is_empty() && rest.iter().all(|byte| matches!(byte, b'0' | b'1' | b'_'))
        }
        [b'0', b'x', rest @ ..] => {
            !rest.is_empty() && rest.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_')
        }
        [b'0', rest @ ..] => rest.iter().all(|byte| matches!(byte, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', rest @ ..] => {
            let (_, rest) = take(rest, is_digit_or_underscore);
            rest.is_empty() || base_60_tail(rest).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

fn is_float(text: &[u8]) -> bool {
    match unsigned(text) {
        b".inf" | b".Inf" | b".INF" => return true,
        b".nan" | b".NaN" | b".NAN" => return text.first() == Some(&b'.'),
        _ => {}
    }
    match unsigned(text) {
        // No sign may stand before a bare fraction.
        [b'.', b'0'..=b'9', ..] if text.first() == Some(&b'.') => {
            let (_, rest) = take(text.get(1..).unwrap_or_default(), is_digit_or_underscore);
            is_exponent_or_end(rest)
        }
        number @ [b'0'..=b'9', ..] => {
            let (_, rest) = take(number, is_digit_or_underscore);
            if let [b'.', fraction @ ..] = rest {
                return is_exponent_or_end(take(fraction, is_digit_or_underscore).1);
            }
            match base_60_tail(rest) {
                Some([b'.', fraction @ ..]) => fraction.iter().all(|byte| is_digit_or_underscore(*byte)),
                _ => false,
            }
        }
        _ => false,
    }
}

/// What stands behind one or more `:mm`, minutes or seconds of one or two digits below 60.
fn base_60_tail(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        rest = match rest {
            [b':', b'0'..=b'5', b'0'..=b'9', rest @ ..] | [b':', b'0'..=b'9', rest @ ..] => rest,
            _ => return (rest.len() < text.len()).then_some(rest),
        };
    }
}

fn is_exponent_or_end(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'+' | b'-', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}
