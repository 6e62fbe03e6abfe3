//! A file on its way to facts: read, parsed, matched against its schema; each step may fail with a place.

use std::sync::Arc;

use crate::coerce::Fault;
use crate::diag::{Finding, Place, Source};
use crate::limits::{ALL_KEPT_BYTES, KEPT_BYTES, WHOLE_JSON_BYTES};
use crate::parse::{
    self, Keep, Node, ParseError, ParseErrorKind, Span, Value, parse_json, parse_yaml, read_json,
};
use crate::rules::{Meta, Out};
use crate::tree::{Kind, Prefix, ReadError, Tree};

/// How a file's bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As Python's `json`.
    Json,
    /// As Python's `json`; of a file longer than [`WHOLE_JSON_BYTES`] these values are kept.
    JsonOf(&'static Keep),
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
    unkept: Unkept,
}

/// What is known of the values of a long file that were not kept.
#[derive(Debug, Default)]
pub struct Unkept {
    /// Numbers that aren't finite: the places of the first few, ...
    pub nonfinite: Vec<Span>,
    /// ... and how many there are.
    pub nonfinite_count: usize,
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

    /// What is known of values that were not kept.
    pub fn unkept(&self) -> &Unkept {
        &self.file.unkept
    }

    /// What stands at a span of a file that was read as a whole; empty if it is not UTF-8.
    pub fn written(&self, span: Span) -> &str {
        let bytes = self.file.source.bytes().get(span.start..span.end);
        bytes
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
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
            message: naming_field(&fault),
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
    let keep = match format {
        Format::Yaml => None,
        Format::Json => Some(&Keep::All),
        Format::JsonOf(keep) => Some(keep),
    };
    let result = match keep {
        Some(keep) if length(tree, path) > WHOLE_JSON_BYTES => {
            load_parts(tree, prefix.show(path), path, keep)
        }
        _ => tree.read(path).and_then(|bytes| {
            let cost = bytes.len().saturating_mul(COST_OF_A_BYTE);
            claim(tree, cost, KEPT_BYTES.max(cost))?;
            Ok(parse(prefix.show(path), bytes.into_owned(), format))
        }),
    };
    result.unwrap_or_else(|error| {
        Loaded::Bad(vec![Trouble {
            key: "io-error",
            message: unreadable(&error),
            place: None,
            blocks: matches!(
                error,
                ReadError::Outside
                    | ReadError::TooLarge { .. }
                    | ReadError::TooMuch { .. }
                    | ReadError::Refused(_)
                    | ReadError::Damaged(_)
            ),
        }])
    })
}

fn length(tree: &dyn Tree, path: &str) -> u64 {
    match tree.kind(path) {
        Some(Kind::File(length)) => length,
        _ => 0,
    }
}

/// What a byte of a file that is held as a whole takes as values, by estimate: measured, 15 to 33 in files of nothing but
/// short values, and far less in files as people write them.
const COST_OF_A_BYTE: usize = 16;

/// Asks for memory; `limit` is only said.
fn claim(tree: &dyn Tree, cost: usize, limit: usize) -> Result<(), ReadError> {
    if tree.claim(cost) {
        return Ok(());
    }
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Err(ReadError::TooMuch { limit: wide(limit) })
}

/// Goes through a long file and keeps parts of it.
fn load_parts(
    tree: &dyn Tree,
    shown: String,
    path: &str,
    keep: &'static Keep,
) -> Result<Loaded<()>, ReadError> {
    let mut stream = tree.open(path)?;
    match read_json(&mut stream, keep, KEPT_BYTES) {
        Ok(kept) => {
            claim(tree, kept.cost, ALL_KEPT_BYTES)?;
            tree.skimmed(path, kept.length);
            Ok(Loaded::Good(Document {
                file: Arc::new(File {
                    source: Source::of_pieces(shown, kept.pieces),
                    root: kept.root,
                    unkept: Unkept {
                        nonfinite: kept.nonfinite,
                        nonfinite_count: kept.nonfinite_count,
                    },
                }),
                value: (),
            }))
        }
        Err(parse::Unkept::Parse(error, pieces)) => {
            let source = Source::of_pieces(shown, pieces);
            Ok(Loaded::Bad(vec![unparsable(&source, Format::Json, &error)]))
        }
        Err(parse::Unkept::Read(error)) => Err(error),
        Err(parse::Unkept::TooMuch) => Err(ReadError::TooMuch {
            limit: u64::try_from(KEPT_BYTES).unwrap_or(u64::MAX),
        }),
    }
}

/// Reads bytes that came from `path`, as printed.
pub fn parse(path: String, bytes: Vec<u8>, format: Format) -> Loaded<()> {
    let source = Source::new(path, bytes);
    let parsed = match format {
        Format::Json | Format::JsonOf(_) => parse_json(source.bytes()),
        Format::Yaml => parse_yaml(source.bytes()),
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
            file: Arc::new(File {
                source,
                root,
                unkept: Unkept::default(),
            }),
            value: (),
        }),
        Err(error) => Loaded::Bad(vec![unparsable(&source, format, &error)]),
    }
}

fn unreadable(error: &ReadError) -> String {
    match error {
        ReadError::Absent => "the file is missing".to_owned(),
        ReadError::Io(cause) => format!("the file can't be read: {cause}"),
        other => format!("the file can't be read: it {other}"),
    }
}

fn unparsable(source: &Source, format: Format, error: &ParseError) -> Trouble {
    let word = match format {
        Format::Json | Format::JsonOf(_) => "JSON",
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

/// Longer names of fields, in bytes, are left out of messages.
const LONGEST_NAME: usize = 100;

/// A fault's message with the field's name in front, unless it names the field already.
fn naming_field(fault: &Fault) -> String {
    let pointer = fault.pointer.strip_prefix('/').unwrap_or_default();
    let last = pointer.rsplit('/').next().unwrap_or_default();
    if pointer.is_empty() || pointer.len() > LONGEST_NAME || fault.message.contains(&format!("`{last}`")) {
        return fault.message.clone();
    }
    let mut name = String::new();
    for part in pointer.split('/') {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            name.push('[');
            name.push_str(part);
            name.push(']');
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    format!("`{name}`: {}", fault.message)
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
