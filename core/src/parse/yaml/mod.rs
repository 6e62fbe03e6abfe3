//! YAML 1.1 as `PyYAML`'s `safe_load` takes it.
//!
//! Why a reader of our own: libraries read YAML 1.2, and no two of them agree with `PyYAML` on tabs, control characters,
//! NEL and the other line ends, flow lists that go on at a smaller indent, or second documents. What a submission's
//! YAML *means* is decided by `PyYAML`, so this follows it stage by stage:
//!
//! | stage | from | to |
//! | --- | --- | --- |
//! | [`scanner`], [`scalars`], [`properties`] | text | tokens: indentation, keys, quotes and folding resolved |
//! | [`compose`] | tokens | a [`graph`] of tagged nodes; aliases are shared nodes |
//! | [`resolve`] | a plain scalar | its tag |
//! | [`build`], [`scalar_value`], [`timestamp`] | the graph | values: merge keys, duplicate keys, numbers, dates |
//!
//! Most files need none of this: [`line_form`] reads them line by line, and gives up at the first thing out of the
//! ordinary.
//!
//! Known differences: a recursive alias gives [`Value::Other`]`("recursion")` where it closes the circle, and aliases
//! that add more than [`YAML_MAX_VALUES`] values or nest deeper than [`YAML_MAX_DEPTH`] are refused, where the
//! reference shares one object.

mod build;
mod compose;
mod cursor;
mod graph;
mod line_form;
mod properties;
mod resolve;
mod scalar_value;
mod scalars;
mod scanner;
#[cfg(test)]
mod tests;
mod timestamp;
mod token;

use super::{Node, ParseError, ParseErrorKind, Span, Value};

/// Lists and mappings that may be open at once. The reference crashes on deeper files: measured, it reads 488 to 491
/// levels, depending on release and style.
pub const YAML_MAX_DEPTH: usize = 488;

/// Values that aliases and merge keys may add to those written in a file. The reference shares one object, so it reads
/// files that would fill our memory.
pub const YAML_MAX_VALUES: usize = 1_000_000;

/// Reads a YAML document: UTF-8, printable characters only, no second document. An empty file is null.
///
/// Places: an alias has the place of the value that it names, and so has everything in it.
pub fn parse_yaml(bytes: &[u8]) -> Result<Node, ParseError> {
    let text = super::utf8(bytes)?;
    match line_form::read(text) {
        Some(root) => Ok(root),
        None => in_stages(text),
    }
}

/// As [`parse_yaml`], but never by the short way: what that is tested against.
pub fn parse_yaml_in_stages(bytes: &[u8]) -> Result<Node, ParseError> {
    in_stages(super::utf8(bytes)?)
}

fn in_stages(text: &str) -> Result<Node, ParseError> {
    if let Some((at, character)) = text
        .char_indices()
        .find(|(_, character)| !is_printable(*character))
    {
        let message = format!(
            "the character U+{:04X} is not allowed in YAML",
            u32::from(character)
        );
        return Err(error(at, message));
    }
    match compose::document(text)? {
        Some((graph, root)) => build::value(graph, root, text.len()),
        None => Ok(Node {
            value: Value::Null,
            span: Span {
                start: text.len(),
                end: text.len(),
            },
        }),
    }
}

fn is_printable(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10ffff}')
}

fn error(at: usize, message: impl Into<String>) -> ParseError {
    ParseError {
        kind: ParseErrorKind::Syntax,
        at,
        message: message.into(),
    }
}

fn unbuildable(at: usize, message: impl Into<String>) -> ParseError {
    ParseError {
        kind: ParseErrorKind::Unbuildable,
        at,
        message: message.into(),
    }
}
