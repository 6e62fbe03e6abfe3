//! Lists that are published between rounds: seed sets and approved drafters. The ruleset carries those of its own day; a
//! file replaces them.

mod cohort;
mod drafters;
mod seeds;

pub(super) use cohort::{Cohort, is_cohort_text};
pub use drafters::{Drafters, Match};
pub use seeds::{PublishedSet, Seeds};

use super::facts::Unavailable;
use crate::check::Replacement;
use crate::parse::{Node, Value};
use crate::rules::document::{Document, Format, Loaded, parse};

/// Reads a file that replaces a list.
fn document(file: &Replacement) -> Result<Document<()>, Unavailable> {
    let refuse = |message: &str| Unavailable(format!("`{}`: {message}", file.path));
    let bytes = file.content.as_ref().map_err(|message| refuse(message))?;
    match parse(file.path.clone(), bytes.clone(), Format::Yaml) {
        Loaded::Good(document) => Ok(document),
        Loaded::Bad(troubles) => {
            let message = troubles
                .first()
                .map_or("unusable", |trouble| trouble.message.as_str());
            Err(refuse(message))
        }
    }
}

/// Text of a key that is there and not empty.
fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    match &node.child(key)?.value {
        Value::Str(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A plain value as Python's `str` writes it; `None` for null, and for what no list holds.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.clone()),
        Value::Int(integer) => Some(integer.to_string()),
        Value::Float(float) => Some(format!("{float:?}")),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}
