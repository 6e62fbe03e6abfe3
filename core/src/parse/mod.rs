//! Bytes to located values, exactly as the reference reads them.
//!
//! The reference checker is a Python program: its JSON is `json.loads` (with `NaN`, integers of any size and lone
//! surrogates) and its YAML is PyYAML's `safe_load` (YAML 1.1). Both readers here give the same [`Value`] and keep
//! the byte range of every node, so that a finding can name line and column even for a value that is well typed.

mod equality;
mod json;
mod map;
mod place;
mod python_number;
#[cfg(test)]
mod short;
mod text;
mod yaml;

pub use equality::{python_equal, python_same};
pub use json::{JSON_MAX_DEPTH, Keep, Kept, Piece, Unkept, parse_json, read_json, read_json_by};
pub use map::{Entry, Map};
pub use num_bigint::BigInt;
pub use place::{LineColumn, LineIndex};
pub use python_number::{
    MAX_DIGITS, big_int_to_f64, decimal_digit, parse_python_float, parse_python_int, python_writes,
};
pub use yaml::{YAML_MAX_DEPTH, YAML_MAX_VALUES, parse_yaml, parse_yaml_in_stages};

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
    /// Text holding a lone surrogate escape, shown with U+FFFD in its place.
    LoneSurrogate(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
    /// YAML `!!binary`. The reference takes it for text, or for a number in text, where it holds one.
    Bytes(Vec<u8>),
    /// YAML `!!set`. The reference takes it where it wants a list.
    Set(Vec<Node>),
    /// A YAML value that JSON has no word for: `date`, `datetime`, `tuple` (an item of `!!omap` or `!!pairs`),
    /// `recursion` (an alias inside what it names); holds that word.
    Other(&'static str),
}

impl Value {
    /// What kind of value it is, with its article, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Str(_) | Self::LoneSurrogate(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Bytes(_) => "bytes",
            Self::Set(_) => "a set",
            Self::Other("date") => "a date (put it in quotes to make it text)",
            Self::Other("datetime") => "a time (put it in quotes to make it text)",
            Self::Other(name) => name,
        }
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
    /// Aliases and merge keys that stand for more values than we are willing to write out.
    TooLarge,
    /// A YAML scalar whose tag or form promises a type that its text can't give, such as `2026-02-30`,
    /// and numbers of too many digits (the reference crashes).
    Unbuildable,
}

/// The bytes as text.
fn utf8(bytes: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(bytes).map_err(|error| ParseError {
        kind: ParseErrorKind::NotUtf8,
        at: error.valid_up_to(),
        message: format!("not UTF-8 from byte {} on", error.valid_up_to()),
    })
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
