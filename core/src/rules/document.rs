//! A file on its way to facts: read, parsed, matched against its schema; each step may fail with a place.

use std::sync::Arc;

use crate::coerce::Fault;
use crate::diag::{Finding, Place, Source};
use crate::parse::{Node, ParseError, ParseErrorKind, Span, Value, parse_json, parse_yaml};
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

/// A file that could be used. Several readings of one file share its bytes.
#[derive(Clone, Debug)]
pub struct Document<T> {
    file: Arc<File>,
    /// What its schema made of it; `()` before one has looked at it.
    pub value: T,
}

#[derive(Debug)]
struct File {
    source: Source,
    root: Node,
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
    /// Which of the reference's messages it is.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, once the file could be read.
    pub place: Option<Place>,
    /// Whether the file must be reported even where the reference takes an unusable one for absent: it crashes there, or
    /// reads what we don't.
    pub blocks: bool,
}

impl<T> Document<T> {
    /// The file's path as printed.
    pub fn path(&self) -> &str {
        &self.file.source.path
    }

    /// The values as read, before the schema.
    pub fn root(&self) -> &Node {
        &self.file.root
    }

    /// The place of a value, or of the nearest value above it.
    pub fn place(&self, pointer: &str) -> Place {
        self.file.source.place_of(&self.file.root, pointer)
    }

    /// The place of a span.
    pub fn place_of_span(&self, pointer: &str, span: Span) -> Place {
        self.file.source.place(pointer, span)
    }

    /// Matches the file against a schema.
    pub fn read_as<U>(&self, schema: impl FnOnce(&Node) -> Result<U, Vec<Fault>>) -> Loaded<U> {
        let trouble = |fault: Fault| Trouble {
            key: fault.kind.key(),
            place: Some(self.place_of_span(&fault.pointer, fault.span)),
            message: fault.message,
            blocks: false,
        };
        match schema(self.root()) {
            Ok(value) => Loaded::Good(Document {
                file: Arc::clone(&self.file),
                value,
            }),
            Err(faults) => Loaded::Bad(faults.into_iter().map(trouble).collect()),
        }
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

    /// Reports every trouble of the file as an error of the rule that owns it.
    pub fn report(&self, path: &str, out: &mut Out<'_>) {
        let Self::Bad(troubles) = self else { return };
        for trouble in troubles {
            let finding = out.schema_error(path, trouble.key, trouble.message.clone());
            if let Some(place) = &trouble.place {
                finding.at(place.clone());
            }
        }
    }
}

impl Loaded<()> {
    /// Matches the file against a schema, if it could be read at all.
    pub fn read_as<U>(&self, schema: impl FnOnce(&Node) -> Result<U, Vec<Fault>>) -> Loaded<U> {
        match self {
            Self::Good(document) => document.read_as(schema),
            Self::Bad(troubles) => Loaded::Bad(troubles.clone()),
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
    load_raw(tree, prefix, path, format).read_as(schema)
}

/// Reads a file; its values are not matched against anything yet.
pub fn load_raw(tree: &dyn Tree, prefix: &Prefix, path: &str, format: Format) -> Loaded<()> {
    match tree.read(path) {
        Ok(bytes) => parse(prefix.show(path), bytes.into_owned(), format),
        Err(error) => Loaded::Bad(vec![Trouble {
            key: "io-error",
            message: unreadable(&error),
            place: None,
            blocks: matches!(error, ReadError::Outside | ReadError::TooLarge { .. }),
        }]),
    }
}

/// Reads bytes that came from `path`, as printed.
pub fn parse(path: String, bytes: Vec<u8>, format: Format) -> Loaded<()> {
    let source = Source::new(path, bytes);
    let parsed = match format {
        Format::Json => parse_json(&source.bytes),
        Format::Yaml => parse_yaml(&source.bytes),
    };
    match parsed {
        Ok(root) if format == Format::Yaml && !matches!(root.value, Value::Map(_)) => {
            Loaded::Bad(vec![Trouble {
                key: "not-a-mapping",
                message: format!("expected a mapping, found {}", root.value.name()),
                place: Some(source.place("", root.span)),
                blocks: false,
            }])
        }
        Ok(root) => Loaded::Good(Document {
            file: Arc::new(File { source, root }),
            value: (),
        }),
        Err(error) => Loaded::Bad(vec![unparsable(&source, format, &error)]),
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
        key: "parse-error",
        message: format!("not readable as {word}: {error}"),
        place: Some(source.place("", span)),
        blocks: error.kind != ParseErrorKind::Syntax,
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
