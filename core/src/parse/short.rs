//! Values written on one line, for tests.

use super::{Node, Value};

/// As Python would print it, but text always in single quotes, unescaped but for line ends; `~` stands before text with
/// a lone surrogate.
pub(super) fn short(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(integer) => integer.to_string(),
        Value::Float(float) => format!("{float:?}"),
        Value::Str(text) => format!("'{}'", text.replace('\n', "\\n")),
        Value::LoneSurrogate(text) => format!("~'{}'", text.replace('\n', "\\n")),
        Value::Bytes(bytes) => format!("bytes {bytes:?}"),
        Value::List(items) => format!("[{}]", joined(items)),
        Value::Set(items) => format!("set[{}]", joined(items)),
        Value::Map(map) => {
            let pairs = map.entries().iter();
            let pairs: Vec<_> = pairs
                .map(|entry| format!("{}: {}", short(&entry.key), short(&entry.value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Other(word) => (*word).to_owned(),
    }
}

fn joined(items: &[Node]) -> String {
    items.iter().map(short).collect::<Vec<_>>().join(", ")
}
