//! A file that was read, and places in it.

use std::sync::OnceLock;

use crate::diag::Place;
use crate::parse::{LineIndex, Node, Span};

/// Longest piece of a source line that a place shows, in characters.
const LONGEST_LINE: usize = 160;

/// A file as the checker read it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's path as printed.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where its lines start; found when the first place is asked for.
    line_starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// A file that was read.
    pub fn new(path: String, bytes: Vec<u8>) -> Self {
        Self {
            path,
            bytes,
            line_starts: OnceLock::new(),
        }
    }

    /// The place of a span.
    pub fn place(&self, pointer: &str, span: Span) -> Place {
        let starts = self.line_starts.get_or_init(|| LineIndex::starts(&self.bytes));
        let index = LineIndex::with_starts(&self.bytes, starts);
        let start = index.locate(span.start);
        let end = index.locate(span.end.max(span.start));
        let text = index.line_text(start.line);
        let length = text.chars().count();
        let last = if end.line == start.line {
            end.column
        } else {
            length.saturating_add(1)
        };
        // A long line is cut so that the value stands near the front; the column stays that of the file.
        let first = if length > LONGEST_LINE {
            start.column.saturating_sub(LONGEST_LINE / 4)
        } else {
            0
        };
        let shown: String = text.chars().skip(first).take(LONGEST_LINE).collect();
        Place {
            file: self.path.clone(),
            pointer: pointer.to_owned(),
            line: start.line,
            column: start.column,
            width: last.saturating_sub(start.column).clamp(1, LONGEST_LINE),
            text: printable(&shown),
            text_column: start.column.saturating_sub(first),
        }
    }

    /// The place of a value by its pointer, or of the nearest value above it.
    pub fn place_of(&self, root: &Node, pointer: &str) -> Place {
        self.place(pointer, nearest(root, pointer).span)
    }
}

/// The node at a JSON pointer, or the deepest one on the way to it.
fn nearest<'a>(root: &'a Node, pointer: &str) -> &'a Node {
    let mut node = root;
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let Some(next) = node.child(&name) else { break };
        node = next;
    }
    node
}

/// Control characters shown as U+FFFD, so that a hostile file can't drive the reader's terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() || is_format_control(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Characters that reorder or hide text.
fn is_format_control(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
