//! A file on its way to facts: read, parsed, matched against its schema; each step may fail with a place.

use crate::coerce::Fault;
use crate::diag::{Finding, Place, Source};
use crate::parse::{Node, ParseError, Span, parse_json, parse_yaml};
use crate::rules::{Meta, Out};
use crate::tree::{Prefix, ReadError, Tree};

/// How a file's bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As Python's `json`.
    Json,
    /// As `PyYAML`, with a mapping at the top.
    Yaml,
}

/// A file that could be used.
#[derive(Clone, Debug)]
pub struct Document<T> {
    source: Source,
    root: Node,
    /// What its schema made of it.
    pub value: T,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub enum Loaded<T> {
    /// It holds what its schema asks for.
    Good(Document<T>),
    /// It does not; one trouble per failing field, or one for the whole file.
    Bad(Vec<Trouble>),
}

/// One reason why a file can't be used.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// Where, once the file could be read.
    pub place: Option<Place>,
}

impl<T> Document<T> {
    /// The file's path as printed.
    pub fn path(&self) -> &str {
        &self.source.path
    }

    /// The values as read, before the schema.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The place of a value, or of the nearest value above it.
    pub fn place(&self, pointer: &str) -> Place {
        self.source.place_of(&self.root, pointer)
    }

    /// The place of a span.
    pub fn place_of_span(&self, pointer: &str, span: Span) -> Place {
        self.source.place(pointer, span)
    }
}

impl<T> Loaded<T> {
    /// The document, if it can be used.
    pub fn good(&self) -> Option<&Document<T>> {
        match self {
            Self::Good(document) => Some(document),
            Self::Bad(_) => None,
        }
    }

    /// Reports every trouble of the file as an error of the rule that owns it, without a section as the reference does.
    pub fn report(&self, path: &str, out: &mut Out<'_>) {
        let Self::Bad(troubles) = self else { return };
        for trouble in troubles {
            let finding: &mut Finding = out.error(path, trouble.message.clone()).section("");
            if let Some(place) = &trouble.place {
                finding.at(place.clone());
            }
        }
    }
}

/// Reads a file and matches it against a schema.
pub fn load<T>(
    tree: &dyn Tree,
    prefix: &Prefix,
    path: &str,
    format: Format,
    schema: impl FnOnce(&Node) -> Result<T, Vec<Fault>>,
) -> Loaded<T> {
    let bytes = match tree.read(path) {
        Ok(bytes) => bytes.into_owned(),
        Err(error) => {
            return Loaded::Bad(vec![Trouble {
                message: unreadable(&error),
                place: None,
            }]);
        }
    };
    let source = Source {
        path: prefix.show(path),
        bytes,
    };
    let parsed = match format {
        Format::Json => parse_json(&source.bytes),
        Format::Yaml => parse_yaml(&source.bytes),
    };
    let root = match parsed {
        Ok(root) => root,
        Err(error) => return Loaded::Bad(vec![unparsable(&source, format, &error)]),
    };
    match schema(&root) {
        Ok(value) => Loaded::Good(Document { source, root, value }),
        Err(faults) => {
            let trouble = |fault: Fault| Trouble {
                place: Some(source.place(&fault.pointer, fault.span)),
                message: fault.message,
            };
            Loaded::Bad(faults.into_iter().map(trouble).collect())
        }
    }
}

fn unreadable(error: &ReadError) -> String {
    match error {
        ReadError::Absent => "the file is missing".to_owned(),
        other => format!("the file can't be read: it {other}"),
    }
}

fn unparsable(source: &Source, format: Format, error: &ParseError) -> Trouble {
    let word = match format {
        Format::Json => "JSON",
        Format::Yaml => "YAML",
    };
    let span = Span {
        start: error.at,
        end: error.at.saturating_add(1),
    };
    Trouble {
        message: format!("not readable as {word}: {error}"),
        place: Some(source.place("", span)),
    }
}

/// What a rule says where a value makes the reference crash: an error of the file's own rule.
pub(crate) fn crash<'o, T>(
    out: &'o mut Out<'_>,
    owner: &Meta,
    document: &Document<T>,
    pointer: &str,
    message: impl Into<String>,
) -> &'o mut Finding {
    let place = document.place(pointer);
    out.error_under(owner, document.path(), message).at(place)
}
