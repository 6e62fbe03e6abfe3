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
use crate::parse::{Node, Value, python_writes};
use crate::rules::document::{Document, Format, Loaded, parse};

/// Why a list was refused.
struct Refusal {
    message: String,
    /// Whether the reference crashes there.
    crash: bool,
}

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            crash: false,
        }
    }

    fn crash(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            crash: true,
        }
    }

    /// What is said about a file.
    fn of(self, file: &Replacement) -> Unavailable {
        Unavailable {
            message: format!("`{}`: {}", file.path, self.message),
            crash: self.crash.then(|| file.path.clone()),
        }
    }
}

/// Reads a file that replaces a list.
fn document(file: &Replacement) -> Result<Document<()>, Refusal> {
    let bytes = file.content.as_ref().map_err(Refusal::new)?;
    match parse(file.path.clone(), bytes.clone(), Format::Yaml) {
        Loaded::Good(document) => Ok(document),
        Loaded::Bad(troubles) => {
            let trouble = troubles.into_iter().next();
            let (message, crash) =
                trouble.map_or_else(Default::default, |trouble| (trouble.message, trouble.blocks));
            Err(Refusal { message, crash })
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

/// A value as Python's `str` writes it. What stands in no list that makes sense is put down as its kind.
fn as_text(document: &Document<()>, node: &Node) -> Result<String, Refusal> {
    Ok(match &node.value {
        Value::Str(text) => text.clone(),
        Value::Int(integer) if !python_writes(integer) => {
            return Err(Refusal::crash(
                "has an integer that the reference can't write out",
            ));
        }
        Value::Int(integer) => integer.to_string(),
        Value::Float(float) => float_text(*float),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => "None".to_owned(),
        Value::Other("date") => document.written(node.span).to_owned(),
        other => format!("({})", other.name()),
    })
}

/// A float as Python writes it: an exponent has a sign and two digits.
fn float_text(float: f64) -> String {
    let text = format!("{float:?}").to_lowercase();
    let Some((digits, exponent)) = text.split_once('e') else {
        return text;
    };
    let (sign, exponent) = exponent
        .strip_prefix('-')
        .map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::float_text;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (float, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1.5e-7, "1.5e-07"),
            (0.0001, "0.0001"),
            (1e300, "1e+300"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float_text(float), text);
        }
    }
}
