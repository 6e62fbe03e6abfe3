//! The reference's schema layer: pydantic's lax coercion, and the faults it reports.
//!
//! A reader asks an [`Object`] for its fields; every failing field leaves one [`Fault`] and the reading goes on, so
//! that all faults of a file are reported together.

use crate::parse::{BigInt, Map, Node, Span};

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
