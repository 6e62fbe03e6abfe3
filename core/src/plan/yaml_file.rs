//! A config file in YAML.

use super::{ConfigEntry, ConfigError, ConfigValue, key_of};
use crate::parse::{LineIndex, Map, Node, Value, parse_yaml};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<ConfigEntry>, ConfigError> {
    let source = Source {
        bytes,
        lines: LineIndex::new(bytes),
    };
    let node = parse_yaml(bytes).map_err(|error| source.error(error.at, error.message))?;
    match &node.value {
        Value::Null => Ok(Vec::new()),
        Value::Map(map) => {
            source.refuse_duplicates(map)?;
            let entry = |(key, value): (String, &Node)| {
                Ok(ConfigEntry {
                    line: source.lines.locate(value.span.start).line,
                    value: source.value(&key, value)?,
                    key: key_of(&key),
                })
            };
            let keyed = source.keyed(map)?;
            let lines = map.entries().iter().map(|entry| entry.key.span.start);
            let entries: Result<Vec<ConfigEntry>, ConfigError> = keyed.into_iter().map(entry).collect();
            // The key's line is the one to name: a value may begin below it.
            Ok(entries?
                .into_iter()
                .zip(lines)
                .map(|(entry, at)| ConfigEntry {
                    line: source.lines.locate(at).line,
                    ..entry
                })
                .collect())
        }
        other => Err(source.error(
            node.span.start,
            format!("the file must hold keys and values, but is {}", other.name()),
        )),
    }
}

struct Source<'a> {
    bytes: &'a [u8],
    lines: LineIndex<'a>,
}

impl Source<'_> {
    fn error(&self, at: usize, message: String) -> ConfigError {
        let place = self.lines.locate(at);
        ConfigError {
            line: place.line,
            column: place.column,
            message,
        }
    }

    fn refuse_duplicates(&self, map: &Map) -> Result<(), ConfigError> {
        match map.duplicates().first() {
            Some(span) => Err(self.error(span.start, "this key is given twice".to_owned())),
            None => Ok(()),
        }
    }

    fn keyed<'m>(&self, map: &'m Map) -> Result<Vec<(String, &'m Node)>, ConfigError> {
        let key = |entry: &'m crate::parse::Entry| match &entry.key.value {
            Value::Str(key) => Ok((key.clone(), &entry.value)),
            other => {
                let message = format!("a key must be text, but this is {}", other.name());
                Err(self.error(entry.key.span.start, message))
            }
        };
        map.entries().iter().map(key).collect()
    }

    fn value(&self, key: &str, node: &Node) -> Result<ConfigValue, ConfigError> {
        match &node.value {
            Value::Null => Ok(ConfigValue::Null),
            Value::Bool(value) => Ok(ConfigValue::Bool(*value)),
            Value::Int(number) => Ok(ConfigValue::Number(self.number(node, &number.to_string()))),
            Value::Float(number) => Ok(ConfigValue::Number(self.number(node, &number.to_string()))),
            Value::Str(text) => Ok(ConfigValue::Text(text.clone())),
            Value::List(values) => {
                let values: Result<_, _> = values.iter().map(|value| self.value(key, value)).collect();
                values.map(ConfigValue::List)
            }
            Value::Map(map) => {
                self.refuse_duplicates(map)?;
                let entries: Result<_, _> = self
                    .keyed(map)?
                    .into_iter()
                    .map(|(inner, value)| self.value(key, value).map(|value| (inner, value)))
                    .collect();
                entries.map(ConfigValue::Map)
            }
            other => Err(self.error(node.span.start, format!("`{key}` can't be {}", other.name()))),
        }
    }

    /// A number's own text where JSON would write it so too; else (octal, base 60, `1_000`) what it means.
    fn number(&self, node: &Node, meaning: &str) -> String {
        let written = self.bytes.get(node.span.start..node.span.end).unwrap_or_default();
        let written = core::str::from_utf8(written).unwrap_or_default();
        match serde_json::from_str::<serde_json::Value>(written) {
            Ok(serde_json::Value::Number(_)) => written.to_owned(),
            _ => meaning.to_owned(),
        }
    }
}
