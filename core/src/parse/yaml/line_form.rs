//! The short way: the YAML that tools and people mostly write, read line by line.
//!
//! Block mappings and lists of scalars that end with their line, comments and empty lines, in printable ASCII. Anything
//! else, also anything wrong, gives `None`, and the stages read the text from its start: this decides nothing but time.

use std::cmp::Ordering;

use super::super::map::{Entry, Map};
use super::super::{Node, Span, Value};
use super::graph::Tag;
use super::resolve::implicit_tag;
use super::scalar_value;

/// Longer lines are left to the stages; well below what a key may have.
const LONGEST_LINE: usize = 1000;

/// Deeper files are left to the stages.
const DEEPEST: usize = 64;

/// Reads a text of this form with a mapping at its top.
pub(super) fn read(text: &str) -> Option<Node> {
    if !text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
        return None;
    }
    let mut reader = Reader {
        text,
        next: 0,
        line: None,
    };
    reader.advance()?;
    reader.line.filter(|line| line.column == 0)?;
    let root = reader.mapping(0)?;
    reader.line.is_none().then_some(root)
}

struct Reader<'a> {
    text: &'a str,
    /// Where the line behind the current one begins.
    next: usize,
    /// The current line; none at the end.
    line: Option<Line<'a>>,
}

/// A line that is neither empty nor a comment, or what is left of one.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Spaces before the text.
    column: usize,
    /// Byte offset of the text.
    start: usize,
    /// Without the blanks on both sides.
    text: &'a str,
}

/// What stands behind `key:` or `-`.
enum Rest<'a> {
    /// Nothing, or a comment.
    Nothing,
    /// Text, and where it starts.
    Text(&'a str, usize),
}

impl Line<'_> {
    fn is_item(&self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }
}

impl Reader<'_> {
    /// Goes to the next line that says something.
    fn advance(&mut self) -> Option<()> {
        self.line = None;
        while self.next < self.text.len() {
            let rest = self.text.get(self.next..)?;
            let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            if length > LONGEST_LINE {
                return None;
            }
            let whole = rest.get(..length)?;
            let text = whole.trim_start_matches(' ');
            let column = whole.len().checked_sub(text.len())?;
            let start = self.next.checked_add(column)?;
            self.next = self.next.checked_add(length)?.checked_add(1)?;
            if !text.is_empty() && !text.starts_with('#') {
                let text = text.trim_end_matches(' ');
                self.line = Some(Line { column, start, text });
                break;
            }
        }
        Some(())
    }

    fn mapping(&mut self, depth: usize) -> Option<Node> {
        let depth = deeper(depth)?;
        let Line { column, start, .. } = self.line?;
        let mut end = start;
        let mut entries = Vec::new();
        while let Some(line) = self.line {
            match line.column.cmp(&column) {
                Ordering::Less => break,
                Ordering::Greater => return None,
                Ordering::Equal => {}
            }
            let (key, rest, colon_end) = key(&line)?;
            self.advance()?;
            let value = match rest {
                Rest::Text(text, at) => scalar(text, at)?,
                Rest::Nothing => match self.line {
                    Some(line) if line.column > column => self.block(depth)?,
                    Some(line) if line.column == column && line.is_item() => self.sequence(depth, true)?,
                    _ => null(colon_end),
                },
            };
            end = value.span.end;
            entries.push(Entry { key, value });
        }
        let map = Map::of_entries(entries, |entries, one, other| {
            let text = |at: usize| match entries.get(at).map(|entry| &entry.key.value) {
                Some(Value::Str(text)) => Some(text),
                _ => None,
            };
            text(one).cmp(&text(other))
        });
        Some(Node {
            value: Value::Map(map),
            span: Span { start, end },
        })
    }

    /// A list; one below a key may stand at the key's own column, and ends with the first line that is no item.
    fn sequence(&mut self, depth: usize, at_key: bool) -> Option<Node> {
        let depth = deeper(depth)?;
        let Line { column, start, .. } = self.line?;
        let mut end = start;
        let mut items = Vec::new();
        while let Some(line) = self.line {
            match line.column.cmp(&column) {
                Ordering::Less => break,
                Ordering::Equal if line.is_item() => {}
                Ordering::Equal if at_key => break,
                Ordering::Equal | Ordering::Greater => return None,
            }
            let item = match rest(line.text.get(1..)?, line.start.checked_add(1)?)? {
                Rest::Text(text, at) if is_entry(text) => {
                    let indent = at.checked_sub(line.start)?;
                    self.line = Some(Line {
                        column: column.checked_add(indent)?,
                        start: at,
                        text,
                    });
                    self.mapping(depth)?
                }
                Rest::Text(text, at) => {
                    self.advance()?;
                    scalar(text, at)?
                }
                Rest::Nothing => {
                    self.advance()?;
                    match self.line {
                        Some(line) if line.column > column => self.block(depth)?,
                        _ => null(line.start.checked_add(1)?),
                    }
                }
            };
            end = item.span.end;
            items.push(item);
        }
        Some(Node {
            value: Value::List(items),
            span: Span { start, end },
        })
    }

    fn block(&mut self, depth: usize) -> Option<Node> {
        if self.line?.is_item() {
            self.sequence(depth, false)
        } else {
            self.mapping(depth)
        }
    }
}

fn deeper(depth: usize) -> Option<usize> {
    depth.checked_add(1).filter(|depth| *depth <= DEEPEST)
}

fn null(at: usize) -> Node {
    Node {
        value: Value::Null,
        span: Span { start: at, end: at },
    }
}

/// Whether a list's item is a mapping: a `:` ends a word, and no quote begins it.
fn is_entry(text: &str) -> bool {
    !text.starts_with(['"', '\'']) && (text.ends_with(':') || text.contains(": "))
}

/// A key of plain text, what stands behind its `:`, and where that `:` ends.
fn key<'a>(line: &Line<'a>) -> Option<(Node, Rest<'a>, usize)> {
    let colon = memchr::memchr(b':', line.text.as_bytes())?;
    let name = line.text.get(..colon)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let begins = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let plain = name.as_bytes().first().is_some_and(begins) && name.bytes().all(is_name);
    if !plain || implicit_tag(name) != Tag::Str {
        return None;
    }
    let end = line.start.checked_add(colon)?;
    let node = Node {
        value: Value::Str(name.to_owned()),
        span: Span {
            start: line.start,
            end,
        },
    };
    let colon_end = end.checked_add(1)?;
    let behind = line.text.get(colon.checked_add(1)?..)?;
    Some((node, rest(behind, colon_end)?, colon_end))
}

/// What stands behind a `:` or `-`; none if no blank separates it.
fn rest(behind: &str, at: usize) -> Option<Rest<'_>> {
    if behind.is_empty() {
        return Some(Rest::Nothing);
    }
    let text = behind.strip_prefix(' ')?.trim_start_matches(' ');
    if text.starts_with('#') {
        return Some(Rest::Nothing);
    }
    let blanks = behind.len().checked_sub(text.len())?;
    Some(Rest::Text(text, at.checked_add(blanks)?))
}

/// A scalar that ends with its line, or with a comment.
fn scalar(text: &str, start: usize) -> Option<Node> {
    let node = |value: Value, length: usize| {
        let end = start.checked_add(length)?;
        Some(Node {
            value,
            span: Span { start, end },
        })
    };
    let bytes = text.as_bytes();
    match (bytes.first()?, bytes.get(1)) {
        (b'[', Some(b']')) if bytes.len() == 2 => return node(Value::List(Vec::new()), 2),
        (b'{', Some(b'}')) if bytes.len() == 2 => return node(Value::Map(Map::default()), 2),
        (quote @ (b'"' | b'\''), _) => {
            let inner = text.get(1..)?;
            let length = memchr::memchr(*quote, inner.as_bytes())?;
            let (shown, behind) = (inner.get(..length)?, inner.get(length.checked_add(1)?..)?);
            let ends = behind.is_empty() || behind.trim_start_matches(' ').starts_with('#');
            if !ends || behind.starts_with('#') || (*quote == b'"' && shown.contains('\\')) {
                return None;
            }
            return node(Value::Str(shown.to_owned()), length.checked_add(2)?);
        }
        (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'/' | b'+' | b'~', _) => {}
        (b'-', Some(next)) if *next != b' ' => {}
        _ => return None,
    }
    let plain = match text.find(" #") {
        Some(comment) => text.get(..comment)?.trim_end_matches(' '),
        None => text,
    };
    if plain.ends_with(':') || plain.contains(": ") {
        return None;
    }
    let value = match implicit_tag(plain) {
        Tag::Str => Value::Str(plain.to_owned()),
        Tag::Null => Value::Null,
        Tag::Bool => Value::Bool(scalar_value::boolean(plain)?),
        Tag::Int => Value::Int(scalar_value::int(plain)?),
        Tag::Float => Value::Float(scalar_value::float(plain)?),
        _ => return None,
    };
    node(value, plain.len())
}

#[cfg(test)]
mod tests {
    use super::super::{parse_yaml, parse_yaml_in_stages};
    use super::read;

    /// Places and NaN included.
    #[track_caller]
    fn reads_as_the_stages_do(text: &str) -> bool {
        let whole = format!("{:?}", parse_yaml_in_stages(text.as_bytes()));
        assert_eq!(format!("{:?}", parse_yaml(text.as_bytes())), whole, "{text:?}");
        read(text).is_some()
    }

    #[test]
    fn everyday_files_go_the_short_way() {
        for text in [
            "concurrency: 58\ndataset: \"cnn: a # b\"\nnested:\n  deep:\n    x: -1.5\n  y: 'z'  # why\nlast:\n",
            "a: 1",
            "a:\n- b\n-\n  - 1\n  - \n- c: 1\n  d: .nan\n-   e:\n    f: {}\ng: []\n",
            "# head\n\na:   https://x.org/a#b:c   # tail\n\n   # between\nb: ~\n",
            "a: 1\na: 2\nb: yes\nc: 1_000\nd: 1e3\ne: 0x1F\nf: 190:20:30\n",
            "list:\n  - \"one\"\n  - k: v\n    l:\n    - m\n  - two words, [and] more\n",
        ] {
            assert!(reads_as_the_stages_do(text), "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_left_to_the_stages() {
        for text in [
            "",
            "a",
            "- a",
            "a: b\n c",
            "a: b: c",
            "a: 2026-10-01",
            "a: *x",
            "a: &x 1",
            "? a\n: b",
            "a: |\n  x\n",
            "<<: {a: 1}",
            "yes: 1",
            "a:\tb",
            "a: \"x\\n\"",
            "a: 'it''s'",
            "a:\n   b: 1\n  c: 2",
            "a: 1\n---\n",
            "a: \u{e9}",
            "a: 1\n  b: 2",
            "a:\n  - b\n  c: 1",
            "a:\r\n  b: 1",
            "\"a\": 1",
            "a: [1]",
            "a: x\n...\n",
            "a: 9999-99-99",
            "a: =",
            "- a: 1",
            " a: 1",
            "a:b",
            "a: \"x\" y",
            "a: \"x\"#y",
            "%YAML 1.1\n---\na: 1",
        ] {
            assert!(!reads_as_the_stages_do(text), "{text:?}");
        }
    }

    #[test]
    fn pieces_put_together_at_random_read_alike() {
        const PIECES: [&str; 44] = [
            "a:",
            "b: ",
            "c:  ",
            "- ",
            "-",
            "  ",
            "    ",
            " ",
            "\n",
            "\n",
            "\n  ",
            "\n    ",
            "\n- ",
            "\n  - ",
            "x",
            "1",
            "-1",
            "1.5",
            "true",
            "~",
            "null",
            "\"q\"",
            "'q'",
            "[]",
            "{}",
            " # c",
            "#",
            ":",
            ": ",
            "\"",
            "'",
            "<<: ",
            "key: v",
            "2026-10-01",
            "0o7",
            "010",
            ".inf",
            "on: ",
            "a.b-c: ",
            "http://x",
            "\n\n",
            "...",
            "---",
            "?",
        ];
        let mut state: u64 = 7;
        let mut short = 0;
        for _ in 0..60_000 {
            let mut text = String::new();
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                usize::try_from(state >> 33).unwrap()
            };
            for _ in 0..next() % 14 {
                text.push_str(PIECES[next() % PIECES.len()]);
            }
            short += usize::from(reads_as_the_stages_do(&format!("k: 1\n{text}")));
        }
        assert!(short > 1000, "only {short} texts went the short way");
    }
}
