//! Files as blocks of work: a whole file, or some lines of one.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::{MAX_TEXT_BYTES, Place, TokenFilesError, open};

/// A block of lines ends at this many lines or bytes, whichever comes first.
const BLOCK_LINES: usize = 64;
const BLOCK_BYTES: usize = 1 << 20;

/// Bytes read from a file at once.
const PIECE_BYTES: usize = 1 << 20;

/// One line of a file, not blank.
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// Number of its text among all texts, from 0.
    pub(super) text_number: u64,
    /// Without its line feed.
    pub(super) bytes: Vec<u8>,
}

/// What one worker gets.
pub(super) enum Block {
    /// A file that is one text; it is opened where it is counted, unless it is stdin.
    Whole {
        file: PathBuf,
        reader: Option<Box<dyn Read + Send>>,
        text_number: u64,
    },
    /// Some lines.
    Lines {
        file: PathBuf,
        lines: Vec<Line>,
        bytes: usize,
    },
}

impl Block {
    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Lines { bytes, .. } => *bytes,
            Self::Whole { file, .. } => std::fs::metadata(file)
                .ok()
                .and_then(|metadata| usize::try_from(metadata.len()).ok())
                .unwrap_or(0),
        }
    }
}

/// The blocks of some files, in order.
pub(super) struct Blocks<'a, S> {
    files: std::slice::Iter<'a, PathBuf>,
    by_lines: bool,
    /// Taken by the first `-`.
    stdin: Option<S>,
    current: Option<Current<'a>>,
    n_texts: u64,
}

/// A file that is read line by line.
struct Current<'a> {
    file: &'a PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    n_lines: u64,
}

impl<'a, S: FnOnce() -> Box<dyn Read + Send>> Blocks<'a, S> {
    pub(super) fn new(files: &'a [PathBuf], by_lines: bool, stdin: S) -> Self {
        Self {
            files: files.iter(),
            by_lines,
            stdin: Some(stdin),
            current: None,
            n_texts: 0,
        }
    }

    fn open(&mut self, file: &Path) -> Result<Box<dyn Read + Send>, TokenFilesError> {
        if is_stdin(file) {
            return Ok(self.take_stdin());
        }
        let opened = open(file).map_err(|cause| TokenFilesError::Unreadable {
            file: file.to_owned(),
            cause,
        })?;
        Ok(Box::new(opened))
    }

    /// A second `-` finds nothing left.
    fn take_stdin(&mut self) -> Box<dyn Read + Send> {
        match self.stdin.take() {
            Some(stdin) => stdin(),
            None => Box::new(std::io::empty()),
        }
    }

    fn next_lines(&mut self) -> Result<Option<Block>, TokenFilesError> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(file) = self.files.next() else {
                    return Ok(None);
                };
                let reader = BufReader::with_capacity(PIECE_BYTES, self.open(file)?);
                self.current = Some(Current {
                    file,
                    reader,
                    n_lines: 0,
                });
                continue;
            };
            let (lines, bytes) = current.lines(&mut self.n_texts)?;
            if !lines.is_empty() {
                return Ok(Some(Block::Lines {
                    file: current.file.clone(),
                    lines,
                    bytes,
                }));
            }
            self.current = None;
        }
    }
}

impl<S: FnOnce() -> Box<dyn Read + Send>> Iterator for Blocks<'_, S> {
    type Item = Result<Block, TokenFilesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.by_lines {
            return self.next_lines().transpose();
        }
        let file = self.files.next()?;
        let reader = is_stdin(file).then(|| self.take_stdin());
        let text_number = self.n_texts;
        self.n_texts += 1;
        Some(Ok(Block::Whole {
            file: file.clone(),
            reader,
            text_number,
        }))
    }
}

impl Current<'_> {
    /// The lines of one block and their bytes; none at the file's end.
    fn lines(&mut self, n_texts: &mut u64) -> Result<(Vec<Line>, usize), TokenFilesError> {
        let mut lines = Vec::new();
        let mut n_bytes = 0;
        while lines.len() < BLOCK_LINES && n_bytes < BLOCK_BYTES {
            let mut bytes = Vec::new();
            let place = Place {
                file: self.file.clone(),
                line: Some(self.n_lines + 1),
            };
            let n_read = (&mut self.reader)
                .take(MAX_TEXT_BYTES + 1)
                .read_until(b'\n', &mut bytes)
                .map_err(|cause| TokenFilesError::Unreadable {
                    file: self.file.clone(),
                    cause,
                })?;
            if n_read == 0 {
                break;
            }
            if u64::try_from(n_read).unwrap_or(u64::MAX) > MAX_TEXT_BYTES {
                return Err(TokenFilesError::TooLong { place });
            }
            self.n_lines += 1;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            n_bytes += bytes.len();
            lines.push(Line {
                number: self.n_lines,
                text_number: *n_texts,
                bytes,
            });
            *n_texts += 1;
        }
        Ok((lines, n_bytes))
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// The text in a field of a line that is a JSON object; of several fields of that name the last one.
pub(super) fn field_of_line(line: &str, field: &str) -> Result<String, String> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let value = reader
        .deserialize_any(FieldOf(field))
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| match error.classify() {
            serde_json::error::Category::Data => error.to_string(),
            _ => format!("not JSON: {error}"),
        })?;
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("`{field}` is {}, not a text", kind(&other))),
        None => Err(format!("there is no field `{field}`")),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Reads one field of an object and passes over the others.
struct FieldOf<'f>(&'f str);

impl<'de> Visitor<'de> for FieldOf<'_> {
    type Value = Option<Value>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "an object with the field `{}`", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(IsKey(self.0))? {
            if is_it {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Compares a key without keeping it.
struct IsKey<'f>(&'f str);

impl<'de> DeserializeSeed<'de> for IsKey<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for IsKey<'_> {
    type Value = bool;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}
