//! A file that was read, or the parts of it that were kept, and places in it.

use std::sync::OnceLock;

use crate::diag::Place;
use crate::parse::{Node, Piece, Span};

/// Longest piece of a source line that a place shows, in characters.
const LONGEST_LINE: usize = 160;

/// Bytes from one offset of which line and column are known to the next. Finding others goes through no more.
const STRIDE: usize = 4096;

/// A file as the checker read it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's path as printed.
    pub path: String,
    /// Its text in order: all of it, or the parts that were kept.
    pieces: Vec<Piece>,
    /// Known places of each piece; found when the first place is asked for.
    known: OnceLock<Vec<Vec<Known>>>,
}

/// An offset in a piece of which line and column are known.
#[derive(Clone, Copy, Debug)]
struct Known {
    offset: usize,
    line: usize,
    /// Characters of the line before it.
    before: usize,
}

impl Source {
    /// A file that was read as a whole.
    pub fn new(path: String, bytes: Vec<u8>) -> Self {
        let whole = Piece {
            start: 0,
            line: 1,
            before: 0,
            bytes,
        };
        Self::of_pieces(path, vec![whole])
    }

    /// A file of which parts were kept, in order.
    pub fn of_pieces(path: String, pieces: Vec<Piece>) -> Self {
        Self {
            path,
            pieces,
            known: OnceLock::new(),
        }
    }

    /// The text that begins with the file's first byte: all of it, unless only parts were kept.
    pub fn bytes(&self) -> &[u8] {
        match self.pieces.first() {
            Some(piece) if piece.start == 0 => &piece.bytes,
            _ => &[],
        }
    }

    /// The place of a span.
    pub fn place(&self, pointer: &str, span: Span) -> Place {
        let number = self
            .pieces
            .partition_point(|piece| piece.start <= span.start)
            .saturating_sub(1);
        let known = self.known.get_or_init(|| self.pieces.iter().map(known).collect());
        let (bytes, start, known) = match (self.pieces.get(number), known.get(number)) {
            (Some(piece), Some(known)) => (piece.bytes.as_slice(), piece.start, known.as_slice()),
            _ => (&[][..], 0, &[][..]),
        };
        let at = span.start.saturating_sub(start).min(bytes.len());
        let (line, before) = locate(bytes, known, at);
        let (left, right) = bytes.split_at(at);

        // What the line has around the value, as far as it may be shown.
        let from = back(left, before.min(LONGEST_LINE));
        let line_ahead = right.get(..line_end(right)).unwrap_or_default();
        let shown_before = count(left.get(from..).unwrap_or_default());
        // A long line is cut so that the value stands near the front; the column stays that of the file.
        let column = before.saturating_add(1);
        let first = if before.saturating_add(count(line_ahead)) > LONGEST_LINE {
            column.saturating_sub(LONGEST_LINE / 4)
        } else {
            0
        };
        let text = bytes.get(from..at.saturating_add(line_ahead.len()));
        let text = String::from_utf8_lossy(text.unwrap_or_default());
        let hidden = first.saturating_sub(before.saturating_sub(shown_before));
        // The value may be the line's own end.
        let text = text.trim_end_matches(['\r', '\n']);
        let shown: String = text.chars().skip(hidden).take(LONGEST_LINE).collect();

        let length = span.end.saturating_sub(span.start).min(line_ahead.len());
        let width = count(line_ahead.get(..length).unwrap_or_default());
        Place {
            file: self.path.clone(),
            pointer: pointer.to_owned(),
            line,
            column,
            width: width.clamp(1, LONGEST_LINE),
            text: printable(&shown),
            text_column: column.saturating_sub(first),
        }
    }

    /// The place of a value by its pointer, or of the nearest value above it.
    pub fn place_of(&self, root: &Node, pointer: &str) -> Place {
        self.place(pointer, nearest(root, pointer).span)
    }
}

/// Whether a byte begins a character. One that continues a UTF-8 character starts no column of its own.
fn begins(byte: u8) -> bool {
    (byte & 0b1100_0000) != 0b1000_0000
}

fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| begins(**byte)).count()
}

/// The known places of a piece: where its lines start, and every so often in long ones. LF, CRLF and lone CR end a line.
fn known(piece: &Piece) -> Vec<Known> {
    let mut here = Known {
        offset: 0,
        line: piece.line,
        before: piece.before,
    };
    let mut known = vec![here];
    let mut since = 0_usize;
    for (at, byte) in piece.bytes.iter().enumerate() {
        let next = at.saturating_add(1);
        here.before = here.before.saturating_add(usize::from(begins(*byte)));
        since = since.saturating_add(1);
        let breaks = *byte == b'\n' || (*byte == b'\r' && piece.bytes.get(next) != Some(&b'\n'));
        if breaks {
            here.line = here.line.saturating_add(1);
            here.before = 0;
        }
        if breaks || since >= STRIDE {
            here.offset = next;
            known.push(here);
            since = 0;
        }
    }
    known
}

/// Line of an offset, and the characters of the line before it.
fn locate(bytes: &[u8], known: &[Known], at: usize) -> (usize, usize) {
    let after = known.partition_point(|known| known.offset <= at);
    let Some(known) = after.checked_sub(1).and_then(|last| known.get(last)) else {
        return (1, 0);
    };
    let since = count(bytes.get(known.offset..at).unwrap_or_default());
    (known.line, known.before.saturating_add(since))
}

/// Where the last `characters` begin.
fn back(bytes: &[u8], characters: usize) -> usize {
    let Some(nth) = characters.checked_sub(1) else {
        return bytes.len();
    };
    let starts = bytes.iter().enumerate().rev();
    let mut starts = starts.filter(|(_, byte)| begins(**byte));
    starts.nth(nth).map_or(0, |(at, _)| at)
}

/// Where the line ends, or what may be shown of it.
fn line_end(bytes: &[u8]) -> usize {
    let mut characters = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        characters = characters.saturating_add(usize::from(begins(*byte)));
        if matches!(byte, b'\n' | b'\r') || characters > LONGEST_LINE.saturating_add(1) {
            return at;
        }
    }
    bytes.len()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Keep, LineIndex, read_json};

    /// Line, column, width, shown text and its column, found the plain way.
    fn plainly(bytes: &[u8], span: Span) -> (usize, usize, usize, String, usize) {
        let index = LineIndex::new(bytes);
        let (start, end) = (index.locate(span.start), index.locate(span.end));
        let text = index.line_text(start.line);
        let length = text.chars().count();
        let last = if end.line == start.line {
            end.column
        } else {
            length + 1
        };
        let first = if length > LONGEST_LINE {
            start.column.saturating_sub(LONGEST_LINE / 4)
        } else {
            0
        };
        let shown: String = text.chars().skip(first).take(LONGEST_LINE).collect();
        let width = last.saturating_sub(start.column).clamp(1, LONGEST_LINE);
        (
            start.line,
            start.column,
            width,
            printable(&shown),
            start.column - first,
        )
    }

    fn check(source: &Source, bytes: &[u8], span: Span) {
        let place = source.place("", span);
        let found = (
            place.line,
            place.column,
            place.width,
            place.text,
            place.text_column,
        );
        assert_eq!(found, plainly(bytes, span), "{span:?}");
    }

    fn sample() -> String {
        let long = "\u{e4}\u{20ac}x".repeat(4000);
        let short: Vec<String> = (0..200).map(|n| format!("\"k{n}\": {n},\r\n")).collect();
        let short = short.concat();
        format!("{{\r\n{short}\r\"a\": [\"{long}\", 1, \"{long}\"],\r\"b\": [\n2\n], \"c\": \"{long}\"}}")
    }

    #[test]
    fn places_of_a_whole_file_are_those_of_its_lines() {
        let text = sample();
        let source = Source::new("x".to_owned(), text.clone().into_bytes());
        for start in (0..text.len()).filter(|at| text.is_char_boundary(*at)).step_by(7) {
            for end in [start, start + 1, start + 300, text.len()] {
                let end = (start..=end.min(text.len()))
                    .rev()
                    .find(|at| text.is_char_boundary(*at));
                check(
                    &source,
                    text.as_bytes(),
                    Span {
                        start,
                        end: end.unwrap(),
                    },
                );
            }
        }
    }

    #[test]
    fn places_in_kept_pieces_are_those_of_the_whole_file() {
        let text = sample();
        let keep = Keep::fields(&[
            ("k7", Keep::Shape),
            ("a", Keep::Each(&Keep::Shape)),
            ("b", Keep::All),
        ]);
        let kept = read_json(&mut text.as_bytes(), &keep, usize::MAX).unwrap();
        let held: usize = kept.pieces.iter().map(|piece| piece.bytes.len()).sum();
        assert!(held < text.len() / 2, "{held} bytes were kept");
        let source = Source::of_pieces("x".to_owned(), kept.pieces);
        let mut spans = vec![kept.root.span];
        for name in ["k7", "a", "b"] {
            let node = kept.root.child(name).unwrap();
            spans.push(node.span);
            spans.extend((0..3).filter_map(|item| Some(node.child(&item.to_string())?.span)));
        }
        assert_eq!(spans.len(), 8);
        for span in spans {
            check(&source, text.as_bytes(), span);
        }
    }

    #[test]
    fn a_place_in_a_long_line_costs_a_stride_not_the_line() {
        let source = Source::new("x".to_owned(), vec![b'x'; 1 << 20]);
        source.place("", Span { start: 0, end: 1 });
        let known = source.known.get().unwrap();
        assert_eq!(known[0].len(), (1 << 20) / STRIDE + 1);
        let place = source.place(
            "",
            Span {
                start: 700_000,
                end: 700_002,
            },
        );
        assert_eq!(
            (place.line, place.column, place.text.len()),
            (1, 700_001, LONGEST_LINE)
        );
    }
}
