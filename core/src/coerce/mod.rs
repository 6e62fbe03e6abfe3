//! The reference's schema layer: pydantic's lax coercion, and the faults it reports.
//!
//! A schema is written as a list of its fields, in the reference's order:
//!
//! ```
//! use runbench_core::coerce::{Faults, Field, int, list, string};
//! use runbench_core::parse::{BigInt, parse_json};
//!
//! #[derive(Debug, Default)]
//! struct Node {
//!     count: BigInt,
//!     name: Option<String>,
//!     notes: Vec<String>,
//! }
//!
//! fn node(field: Field<'_>) -> Option<Node> {
//!     field.object(|object| Node {
//!         count: object.required("count", int),
//!         name: object.optional("name", string),
//!         notes: object.default("notes", Vec::new(), list(string)),
//!     })
//! }
//!
//! let root = parse_json(br#"{"count": "12", "notes": ["a", 5]}"#).unwrap();
//! let faults = Faults::read(&root, node).unwrap_err();
//! assert_eq!(faults.len(), 1);
//! assert_eq!(faults[0].pointer, "/notes/1");
//! ```
//!
//! Every failing field leaves its faults and the reading goes on, so that all faults of a file are reported together,
//! in the reference's order. A field that failed holds a placeholder, which nobody sees: a file with faults gives no
//! value.

mod convert;
mod field;
mod object;
mod readers;
mod scalar;
#[cfg(test)]
mod tests;

use crate::parse::Span;

pub use crate::parse::{big_int_to_f64, decimal_digit, parse_python_float, parse_python_int, python_writes};
pub use convert::{Conversion, python_float, python_int};
pub use field::{Faults, Field};
pub use object::Object;
pub use readers::{
    above, at_least, at_most, either, entries, enumeration, list, list_of_at_least, one_of, text_of_at_least,
};
pub use scalar::{boolean, float, float_by_python, int, int_by_python, raw, string};

/// One failing field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, by the reference's name for it.
    pub kind: FaultKind,
    /// JSON pointer of the field (of the object that lacks it, for a missing one: the pointer it would have).
    pub pointer: String,
    /// Where the value stands (the enclosing object for a missing field).
    pub span: Span,
    /// What is wrong, for people: lower case, no full stop.
    pub message: String,
}

/// The reference's names for faults (spec section 3.9); they become `key` in ruleset v1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A required field is absent.
    Missing,
    /// A key that a closed object doesn't know.
    ExtraForbidden,
    /// An object with a schema was wanted.
    ModelType,
    /// A free map was wanted.
    DictType,
    /// A list was wanted.
    ListType,
    /// A list with too few items.
    TooShort,
    /// Text was wanted.
    StringType,
    /// Text with too few characters.
    StringTooShort,
    /// An integer was wanted.
    IntType,
    /// Text that is no integer.
    IntParsing,
    /// A float with a fraction where an integer was wanted.
    IntFromFloat,
    /// A float was wanted.
    FloatType,
    /// Text that is no float.
    FloatParsing,
    /// A boolean was wanted.
    BoolType,
    /// An integer or text that is no boolean.
    BoolParsing,
    /// Must be greater than the bound.
    GreaterThan,
    /// Must be at least the bound.
    GreaterThanEqual,
    /// Must be at most the bound.
    LessThanEqual,
    /// Not one of the values of an enum.
    LiteralError,
    /// An enum field that isn't text.
    Enum,
    /// A fault with a key of its own, such as `availability-unknown`.
    Named(&'static str),
    /// Anything that the reference has no words for.
    Unworded,
}

impl FaultKind {
    /// The reference's word for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::ExtraForbidden => "extra_forbidden",
            Self::ModelType => "model_type",
            Self::DictType => "dict_type",
            Self::ListType => "list_type",
            Self::TooShort => "too_short",
            Self::StringType => "string_type",
            Self::StringTooShort => "string_too_short",
            Self::IntType => "int_type",
            Self::IntParsing => "int_parsing",
            Self::IntFromFloat => "int_from_float",
            Self::FloatType => "float_type",
            Self::FloatParsing => "float_parsing",
            Self::BoolType => "bool_type",
            Self::BoolParsing => "bool_parsing",
            Self::GreaterThan => "greater_than",
            Self::GreaterThanEqual => "greater_than_equal",
            Self::LessThanEqual => "less_than_equal",
            Self::LiteralError => "literal_error",
            Self::Enum => "enum",
            Self::Named(key) => key,
            Self::Unworded => "unworded-error",
        }
    }
}
