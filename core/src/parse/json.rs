//! JSON as Python's `json.loads` takes it.
//!
//! One reader serves files that are held as a whole ([`parse_json`]) and files of any length, of which it goes through
//! the bytes and keeps the values that are asked for ([`read_json`], [`Keep`]).

use std::collections::BTreeMap;
use std::io::Read;

use super::map::{Entry, Map};
use super::{Node, ParseError, ParseErrorKind, Span, Value};
use crate::tree::ReadError;

mod input;
mod keep;
mod pieces;
mod scalars;
#[cfg(test)]
mod tests;

pub use keep::Keep;
pub use pieces::Piece;

use input::{Input, Slice, Stream};

/// Lists and objects that may be open at once. The reference crashes on deeper files: measured, it reads 989 levels
/// in release 0.1.1.9 and 988 in 1.5.3.0, whose own calls take one more.
pub const JSON_MAX_DEPTH: usize = 988;

/// Reads a JSON document: UTF-8 without a byte-order mark; besides the standard also `NaN`, `Infinity`, `-Infinity`,
/// floats beyond the range (infinite) and lone surrogate escapes. An integer may have
/// [`MAX_DIGITS`](super::MAX_DIGITS) digits.
pub fn parse_json(bytes: &[u8]) -> Result<Node, ParseError> {
    super::utf8(bytes)?;
    let mut reader = Reader::new(Slice::new(bytes), usize::MAX);
    match reader.document(&Keep::All) {
        Ok(node) => Ok(node),
        Err(Stop::Parse(error)) => Err(error),
        // A slice gives no other trouble.
        Err(Stop::Read(_) | Stop::TooMuch) => Err(reader.error("can't be held")),
    }
}

/// What was kept of a document.
#[derive(Debug)]
pub struct Kept {
    /// The values that were asked for.
    pub root: Node,
    /// The text around them.
    pub pieces: Vec<Piece>,
    /// Length of the document in bytes.
    pub length: usize,
    /// What keeping it takes, in bytes, by estimate.
    pub cost: usize,
    /// Numbers outside of what was kept that aren't finite: the places of the first few, ...
    pub nonfinite: Vec<Span>,
    /// ... and how many there are in all.
    pub nonfinite_count: usize,
}

/// Why a document could not be read as a stream.
#[derive(Debug)]
pub enum Unkept {
    /// It is no JSON; with the text around the error.
    Parse(ParseError, Vec<Piece>),
    /// It can't be read.
    Read(ReadError),
    /// What was asked for takes more than the given number of bytes.
    TooMuch,
}

/// Goes through a JSON document of any length, in bounded memory: its syntax is checked as [`parse_json`] does, and the
/// values that `keep` names are kept, as long as they take `most` bytes by estimate.
pub fn read_json(stream: &mut dyn Read, keep: &Keep, most: usize) -> Result<Kept, Unkept> {
    read_json_by(WINDOW_BYTES, stream, keep, most)
}

/// Bytes that [`read_json`] has at hand at a time.
const WINDOW_BYTES: usize = 256 * 1024;

/// As [`read_json`], so many bytes at a time; the result is the same for all of them.
pub fn read_json_by(window: usize, stream: &mut dyn Read, keep: &Keep, most: usize) -> Result<Kept, Unkept> {
    let mut reader = Reader::new(Stream::new(stream, window), most);
    match reader.document(keep) {
        Ok(root) => {
            let length = reader.input.offset();
            let pieces = reader.input.into_pieces();
            let text: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
            let cost = text.saturating_add(most.saturating_sub(reader.left));
            if cost > most {
                return Err(Unkept::TooMuch);
            }
            Ok(Kept {
                root,
                pieces,
                length,
                cost,
                nonfinite: reader.nonfinite,
                nonfinite_count: reader.nonfinite_count,
            })
        }
        Err(Stop::Parse(error)) => {
            // Bytes that aren't UTF-8 count before all else, wherever they stand.
            let error = match reader.input.drain() {
                Err(Stop::Parse(not_utf8)) if error.kind != ParseErrorKind::NotUtf8 => not_utf8,
                Err(Stop::Read(error)) => return Err(Unkept::Read(error)),
                _ => error,
            };
            let pieces = reader.input.into_pieces_at(error.at);
            Err(Unkept::Parse(error, pieces))
        }
        Err(Stop::Read(error)) => Err(Unkept::Read(error)),
        Err(Stop::TooMuch) => Err(Unkept::TooMuch),
    }
}

/// Why reading stopped.
enum Stop {
    Parse(ParseError),
    Read(ReadError),
    TooMuch,
}

/// By estimate, what a value takes apart from its text, with its share of what grows by doubling.
const NODE_BYTES: usize = 2 * size_of::<Entry>();

/// Numbers that aren't finite of which the place is kept, where the value isn't.
const MOST_NONFINITE: usize = 100;

struct Reader<'k, I> {
    input: I,
    open: Vec<Open<'k>>,
    /// Bytes that may still be kept.
    left: usize,
    nonfinite: Vec<Span>,
    nonfinite_count: usize,
}

/// A list or object whose end has not been seen.
struct Open<'k> {
    start: usize,
    /// Whether it is kept itself.
    wanted: bool,
    /// What is kept of the item or the value that comes next.
    next: Option<&'k Keep>,
    content: Content<'k>,
}

enum Content<'k> {
    List(Vec<Node>),
    Object {
        keep: Option<&'k Keep>,
        entries: Vec<Entry>,
        /// The key whose value comes next, if that is kept.
        key: Option<Node>,
        /// By entry: what tells keys with lone surrogates apart.
        surrogates: BTreeMap<usize, Vec<(usize, u32)>>,
    },
}

/// What reading a value came to.
enum Step {
    /// It is a list or object that goes on.
    Opened,
    /// It has ended; a node if it is kept.
    Done(Option<Node>),
}

impl<'k, I: Input> Reader<'k, I> {
    fn new(input: I, most: usize) -> Self {
        Self {
            input,
            open: Vec::new(),
            left: most,
            nonfinite: Vec::new(),
            nonfinite_count: 0,
        }
    }

    fn document(&mut self, keep: &'k Keep) -> Result<Node, Stop> {
        self.ahead(3)?;
        if self.input.rest().starts_with("\u{feff}".as_bytes()) {
            return Err(self.stop("starts with a byte-order mark; save it as UTF-8 without one"));
        }
        self.skip_blanks()?;
        if self.peek()?.is_none() {
            return Err(self.stop("the file is empty"));
        }
        let mut want = Some(keep);
        loop {
            if let Step::Done(mut node) = self.value(want)? {
                // A finished value goes into what is open around it, and may finish that too.
                loop {
                    let Some(around) = self.open.last_mut() else {
                        self.skip_blanks()?;
                        return match (self.peek()?, node) {
                            (None, Some(node)) => Ok(node),
                            _ => Err(self.stop("more text after the end of the value")),
                        };
                    };
                    around.take(node);
                    self.skip_blanks()?;
                    match self.close()? {
                        Step::Done(closed) => node = closed,
                        Step::Opened => break,
                    }
                }
            }
            want = self.open.last().and_then(|around| around.next);
        }
    }

    /// Reads a value.
    fn value(&mut self, want: Option<&'k Keep>) -> Result<Step, Stop> {
        self.skip_blanks()?;
        let start = self.input.offset();
        if want.is_some() {
            self.input.mark(start);
            self.spend(NODE_BYTES)?;
        }
        let value = match self.peek()? {
            Some(b'"') if want.is_none() => {
                self.skip_string()?;
                return Ok(Step::Done(None));
            }
            Some(b'"') => self.string()?.into_value().0,
            Some(b'[') => {
                let next = want.and_then(Keep::item);
                self.open(want, next, Content::List(Vec::new()))?;
                self.skip_blanks()?;
                return if self.peek()? == Some(b']') {
                    self.close()
                } else {
                    Ok(Step::Opened)
                };
            }
            Some(b'{') => {
                let content = Content::Object {
                    keep: want,
                    entries: Vec::new(),
                    key: None,
                    surrogates: BTreeMap::new(),
                };
                self.open(want, None, content)?;
                self.skip_blanks()?;
                if self.peek()? == Some(b'}') {
                    return self.close();
                }
                self.key()?;
                return Ok(Step::Opened);
            }
            Some(b'-' | b'0'..=b'9') => self.number(want.is_some())?,
            _ => self.word()?,
        };
        let end = self.input.offset();
        let span = Span { start, end };
        if want.is_some() {
            return Ok(Step::Done(Some(Node { value, span })));
        }
        if matches!(value, Value::Float(number) if !number.is_finite()) {
            self.nonfinite_count = self.nonfinite_count.saturating_add(1);
            if self.nonfinite.len() < MOST_NONFINITE {
                self.input.mark(start);
                self.nonfinite.push(span);
            }
        }
        Ok(Step::Done(None))
    }

    fn open(
        &mut self,
        want: Option<&'k Keep>,
        next: Option<&'k Keep>,
        content: Content<'k>,
    ) -> Result<(), Stop> {
        if self.open.len() >= JSON_MAX_DEPTH {
            let message =
                format!("nested deeper than {JSON_MAX_DEPTH} levels; the reference can't read it either");
            return Err(self.parse_error(ParseErrorKind::TooDeep, self.input.offset(), message));
        }
        self.open.push(Open {
            start: self.input.offset(),
            wanted: want.is_some(),
            next,
            content,
        });
        self.input.advance(1);
        Ok(())
    }

    /// After a value or an opening bracket: goes past the comma and a key, or closes the innermost list or object.
    fn close(&mut self) -> Result<Step, Stop> {
        let in_list = matches!(
            self.open.last(),
            Some(Open {
                content: Content::List(_),
                ..
            })
        );
        match (self.peek()?, in_list) {
            (Some(b','), _) => {
                self.input.advance(1);
                if !in_list {
                    self.skip_blanks()?;
                    self.key()?;
                }
                return Ok(Step::Opened);
            }
            (Some(b']'), true) | (Some(b'}'), false) => {}
            (_, true) => return Err(self.stop("expected `,` or `]`")),
            (_, false) => return Err(self.stop("expected `,` or `}`")),
        }
        self.input.advance(1);
        let end = self.input.offset();
        let closed = self.open.pop().filter(|open| open.wanted);
        Ok(Step::Done(closed.map(|Open { start, content, .. }| {
            let value = match content {
                Content::List(items) => Value::List(items),
                Content::Object {
                    entries, surrogates, ..
                } => Value::Map(object(entries, &surrogates)),
            };
            let span = Span { start, end };
            Node { value, span }
        })))
    }

    fn key(&mut self) -> Result<(), Stop> {
        let start = self.input.offset();
        if self.peek()? != Some(b'"') {
            return Err(self.stop("expected a key in double quotes"));
        }
        let keep = match self.open.last() {
            Some(Open {
                content: Content::Object { keep: Some(keep), .. },
                ..
            }) if keep.looks_at_keys() => Some(*keep),
            _ => None,
        };
        let kept = match keep {
            None => {
                self.skip_string()?;
                None
            }
            Some(keep) => {
                self.input.mark(start);
                let (value, broken) = self.key_text(keep)?.into_value();
                let span = Span {
                    start,
                    end: self.input.offset(),
                };
                keep.value_of(&value)
                    .map(|next| (Node { value, span }, broken, next))
            }
        };
        self.skip_blanks()?;
        if self.peek()? != Some(b':') {
            return Err(self.stop("expected `:`"));
        }
        self.input.advance(1);
        if let Some(Open {
            next,
            content:
                Content::Object {
                    entries,
                    key,
                    surrogates,
                    ..
                },
            ..
        }) = self.open.last_mut()
        {
            let (node, below) = match kept {
                Some((node, broken, below)) => {
                    if !broken.is_empty() {
                        surrogates.insert(entries.len(), broken);
                    }
                    (Some(node), Some(below))
                }
                None => (None, None),
            };
            (*key, *next) = (node, below);
        }
        Ok(())
    }

    fn skip_blanks(&mut self) -> Result<(), Stop> {
        loop {
            let rest = self.input.rest();
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
            let count = rest.iter().position(|byte| !blank(byte)).unwrap_or(rest.len());
            let ended = count == rest.len();
            self.input.advance(count);
            if !ended || !self.input.more()? {
                return Ok(());
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, Stop> {
        if let Some(byte) = self.input.rest().first() {
            return Ok(Some(*byte));
        }
        self.input.more()?;
        Ok(self.input.rest().first().copied())
    }

    /// Has at least so many bytes at hand, unless the document ends before.
    fn ahead(&mut self, bytes: usize) -> Result<(), Stop> {
        while self.input.rest().len() < bytes && self.input.more()? {}
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Stop> {
        self.left = self.left.checked_sub(bytes).ok_or(Stop::TooMuch)?;
        Ok(())
    }

    fn error(&self, message: &str) -> ParseError {
        ParseError {
            kind: ParseErrorKind::Syntax,
            at: self.input.offset(),
            message: message.to_owned(),
        }
    }

    /// A syntax error where the reader stands.
    fn stop(&mut self, message: &str) -> Stop {
        let at = self.input.offset();
        self.parse_error(ParseErrorKind::Syntax, at, message.to_owned())
    }

    fn parse_error(&mut self, kind: ParseErrorKind, at: usize, message: String) -> Stop {
        self.input.mark(at);
        Stop::Parse(ParseError { kind, at, message })
    }
}

impl Open<'_> {
    fn take(&mut self, node: Option<Node>) {
        let Some(node) = node else { return };
        match &mut self.content {
            Content::List(items) => items.push(node),
            Content::Object { entries, key, .. } => {
                if let Some(key) = key.take() {
                    entries.push(Entry { key, value: node });
                }
            }
        }
    }
}

fn object(entries: Vec<Entry>, surrogates: &BTreeMap<usize, Vec<(usize, u32)>>) -> Map {
    fn text(entry: Option<&Entry>) -> &str {
        match entry.map(|entry| &entry.key.value) {
            Some(Value::Str(text) | Value::LoneSurrogate(text)) => text,
            _ => "",
        }
    }
    Map::of_entries(entries, |entries, one, other| {
        text(entries.get(one))
            .cmp(text(entries.get(other)))
            .then_with(|| surrogates.get(&one).cmp(&surrogates.get(&other)))
    })
}
