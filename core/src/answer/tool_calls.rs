//! Tool calls as the compact JSON text that they are counted by (loadgen section 12.7).

use core::fmt;
use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A part of a tool call, as one event of a stream brings it.
#[derive(Clone, serde::Deserialize)]
pub(super) struct Part {
    index: Option<u64>,
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    function: Option<PartFunction>,
}

#[derive(Clone, serde::Deserialize)]
struct PartFunction {
    name: Option<String>,
    arguments: Option<String>,
}

/// A merged call; the keys stand in the order in which the reference's merge adds them.
#[derive(serde::Serialize)]
struct Call {
    #[serde(rename = "type")]
    kind: String,
    function: CallFunction,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

#[derive(serde::Serialize)]
struct CallFunction {
    arguments: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Merges parts by their index (0 if absent): `id`, `type` and `name` are the last one that isn't empty, `arguments`
/// are joined. `None` without parts.
pub(super) fn merge<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Option<String> {
    let mut calls: BTreeMap<u64, Call> = BTreeMap::new();
    for part in parts {
        let call = calls.entry(part.index.unwrap_or(0)).or_insert_with(|| Call {
            kind: "function".to_owned(),
            function: CallFunction {
                arguments: String::new(),
                name: None,
            },
            id: None,
        });
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        call.id = filled(&part.id).or(call.id.take());
        if let Some(kind) = filled(&part.kind) {
            call.kind = kind;
        }
        if let Some(function) = &part.function {
            call.function.name = filled(&function.name).or(call.function.name.take());
            call.function
                .arguments
                .push_str(function.arguments.as_deref().unwrap_or_default());
        }
    }
    if calls.is_empty() {
        return None;
    }
    serde_json::to_string(&calls.into_values().collect::<Vec<_>>()).ok()
}

/// Any JSON value with the order of its keys kept, so that it can be written as it came, without the blanks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Json {
    /// The compact text of a list with something in it.
    pub(super) fn into_calls(self) -> Option<String> {
        match &self {
            Self::List(calls) if !calls.is_empty() => serde_json::to_string(&self).ok(),
            _ => None,
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i128(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(i128::from(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Int(i128::from(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Part, merge};

    fn check_merge(parts: &str, expected: Option<&str>) {
        let parts: Vec<Part> = serde_json::from_str(parts).unwrap();
        assert_eq!(merge(&parts).as_deref(), expected);
    }

    #[test]
    fn merges_parts_by_index() {
        check_merge("[]", None);
        check_merge(
            r#"[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}},
                {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}},
                {"index":0,"id":"","function":{"name":"","arguments":":1}"}}]"#,
            Some(concat!(
                r#"[{"type":"function","function":{"arguments":"{\"x\":1}","name":"f"},"id":"a"},"#,
                r#"{"type":"function","function":{"arguments":"{}","name":"g"},"id":"b"}]"#
            )),
        );
        check_merge(
            "[{}]",
            Some(r#"[{"type":"function","function":{"arguments":""}}]"#),
        );
    }

    #[test]
    fn keeps_whole_calls_as_they_came() {
        let text = r#"[ {"z": 1, "a": [null, true, 1.5, -3], "ü": "\u00fc"} ]"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(
            json.into_calls().as_deref(),
            Some(r#"[{"z":1,"a":[null,true,1.5,-3],"ü":"ü"}]"#)
        );
        assert_eq!(Json::List(Vec::new()).into_calls(), None);
        assert_eq!(Json::Null.into_calls(), None);
    }
}
