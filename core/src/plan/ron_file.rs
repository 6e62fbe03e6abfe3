//! A config file in RON: `(key: value, …)` or `{"key": value, …}`.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{ConfigEntry, ConfigError, ConfigValue, at_start, key_of};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<ConfigEntry>, ConfigError> {
    let text = core::str::from_utf8(bytes).map_err(|_| at_start("the file is not UTF-8".to_owned()))?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let Any(value) = ron::from_str(text).map_err(|error| ConfigError {
        line: error.span.start.line,
        column: error.span.start.col,
        message: error.code.to_string(),
    })?;
    let entries = match value {
        ConfigValue::Map(entries) => entries,
        // `()`, which may be a unit or a tuple without fields
        ConfigValue::Null => return Ok(Vec::new()),
        ConfigValue::List(values) if values.is_empty() && text.trim_end().ends_with(')') => {
            return Ok(Vec::new());
        }
        _ => return Err(at_start("the file must hold keys and values".to_owned())),
    };
    let mut found: Vec<ConfigEntry> = Vec::new();
    for (key, value) in entries {
        let is_known = found.iter().any(|entry| entry.key == key_of(&key));
        let line = line_of(text, &key, usize::from(is_known));
        if is_known {
            return Err(ConfigError {
                line,
                column: 1,
                message: format!("`{key}` is given twice"),
            });
        }
        found.push(ConfigEntry {
            key: key_of(&key),
            value,
            line,
        });
    }
    Ok(found)
}

/// RON's reader gives no places, so a key is looked for: the line that begins with it, after `skipped` such lines.
fn line_of(text: &str, key: &str, skipped: usize) -> usize {
    let begins = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '(', '{', '"']);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', ' ']).starts_with(':'))
    };
    let mut lines = text.lines().zip(1_usize..).filter(|(line, _)| begins(line));
    lines.nth(skipped).map_or(1, |(_, number)| number)
}

/// Whatever a file may hold.
struct Any(ConfigValue);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any(ConfigValue::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(Any(ConfigValue::Number(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any(ConfigValue::Number(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any(ConfigValue::Number(value.to_string())))
    }

    fn visit_char<E>(self, value: char) -> Result<Any, E> {
        Ok(Any(ConfigValue::Text(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Any, E> {
        Ok(Any(ConfigValue::Text(value.to_owned())))
    }

    fn visit_none<E>(self) -> Result<Any, E> {
        Ok(Any(ConfigValue::Null))
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any(ConfigValue::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Any, D::Error> {
        Any::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Any, D::Error> {
        Any::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Any, A::Error> {
        let mut values = Vec::new();
        while let Some(Any(value)) = seq.next_element()? {
            values.push(value);
        }
        Ok(Any(ConfigValue::List(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        let mut entries = Vec::new();
        while let Some((Any(key), Any(value))) = map.next_entry()? {
            let key = match key {
                ConfigValue::Text(text) | ConfigValue::Number(text) => text,
                other => other.to_json(),
            };
            entries.push((key, value));
        }
        Ok(Any(ConfigValue::Map(entries)))
    }
}
