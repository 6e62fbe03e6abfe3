//! What a client looks for in a stream while it arrives: no more than where events end, and a few signs in them.

use memchr::{memchr_iter, memchr2};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Watches a stream's body grow.
///
/// Event boundaries are those of [`super::Decoder`]. The other signs are read off the bytes without parsing them; they
/// serve time-outs and live figures, while what is reported comes from [`crate::answer`].
///
/// ```
/// use runbench_core::sse::Boundaries;
///
/// let mut body = b"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n".to_vec();
/// let mut boundaries = Boundaries::default();
/// boundaries.advance(&body);
/// assert_eq!((boundaries.n_events(), boundaries.has_text()), (1, false));
/// body.extend_from_slice(b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n");
/// boundaries.advance(&body);
/// assert_eq!((boundaries.n_events(), boundaries.has_text(), boundaries.is_done()), (3, true, true));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what was seen of the body: independent facts"
)]
pub struct Boundaries {
    /// Bytes of the body that were looked at.
    scanned: usize,
    line_start: usize,
    /// The byte before `scanned` was a CR, so that an LF now belongs to it.
    after_cr: bool,
    has_data: bool,
    /// The unfinished event holds text.
    text_pending: bool,
    has_text: bool,
    is_done: bool,
    has_error: bool,
    n_events: u64,
    last_end: usize,
}

impl Boundaries {
    /// Looks at what `body`, the whole body so far, holds beyond what it held at the last call.
    pub fn advance(&mut self, body: &[u8]) {
        while let Some(rest) = body.get(self.scanned..)
            && let Some(length) = line_length(rest)
        {
            let at = self.scanned.saturating_add(length);
            let is_cr = body.get(at) == Some(&CR);
            let belongs_to_cr = self.after_cr && length == 0 && !is_cr;
            self.after_cr = is_cr;
            self.scanned = at.saturating_add(1);
            if !belongs_to_cr {
                self.end_line(body.get(self.line_start..at).unwrap_or_default());
            }
            self.line_start = self.scanned;
        }
        if self.scanned < body.len() {
            self.after_cr = false;
            self.scanned = body.len();
        }
    }

    /// Events that are complete.
    pub fn n_events(&self) -> u64 {
        self.n_events
    }

    /// Length of the body up to the end of the last complete event.
    pub fn last_end(&self) -> usize {
        self.last_end
    }

    /// Whether an event with text, reasoning or a tool call came.
    pub fn has_text(&self) -> bool {
        self.has_text
    }

    /// Whether `[DONE]` came.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whether an event that begins like an error object came.
    pub fn has_error(&self) -> bool {
        self.has_error
    }

    fn end_line(&mut self, line: &[u8]) {
        let line = if self.line_start == 0 {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            if self.has_data {
                self.n_events = self.n_events.saturating_add(1);
                self.last_end = self.scanned;
                self.has_text |= self.text_pending;
            }
            self.has_data = false;
            self.text_pending = false;
            return;
        }
        let data = match line.strip_prefix(b"data") {
            Some([]) => &[],
            Some([b':', data @ ..]) => data,
            _ => return,
        };
        self.has_data = true;
        let data = data.strip_prefix(b" ").unwrap_or(data);
        if !self.has_text {
            self.text_pending |= holds_text(data);
        }
        match data.first() {
            Some(b'[') => self.is_done |= data.trim_ascii() == b"[DONE]",
            Some(b'{') => self.has_error |= data.starts_with(b"{\"error\":{"),
            _ => {}
        }
    }
}

/// Bytes before the first line ending. An event ends with an empty line, so every other line needs no search.
fn line_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [LF | CR, ..] => Some(0),
        _ => memchr2(LF, CR, bytes),
    }
}

/// Whether a JSON object gives text, reasoning or tool calls under one of the names of section 10.2 of the load
/// generator's specification, found by the names alone.
fn holds_text(object: &[u8]) -> bool {
    memchr_iter(b':', object).any(|colon| {
        let (before, after) = object.split_at_checked(colon).unwrap_or((object, &[]));
        let is_text = [
            &b"\"content\""[..],
            b"\"text\"",
            b"\"reasoning\"",
            b"\"reasoning_content\"",
        ]
        .iter()
        .any(|name| before.ends_with(name));
        let value = after.strip_prefix(b":").unwrap_or(after).trim_ascii_start();
        match value {
            [b'"', first, ..] if is_text => *first != b'"',
            [b'[', rest @ ..] => {
                before.ends_with(b"\"tool_calls\"") && rest.trim_ascii_start().first() != Some(&b']')
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(pieces: &[&str]) -> Boundaries {
        let mut body = Vec::new();
        let mut boundaries = Boundaries::default();
        for piece in pieces {
            body.extend_from_slice(piece.as_bytes());
            boundaries.advance(&body);
        }
        boundaries
    }

    fn check(stream: &str, n_events: u64, last_end: usize) {
        let whole = watch(&[stream]);
        assert_eq!(
            (whole.n_events, whole.last_end),
            (n_events, last_end),
            "{stream:?}"
        );
        let letters: Vec<&str> = stream.split("").collect();
        let split = watch(&letters);
        assert_eq!(
            (split.n_events, split.last_end),
            (n_events, last_end),
            "letter by letter: {stream:?}"
        );
    }

    #[test]
    fn counts_events_under_every_line_ending() {
        check("data: a\n\ndata: b\n\n", 2, 18);
        check("data: a\r\rdata: b\r\r", 2, 18);
        check("data: a\r\n\r\ndata: b\r\n\r\n", 2, 21);
        check("data: a\r\n\n", 1, 10);
    }

    #[test]
    fn an_event_needs_data() {
        check(": ping\n\nevent: x\n\nid: 1\n\ndata\n\ndatabase: 1\n\n", 1, 31);
        check("\n\n\n", 0, 0);
        check("data: a\n", 0, 0);
        check("\u{feff}data: a\n\n", 1, 12);
    }

    #[test]
    fn sees_the_first_text_once_its_event_is_complete() {
        let texts = [
            r#"{"choices":[{"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"delta":{"content": "a"}}]}"#,
            r#"{"choices":[{"text":"\n"}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"a","content":null}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_content":"a"}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}"#,
        ];
        for text in texts {
            assert!(!watch(&[&format!("data: {text}\n")]).has_text, "{text}");
            assert!(watch(&[&format!("data: {text}\n\n")]).has_text, "{text}");
        }
        let none = [
            r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"delta":{"content":null,"tool_calls":[ ]}}]}"#,
            r#"{"object":"text","id":"\"content\":\"a"}"#,
            "[DONE]",
        ];
        for text in none {
            assert!(!watch(&[&format!("data: {text}\n\n")]).has_text, "{text}");
        }
    }

    #[test]
    fn sees_the_end_and_errors() {
        assert!(watch(&["data: [DO", "NE]\n\n"]).is_done);
        assert!(!watch(&["data: [DONE]x\n\n"]).is_done);
        assert!(watch(&["data: {\"error\":{\"message\":\"x\"}}\n\n"]).has_error);
        assert!(!watch(&["data: {\"error\":null}\n\n"]).has_error);
    }
}
