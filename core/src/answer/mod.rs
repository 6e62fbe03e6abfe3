//! The bytes of an answer, read as an answer (loadgen section 10).
//!
//! Nothing of this runs in the timed window: the log holds bytes and stamps, and [`decode`] reads them afterwards.
//! Where the reference loses text or takes a failure for a success (section 10.1), we follow the format instead: the
//! whole SSE grammar is read, and an error object, a missing end or an event that can't be read fails the request.

mod counted;
mod frame;
mod streamed;
mod tool_call_parts;
mod tool_calls;
mod whole;

use core::ops::Range;

use crate::record::{FailureClass, RequestRecord, TransportEnd};

pub use counted::{after_first_text, output_text};
pub use tool_call_parts::tool_call_parts;

/// Characters of a body that a failure's message quotes.
const QUOTED_CHARS: usize = 200;

/// Why a request gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class it is counted under.
    pub class: FailureClass,
    /// What happened, in one line: lower case, no full stop.
    pub message: String,
}

impl Failure {
    fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
        }
    }

    fn unreadable(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Unreadable, message)
    }
}

/// What a chunk of a stream brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkKind {
    /// Text of the answer.
    Text,
    /// Text of the reasoning before it.
    Reasoning,
    /// Part of a tool call.
    ToolCall,
}

/// One event of a stream that brought something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// When the read returned that completed the event.
    pub at_ns: u64,
    /// What it brought.
    pub what: ChunkKind,
    /// Its bytes in [`Answer::text`] or [`Answer::reasoning`]; empty for a tool call.
    pub range: Range<usize>,
}

/// Token counts that the server claims. Evidence only: every reported count is our own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    pub completion_tokens: Option<u64>,
}

/// A usable answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether it came as a stream of events.
    pub streamed: bool,
    /// The text, all chunks joined.
    pub text: String,
    /// The reasoning, all chunks joined.
    pub reasoning: String,
    /// The tool calls as a compact JSON list, a stream's parts merged; `None` without any.
    pub tool_calls: Option<String>,
    /// The same without the first event that brought a part of one; streams only.
    pub tool_calls_after_first: Option<String>,
    /// Events that brought something, in order; streams only.
    pub chunks: Vec<Chunk>,
    /// When the first chunk arrived (section 10.3), never before the issue nor after the end.
    pub first_ns: Option<u64>,
    /// Why the server stopped, in its words; the last one seen.
    pub finish_reason: Option<String>,
    /// The server's own counts.
    pub usage: Option<Usage>,
    /// Whether the stream's `[DONE]` came.
    pub terminated: bool,
}

/// Reads a request's answer, or says why there is none.
pub fn decode(record: &RequestRecord) -> Result<Answer, Failure> {
    match (&record.end, record.http_status) {
        (TransportEnd::Failed(FailureClass::Abandoned, message), _) => {
            Err(Failure::new(FailureClass::Abandoned, message))
        }
        // What the server said is the better explanation, even if its body then broke off.
        (_, Some(status)) if status != 200 => Err(wrong_status(status, &record.body)),
        (TransportEnd::Failed(class, message), _) => Err(Failure::new(*class, message)),
        (TransportEnd::Complete, None) => {
            Err(Failure::new(FailureClass::Protocol, "the answer has no status"))
        }
        (TransportEnd::Complete, Some(_)) if is_stream(record) && compression(&record.body).is_none() => {
            streamed::decode(record)
        }
        (TransportEnd::Complete, Some(_)) => whole::decode(&record.body),
    }
}

fn wrong_status(status: u16, body: &[u8]) -> Failure {
    let quoted = quote(body);
    let colon = if quoted.is_empty() { "" } else { ": " };
    Failure::new(FailureClass::Status, format!("HTTP {status}{colon}{quoted}"))
}

/// Goes by the body where it is plain, because content types lie.
fn is_stream(record: &RequestRecord) -> bool {
    let body = record
        .body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&record.body)
        .trim_ascii_start();
    let is_event = [&b"data:"[..], b"event:", b"id:", b":"]
        .iter()
        .any(|start| body.starts_with(start));
    is_event || (record.event_stream && !body.starts_with(b"{"))
}

/// The first part of a body on one line.
fn quote(body: &[u8]) -> String {
    // A character takes at most four bytes, so no more of a huge body needs looking at.
    let head = body.get(..QUOTED_CHARS.saturating_mul(4)).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let mut words = String::new();
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    let cut: String = words.chars().take(QUOTED_CHARS).collect();
    if cut.len() < words.len() || head.len() < body.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

/// What a body is compressed with, by its first bytes.
fn compression(body: &[u8]) -> Option<&'static str> {
    [
        (&b"\x1f\x8b"[..], "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x78\x9c", "deflate"),
    ]
    .into_iter()
    .find_map(|(start, name)| body.starts_with(start).then_some(name))
}

/// Says that a body is no answer, with what it begins with.
fn not_json(body: &[u8], error: &serde_json::Error) -> Failure {
    if let Some(name) = compression(body) {
        return Failure::unreadable(format!(
            "the answer is compressed ({name}), which was not asked for; switch compression off in the server or the \
             proxy before it"
        ));
    }
    let quoted = quote(body);
    let lower = quoted.to_lowercase();
    if quoted.is_empty() {
        Failure::unreadable("the answer is empty")
    } else if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        Failure::unreadable(format!(
            "the answer is an HTML page (is the endpoint's address right?): {quoted}"
        ))
    } else {
        Failure::unreadable(format!("the answer can't be read: {error}; it begins {quoted}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Failure, decode, quote};
    use crate::record::{FailureClass, Read, RequestRecord, TransportEnd};

    pub(super) fn record(event_stream: bool, parts: &[&str]) -> RequestRecord {
        let mut body = Vec::new();
        let mut reads = Vec::new();
        for (part, number) in parts.iter().zip(1_u64..) {
            body.extend_from_slice(part.as_bytes());
            reads.push(Read {
                at_ns: 1000 + number * 10,
                body_end: u64::try_from(body.len()).unwrap(),
            });
        }
        RequestRecord {
            id: 0,
            sample_index: 0,
            scheduled_ns: 990,
            issued_ns: 1000,
            head_ns: Some(1005),
            done_ns: 2000,
            http_status: Some(200),
            event_stream,
            reads,
            body,
            end: TransportEnd::Complete,
            connection: crate::record::ConnectionUse::default(),
        }
    }

    pub(super) fn stream(parts: &[&str]) -> Result<Answer, Failure> {
        decode(&record(true, parts))
    }

    pub(super) fn whole(body: &str) -> Result<Answer, Failure> {
        decode(&record(false, &[body]))
    }

    pub(super) fn check_failure(
        result: Result<Answer, Failure>,
        class: FailureClass,
        parts_of_message: &[&str],
    ) {
        let failure = result.unwrap_err();
        assert_eq!(failure.class, class, "{failure:?}");
        for part in parts_of_message {
            assert!(
                failure.message.contains(part),
                "`{}` lacks `{part}`",
                failure.message
            );
        }
    }

    fn check_end(status: Option<u16>, end: TransportEnd, class: FailureClass, message: &str) {
        let mut record = record(false, &["no  model\r\nhere"]);
        record.http_status = status;
        record.end = end;
        let expected = Failure {
            class,
            message: message.to_owned(),
        };
        assert_eq!(decode(&record), Err(expected));
    }

    #[test]
    fn passes_transport_failures_through() {
        let failed = |class| TransportEnd::Failed(class, "as seen".to_owned());
        check_end(
            None,
            failed(FailureClass::Connect),
            FailureClass::Connect,
            "as seen",
        );
        check_end(
            Some(200),
            failed(FailureClass::TimedOut),
            FailureClass::TimedOut,
            "as seen",
        );
        check_end(
            Some(500),
            failed(FailureClass::Abandoned),
            FailureClass::Abandoned,
            "as seen",
        );
    }

    #[test]
    fn quotes_the_body_of_a_wrong_status() {
        check_end(
            Some(404),
            TransportEnd::Complete,
            FailureClass::Status,
            "HTTP 404: no model here",
        );
        let broken = TransportEnd::Failed(FailureClass::Disconnected, "closed".to_owned());
        check_end(Some(503), broken, FailureClass::Status, "HTTP 503: no model here");
        let mut bare = record(false, &[]);
        bare.http_status = Some(204);
        assert_eq!(decode(&bare).unwrap_err().message, "HTTP 204");
    }

    #[test]
    fn refuses_an_answer_without_status() {
        check_end(
            None,
            TransportEnd::Complete,
            FailureClass::Protocol,
            "the answer has no status",
        );
    }

    #[test]
    fn names_html_and_emptiness() {
        check_failure(
            whole("<!DOCTYPE html><p>hi"),
            FailureClass::Unreadable,
            &["HTML page", "<p>hi"],
        );
        check_failure(whole("  "), FailureClass::Unreadable, &["is empty"]);
        check_failure(
            whole("oops"),
            FailureClass::Unreadable,
            &["can't be read", "oops"],
        );
    }

    #[test]
    fn a_compressed_answer_is_called_one() {
        for is_stream in [true, false] {
            let mut record = record(is_stream, &["x"]);
            record.body = b"\x1f\x8b\x08\x00rest".to_vec();
            check_failure(decode(&record), FailureClass::Unreadable, &["compressed (gzip)"]);
        }
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quote(b"a\r\n\tb\0c"), "a b c");
        let long = quote("ü".repeat(5000).as_bytes());
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with("ü…"), "{long}");
    }
}
