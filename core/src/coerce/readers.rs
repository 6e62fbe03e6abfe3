//! Readers made of readers: lists, maps, bounds, enums, alternatives.

use std::cmp::Ordering;

use super::field::Path;
use super::scalar::{broken_text, shortened, string};
use super::{FaultKind, Field};
use crate::parse::{BigInt, Value};
use crate::suggest::did_you_mean;

/// A list of what `item` reads. The reference takes a set (YAML) for a list too.
pub fn list<T>(item: impl Fn(Field<'_>) -> Option<T>) -> impl Fn(Field<'_>) -> Option<Vec<T>> {
    move |field| {
        let (Value::List(items) | Value::Set(items)) = &field.node.value else {
            return field.fault(
                FaultKind::ListType,
                format!("expected a list, found {}", field.node.value.name()),
            );
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, node) in items.iter().enumerate() {
            let path = Path::Index(field.path(), index);
            values.extend(item(field.below(node, &path)));
        }
        (values.len() == items.len()).then_some(values)
    }
}

/// A list of at least so many items.
pub fn list_of_at_least<T>(
    least: usize,
    item: impl Fn(Field<'_>) -> Option<T>,
) -> impl Fn(Field<'_>) -> Option<Vec<T>> {
    let items = list(item);
    move |field| {
        let values = items(field)?;
        if values.len() >= least {
            return Some(values);
        }
        field.fault(
            FaultKind::TooShort,
            format!("has {} items; needs at least {least}", values.len()),
        )
    }
}

/// A free map from text to what `value` reads, in file order.
pub fn entries<T>(value: impl Fn(Field<'_>) -> Option<T>) -> impl Fn(Field<'_>) -> Option<Vec<(String, T)>> {
    move |field| {
        let Value::Map(map) = &field.node.value else {
            return field.fault(
                FaultKind::DictType,
                format!("expected an object, found {}", field.node.value.name()),
            );
        };
        let before = field.faults().count();
        let mut values = Vec::with_capacity(map.entries().len());
        for entry in map.entries() {
            let mut name = None;
            match &entry.key.value {
                Value::Str(text) | Value::LoneSurrogate(text) => name = Some(text.as_str()),
                Value::Bytes(bytes) if std::str::from_utf8(bytes).is_ok() => {
                    name = std::str::from_utf8(bytes).ok();
                }
                other => {
                    let message = format!("a key must be text, found {}", other.name());
                    field.key_fault(entry.key.span, None, FaultKind::StringType, message);
                }
            }
            let path = Path::Key(field.path(), name.unwrap_or_default());
            let value = value(field.below(&entry.value, &path));
            values.extend(name.map(str::to_owned).zip(value));
        }
        (field.faults().count() == before).then_some(values)
    }
}

/// A number that schemas set bounds to.
pub trait Number {
    /// How it compares with a bound; `None` for NaN, which fails every bound.
    fn against(&self, bound: u32) -> Option<Ordering>;
}

impl Number for BigInt {
    fn against(&self, bound: u32) -> Option<Ordering> {
        self.partial_cmp(&Self::from(bound))
    }
}

impl Number for f64 {
    fn against(&self, bound: u32) -> Option<Ordering> {
        self.partial_cmp(&Self::from(bound))
    }
}

/// A number of at least `bound`. Where there is an upper bound too, put it inside: the reference tests it first.
pub fn at_least<T: Number>(
    bound: u32,
    number: impl Fn(Field<'_>) -> Option<T>,
) -> impl Fn(Field<'_>) -> Option<T> {
    let message = format!("must be at least {bound}");
    bounded(
        bound,
        Ordering::is_ge,
        FaultKind::GreaterThanEqual,
        message,
        number,
    )
}

/// A number greater than `bound`.
pub fn above<T: Number>(
    bound: u32,
    number: impl Fn(Field<'_>) -> Option<T>,
) -> impl Fn(Field<'_>) -> Option<T> {
    let message = format!("must be greater than {bound}");
    bounded(bound, Ordering::is_gt, FaultKind::GreaterThan, message, number)
}

/// A number of at most `bound`.
pub fn at_most<T: Number>(
    bound: u32,
    number: impl Fn(Field<'_>) -> Option<T>,
) -> impl Fn(Field<'_>) -> Option<T> {
    let message = format!("must be at most {bound}");
    bounded(bound, Ordering::is_le, FaultKind::LessThanEqual, message, number)
}

fn bounded<T: Number>(
    bound: u32,
    holds: fn(Ordering) -> bool,
    kind: FaultKind,
    message: String,
    number: impl Fn(Field<'_>) -> Option<T>,
) -> impl Fn(Field<'_>) -> Option<T> {
    move |field| {
        let value = number(field)?;
        if value.against(bound).is_some_and(holds) {
            return Some(value);
        }
        field.fault(kind, message.clone())
    }
}

/// Text of at least so many characters.
pub fn text_of_at_least(characters: usize) -> impl Fn(Field<'_>) -> Option<String> {
    move |field| {
        if matches!(field.node.value, Value::LoneSurrogate(_)) {
            return broken_text(field);
        }
        let text = string(field)?;
        let count = text.chars().count();
        if count >= characters {
            return Some(text);
        }
        let message = format!("has {count} characters; needs at least {characters}");
        field.fault(FaultKind::StringTooShort, message)
    }
}

/// Exactly one of the words given.
pub fn one_of<T: Clone>(words: &[(&'static str, T)]) -> impl Fn(Field<'_>) -> Option<T> {
    move |field| match &field.node.value {
        Value::LoneSurrogate(_) => broken_text(field),
        Value::Str(text) if let Some((_, value)) = words.iter().find(|(word, _)| word == text) => {
            Some(value.clone())
        }
        other => field.fault(FaultKind::LiteralError, expected_words(words, other)),
    }
}

/// One of the words given, blanks around it and case aside; `unknown` is the fault of any other text.
pub fn enumeration<T: Clone>(
    words: &[(&'static str, T)],
    unknown: FaultKind,
) -> impl Fn(Field<'_>) -> Option<T> {
    move |field| match &field.node.value {
        value @ (Value::Str(text) | Value::LoneSurrogate(text)) => {
            let plain =
                text.trim_matches(|edge: char| edge.is_whitespace() || matches!(edge, '\u{1c}'..='\u{1f}'));
            let plain = plain.to_lowercase();
            match words.iter().find(|(word, _)| *word == plain) {
                Some((_, found)) => Some(found.clone()),
                None => field.fault(unknown, expected_words(words, value)),
            }
        }
        other => field.fault(FaultKind::Enum, expected_words(words, other)),
    }
}

/// What one of two readers accepts; where both fail, the faults of both.
pub fn either<T>(
    first: impl Fn(Field<'_>) -> Option<T>,
    second: impl Fn(Field<'_>) -> Option<T>,
) -> impl Fn(Field<'_>) -> Option<T> {
    move |field| {
        let before = field.faults().count();
        let value = first(field).or_else(|| second(field))?;
        field.faults().keep(before);
        Some(value)
    }
}

fn expected_words<T>(words: &[(&'static str, T)], found: &Value) -> String {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let (found, near) = match found {
        Value::Str(text) | Value::LoneSurrogate(text) => (
            format!("`{}`", shortened(text)),
            did_you_mean(text, words.iter().copied()),
        ),
        other => (other.name().to_owned(), String::new()),
    };
    format!("expected one of {}; found {found}{near}", words.join(", "))
}
