//! Bytes to located values, exactly as the reference reads them.
//!
//! The reference checker is a Python program: its JSON is `json.loads` (with `NaN`, integers of any size and lone
//! surrogates) and its YAML is PyYAML's `safe_load` (YAML 1.1). Both readers here give the same [`Value`] and keep
//! the byte range of every node, so that a finding can name line and column even for a value that is well typed.

mod json;
mod place;
mod yaml;

pub use json::parse_json;
pub use num_bigint::BigInt;
pub use place::{LineColumn, LineIndex};
pub use yaml::parse_yaml;

/// A half-open range of bytes in the source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What was read.
    pub value: Value,
    /// Where it was read.
    pub span: Span,
}

/// A value of either format.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing at all (YAML).
    Null,
    /// A boolean; in YAML 1.1 also `yes`, `no`, `on`, `off`.
    Bool(bool),
    /// An integer of any size.
    Int(BigInt),
    /// A 64-bit float; NaN and infinities included.
    Float(f64),
    /// Text.
    Str(String),
    /// JSON text holding a lone surrogate escape, shown with U+FFFD in its place.
    LoneSurrogate(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
    /// A YAML value that JSON has no word for (`date`, `datetime`, `bytes`, `set`, …); holds that word.
    Other(&'static str),
}

/// A mapping in file order. Of duplicate keys the last value stands, at the place of the first, as in Python.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    entries: Vec<Entry>,
    duplicates: Vec<Span>,
}

/// One key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key. In JSON always text; in YAML any hashable value.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Map {
    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|entry| matches!(&entry.key.value, Value::Str(text) if text == key))
            .map(|entry| &entry.value)
    }

    /// Entries in file order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where keys stand that were given before in the same mapping.
    pub fn duplicates(&self) -> &[Span] {
        &self.duplicates
    }
}

/// Why a file could not be read as a value. The reference gives one result for it, or crashes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What kind of trouble it is.
    pub kind: ParseErrorKind,
    /// Byte offset where it was noticed.
    pub at: usize,
    /// What is wrong, for people: lower case, no full stop.
    pub message: String,
}

/// Kinds of [`ParseError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Not of the format.
    Syntax,
    /// Not UTF-8 (the reference crashes).
    NotUtf8,
    /// Nested deeper than the reference can read (the reference crashes).
    TooDeep,
    /// A YAML scalar whose tag or form promises a type that its text can't give, such as `2026-02-30`
    /// (the reference crashes).
    Unbuildable,
}

impl Node {
    /// The value of a key of a mapping, or the item of a list by its decimal index.
    pub fn child(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(map) => map.get(name),
            Value::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }
}
