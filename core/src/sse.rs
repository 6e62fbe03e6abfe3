//! Server-sent events, decoded without IO: bytes in, events out, right under any split of the bytes.
//!
//! The grammar is WHATWG's ("interpreting an event stream"): lines end with CR, LF or CRLF; one leading BOM is
//! dropped; `:` starts a comment; `data` lines are joined with LF; a blank line completes the event. Where the
//! standard decodes the whole stream as UTF-8, this decoder hands out bytes, because an invalid sequence inside one
//! event is better reported by whoever reads that event.
//!
//! Each event says at which offset of the stream it was complete, so that a caller who knows when each byte arrived
//! knows when each event did.
//!
//! ```
//! use runbench_core::sse::{Decoder, Event};
//!
//! let mut seen = Vec::new();
//! let mut decoder = Decoder::new(1024);
//! for piece in [&b"data: first\r\n"[..], b"\r\ndata: sec", b"ond\n\n"] {
//!     decoder.push(piece, |event: Event<'_>| seen.push((event.data.to_vec(), event.end)))?;
//! }
//! assert_eq!(seen, [(b"first".to_vec(), 14), (b"second".to_vec(), 29)]);
//! # Ok::<(), runbench_core::sse::SseError>(())
//! ```

mod boundaries;

use std::borrow::Cow;

pub use boundaries::Boundaries;

const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];
const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// One complete event, borrowed from the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event` field; `message` where the stream gave none.
    pub kind: &'a str,
    /// The `data` lines joined with LF, as sent: not necessarily UTF-8.
    pub data: &'a [u8],
    /// The last `id` the stream gave, in this event or an earlier one; empty if none.
    pub last_id: &'a str,
    /// Bytes of the stream up to and with the line ending that completed the event. For CRLF that is its CR.
    pub end: u64,
}

impl<'a> Event<'a> {
    /// The data as the standard decodes it: invalid UTF-8 replaced by U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.data)
    }
}

/// Why a stream can't be decoded further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// A line, or the data of one event, grew past the limit given to [`Decoder::new`].
    #[error("the event that starts at byte {start} of the stream is larger than {limit} bytes")]
    EventTooLarge {
        /// Offset in the stream at which the event began.
        start: u64,
        /// The limit. Bytes.
        limit: usize,
    },
}

/// Decoder of one stream. Holds at most the unfinished line and the data of the unfinished event.
#[derive(Clone, Debug)]
pub struct Decoder {
    max_event_bytes: usize,
    /// Bytes of the mark matched so far; `None` once the stream's start is behind us.
    mark_matched: Option<usize>,
    /// The last byte was a CR, so that an LF now belongs to it.
    after_cr: bool,
    /// Bytes taken so far.
    offset: u64,
    /// Where the unfinished event began.
    event_start: u64,
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    kind: String,
    last_id: String,
    retry_ms: Option<u64>,
    failed: Option<SseError>,
}

impl Decoder {
    /// A decoder that refuses a line or an event's data beyond `max_event_bytes`.
    pub fn new(max_event_bytes: usize) -> Self {
        Self {
            max_event_bytes,
            mark_matched: Some(0),
            after_cr: false,
            offset: 0,
            event_start: 0,
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            kind: String::new(),
            last_id: String::new(),
            retry_ms: None,
            failed: None,
        }
    }

    /// Takes the next bytes of the stream and hands each event that they complete to `on_event`.
    ///
    /// After an error every further push gives the same error.
    pub fn push(&mut self, bytes: &[u8], mut on_event: impl FnMut(Event<'_>)) -> Result<(), SseError> {
        let mut rest = self.skip_mark(bytes);
        while self.failed.is_none() {
            if self.after_cr
                && let Some((&first, tail)) = rest.split_first()
            {
                self.after_cr = false;
                if first == LF {
                    self.advance(1);
                    rest = tail;
                }
            }
            let Some(length) = rest.iter().position(|&byte| byte == CR || byte == LF) else {
                self.keep_partial_line(rest);
                break;
            };
            let (line, tail) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let Some((&ending, tail)) = tail.split_first() else {
                break;
            };
            self.advance(length.saturating_add(1));
            self.after_cr = ending == CR;
            self.end_line(line, &mut on_event);
            rest = tail;
        }
        self.failed.map_or(Ok(()), Err)
    }

    /// Whether the stream may end here: no event has begun that a blank line would still have to complete.
    ///
    /// By the standard an event without its blank line is dropped at the end of the stream.
    pub fn is_between_events(&self) -> bool {
        self.failed.is_none() && self.line.is_empty() && !self.has_data
    }

    /// Bytes taken so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The reconnection time that the stream last asked for. Milliseconds.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    fn advance(&mut self, bytes: usize) {
        self.offset = self
            .offset
            .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Takes a byte order mark off the stream's start, also when it comes in pieces.
    fn skip_mark<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        while let Some(matched) = self.mark_matched {
            let Some((first, tail)) = bytes.split_first() else {
                break;
            };
            match BYTE_ORDER_MARK.get(matched) {
                Some(expected) if expected == first => {
                    self.mark_matched = Some(matched.saturating_add(1));
                    self.advance(1);
                    bytes = tail;
                }
                Some(_) => {
                    self.line.extend(BYTE_ORDER_MARK.iter().take(matched));
                    self.mark_matched = None;
                }
                None => self.mark_matched = None,
            }
        }
        bytes
    }

    /// Comments may be of any length, so they are neither kept nor counted.
    fn keep_partial_line(&mut self, bytes: &[u8]) {
        self.advance(bytes.len());
        let is_comment = self.line.first().or(bytes.first()) == Some(&b':');
        if is_comment {
            self.line.clear();
            self.line.push(b':');
        } else if self.fits(bytes.len()) {
            self.line.extend_from_slice(bytes);
        }
    }

    /// Whether `more` bytes may join the unfinished line; remembers the failure if not.
    fn fits(&mut self, more: usize) -> bool {
        let size = self
            .line
            .len()
            .saturating_add(self.data.len())
            .saturating_add(more);
        if size > self.max_event_bytes {
            self.failed = Some(SseError::EventTooLarge {
                start: self.event_start,
                limit: self.max_event_bytes,
            });
        }
        self.failed.is_none()
    }

    fn end_line(&mut self, rest_of_line: &[u8], on_event: &mut impl FnMut(Event<'_>)) {
        let is_comment = self.line.first().or(rest_of_line.first()) == Some(&b':');
        if is_comment {
            self.line.clear();
        } else if !self.fits(rest_of_line.len()) {
            // The failure is remembered; nothing more comes of this stream.
        } else if self.line.is_empty() {
            self.take_line(rest_of_line, on_event);
        } else {
            let mut line = std::mem::take(&mut self.line);
            line.extend_from_slice(rest_of_line);
            self.take_line(&line, on_event);
            line.clear();
            self.line = line;
        }
    }

    fn take_line(&mut self, line: &[u8], on_event: &mut impl FnMut(Event<'_>)) {
        if line.is_empty() {
            self.dispatch(on_event);
            return;
        }
        let (name, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => {
                let (name, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
                let value = value.strip_prefix(b":").unwrap_or(value);
                (name, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &[][..]),
        };
        match name {
            b"data" => {
                if self.has_data {
                    self.data.push(LF);
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => self.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => self.last_id = String::from_utf8_lossy(value).into_owned(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry_ms = std::str::from_utf8(value)
                    .ok()
                    .and_then(|digits| digits.parse().ok());
            }
            _ => {}
        }
    }

    fn dispatch(&mut self, on_event: &mut impl FnMut(Event<'_>)) {
        if self.has_data {
            on_event(Event {
                kind: if self.kind.is_empty() {
                    "message"
                } else {
                    &self.kind
                },
                data: &self.data,
                last_id: &self.last_id,
                end: self.offset,
            });
        }
        self.data.clear();
        self.has_data = false;
        self.kind.clear();
        self.event_start = self.offset;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(stream: &[u8]) -> Vec<(String, String, u64)> {
        let mut events = Vec::new();
        Decoder::new(1000)
            .push(stream, |event| {
                events.push((event.kind.to_owned(), event.text().into_owned(), event.end));
            })
            .unwrap();
        events
    }

    fn check(stream: &str, expected: &[&str]) {
        let data: Vec<String> = decode(stream.as_bytes())
            .into_iter()
            .map(|(_, data, _)| data)
            .collect();
        assert_eq!(data, expected, "{stream:?}");
    }

    #[test]
    fn every_line_ending_ends_an_event() {
        check("data: a\n\ndata: b\n\n", &["a", "b"]);
        check("data: a\r\rdata: b\r\r", &["a", "b"]);
        check("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]);
        check("data: a\r\n\ndata: b\n\r\n", &["a", "b"]);
    }

    #[test]
    fn joins_data_lines_with_lf() {
        check("data: a\ndata: b\ndata\ndata: c\n\n", &["a\nb\n\nc"]);
    }

    #[test]
    fn takes_one_space_after_the_colon() {
        check("data:a\n\ndata:  b\n\n", &["a", " b"]);
    }

    #[test]
    fn an_event_with_empty_data_is_an_event_and_one_without_data_is_none() {
        check("data\n\n", &[""]);
        check("event: ping\n\ndata: a\n\n", &["a"]);
        assert_eq!(decode(b"event: ping\n\ndata: a\n\n")[0].0, "message");
    }

    #[test]
    fn skips_comments_and_unknown_fields() {
        check(": keep-alive\n\ndata: a\n: x\nother: y\n\n", &["a"]);
    }

    #[test]
    fn drops_one_mark_at_the_start_only() {
        check("\u{feff}data: a\n\n\u{feff}data: b\n\n", &["a"]);
        check("\u{feff}\u{feff}data: a\n\n", &[]);
    }

    #[test]
    fn keeps_the_event_kind_for_one_event() {
        let kinds: Vec<String> = decode(b"event: error\ndata: a\n\ndata: b\n\n")
            .into_iter()
            .map(|e| e.0)
            .collect();
        assert_eq!(kinds, ["error", "message"]);
    }

    #[test]
    fn keeps_the_id_until_it_changes_and_ignores_one_with_nul() {
        let mut ids = Vec::new();
        Decoder::new(100)
            .push(
                b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid\ndata: c\n\n",
                |event| ids.push(event.last_id.to_owned()),
            )
            .unwrap();
        assert_eq!(ids, ["1", "1", ""]);
    }

    #[test]
    fn takes_a_retry_of_digits_only() {
        let mut decoder = Decoder::new(100);
        decoder
            .push(b"retry: 250\nretry: +7\nretry: 1s\n", |_| {})
            .unwrap();
        assert_eq!(decoder.retry_ms(), Some(250));
    }

    #[test]
    fn an_event_without_its_blank_line_is_none() {
        let mut decoder = Decoder::new(100);
        decoder
            .push(b"data: a\n\ndata: b\n", |event| assert_eq!(event.data, b"a"))
            .unwrap();
        assert!(!decoder.is_between_events());
    }

    #[test]
    fn offsets_count_the_mark_and_both_bytes_of_crlf() {
        let ends: Vec<u64> = decode(b"\xEF\xBB\xBFdata: a\r\n\r\ndata: b\n\n")
            .into_iter()
            .map(|e| e.2)
            .collect();
        assert_eq!(ends, [13, 23]);
    }

    #[test]
    fn invalid_utf8_is_kept_and_shown_as_replacement() {
        assert_eq!(decode(b"data: a\xFFb\n\n")[0].1, "a\u{fffd}b");
    }

    #[test]
    fn refuses_an_event_past_the_limit_and_stays_refused() {
        let mut decoder = Decoder::new(16);
        let mut n_events = 0;
        let error = decoder
            .push(b"data: a\n\ndata: 0123456789abc", |_| n_events += 1)
            .unwrap_err();
        assert_eq!(
            (n_events, error),
            (1, SseError::EventTooLarge { start: 9, limit: 16 })
        );
        assert_eq!(decoder.push(b"\n\n", |_| n_events += 1), Err(error));
    }

    #[test]
    fn an_endless_comment_takes_no_memory() {
        let mut decoder = Decoder::new(8);
        decoder.push(b":", |_| {}).unwrap();
        for _ in 0..100 {
            decoder.push(&[b'x'; 1000], |_| {}).unwrap();
        }
        let mut n_events = 0;
        decoder.push(b"\ndata: a\n\n", |_| n_events += 1).unwrap();
        assert_eq!((decoder.line.capacity() < 100, n_events), (true, 1));
    }
}
