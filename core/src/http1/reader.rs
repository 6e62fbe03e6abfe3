//! The state machine of one answer.

use super::chunked::{Chunked, Found};
use super::head::{Framing, Head, Parsed, parse};
use super::{HttpError, MAX_HEAD_BYTES};

/// What the reader found next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The head; comes once, first.
    Head(Head),
    /// The next bytes of the body, never none.
    Body(&'a [u8]),
    /// The end; nothing comes after it, and bytes that are left belong to no answer.
    End,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Head,
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    /// The end was found, but not handed out yet.
    AtEnd,
    Done,
    Failed(HttpError),
}

/// Reader of one answer after the other, of one connection.
#[derive(Clone, Debug)]
pub struct ResponseReader {
    state: State,
    /// The beginning of a head that came in several reads.
    partial: Vec<u8>,
    keep_alive: bool,
}

impl Default for ResponseReader {
    fn default() -> Self {
        Self::new()
    }
}

impl ResponseReader {
    /// A reader at the start of an answer.
    pub const fn new() -> Self {
        Self {
            state: State::Head,
            partial: Vec::new(),
            keep_alive: false,
        }
    }

    /// Goes back to the start of an answer: for the next one on the same connection.
    pub fn restart(&mut self) {
        self.state = State::Head;
        self.partial.clear();
        self.keep_alive = false;
    }

    /// Whether a byte of the answer was taken already.
    pub fn has_begun(&self) -> bool {
        !matches!(self.state, State::Head) || !self.partial.is_empty()
    }

    /// Whether the connection may be used again once [`Piece::End`] came and no bytes were left.
    pub fn may_keep_connection(&self) -> bool {
        self.keep_alive && matches!(self.state, State::Done)
    }

    /// Takes the next piece off the front of `input`; `None` when it is used up, or when the answer is at its end.
    ///
    /// After an error every further call gives the same error.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, HttpError> {
        let result = self.try_next(input);
        if let Err(error) = result {
            self.state = State::Failed(error);
        }
        result
    }

    /// Takes note that the connection ended: `Ok` if the answer is whole by that.
    pub fn close(&mut self) -> Result<(), HttpError> {
        match self.state {
            State::UntilClose | State::AtEnd | State::Done => {
                self.state = State::Done;
                self.keep_alive = false;
                Ok(())
            }
            State::Head => Err(HttpError::ClosedInHead),
            State::Length(_) | State::Chunked(_) => Err(HttpError::ClosedInBody),
            State::Failed(error) => Err(error),
        }
    }

    fn try_next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, HttpError> {
        match &mut self.state {
            State::Head => self.next_head(input).map(|head| head.map(Piece::Head)),
            State::Length(left) => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                let (data, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
                *input = rest;
                *left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
                if *left == 0 {
                    self.state = State::AtEnd;
                }
                Ok((!data.is_empty()).then_some(Piece::Body(data)))
            }
            State::Chunked(chunked) => match chunked.advance(input)? {
                Found::Data(data) => Ok(Some(Piece::Body(data))),
                Found::End => {
                    self.state = State::Done;
                    Ok(Some(Piece::End))
                }
                Found::Nothing => Ok(None),
            },
            State::UntilClose => {
                let data = std::mem::take(input);
                Ok((!data.is_empty()).then_some(Piece::Body(data)))
            }
            State::AtEnd => {
                self.state = State::Done;
                Ok(Some(Piece::End))
            }
            State::Done => Ok(None),
            State::Failed(error) => Err(*error),
        }
    }

    /// The next head that is none of an interim answer.
    fn next_head(&mut self, input: &mut &[u8]) -> Result<Option<Head>, HttpError> {
        loop {
            if self.partial.is_empty() {
                *input = skip_blank_lines(input);
            }
            if input.is_empty() {
                return Ok(None);
            }
            let Some((head, taken)) = self.parse_head(input)? else {
                *input = &[];
                return Ok(None);
            };
            *input = input.get(taken..).unwrap_or_default();
            self.partial.clear();
            if let Some(head) = head {
                self.keep_alive = head.keep_alive;
                self.state = match head.framing {
                    Framing::Length(0) => State::AtEnd,
                    Framing::Length(length) => State::Length(length),
                    Framing::Chunked => State::Chunked(Chunked::new()),
                    Framing::UntilClose => State::UntilClose,
                };
                return Ok(Some(head));
            }
        }
    }

    /// Reads the head that ends in `input`, and says how much of `input` it took; keeps all of it if there is no end.
    fn parse_head(&mut self, input: &[u8]) -> Result<Option<(Option<Head>, usize)>, HttpError> {
        let (parsed, n_kept, n_blank) = if self.partial.is_empty() {
            let parsed = parse_lines(input)?;
            if parsed.is_none() {
                self.partial.extend_from_slice(input);
            }
            (parsed, 0, 0)
        } else {
            // Beyond the limit nothing is looked at, so that what is parsed again and again stays short.
            let room = MAX_HEAD_BYTES
                .saturating_add(1)
                .saturating_sub(self.partial.len());
            let more = input.get(..room).unwrap_or(input);
            let n_kept = self.partial.len();
            self.partial.extend_from_slice(more);
            let n_blank = self
                .partial
                .len()
                .saturating_sub(skip_blank_lines(&self.partial).len());
            self.partial.drain(..n_blank);
            // Only a line's end can complete a head.
            let parsed = if more.contains(&b'\n') {
                parse_lines(&self.partial)?
            } else {
                None
            };
            (parsed, n_kept, n_blank)
        };
        let length = parsed.as_ref().map_or(self.partial.len(), |parsed| parsed.length);
        if length > MAX_HEAD_BYTES {
            return Err(HttpError::HeadTooLong);
        }
        // Blank lines in front were taken too, the last of them perhaps from `input`.
        Ok(parsed
            .map(|Parsed { head, length }| (head, length.saturating_add(n_blank).saturating_sub(n_kept))))
    }
}

/// Reads the head in whole lines: what an unfinished line holds is looked at once it has ended, so that no split of the
/// bytes changes what is found.
fn parse_lines(bytes: &[u8]) -> Result<Option<Parsed>, HttpError> {
    let Some(last) = memchr::memrchr(b'\n', bytes) else {
        return Ok(None);
    };
    parse(bytes.get(..=last).unwrap_or(bytes))
}

/// Blank lines before a head mean nothing (RFC 9112, section 2.2, says so of requests; servers send them too).
fn skip_blank_lines(mut input: &[u8]) -> &[u8] {
    loop {
        input = match input {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            _ => return input,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader makes of reads: body, whether the end was found, whether the connection may be kept.
    fn read(reads: &[&[u8]]) -> Result<(Vec<u8>, bool, bool), HttpError> {
        let mut reader = ResponseReader::new();
        let (mut body, mut ended) = (Vec::new(), false);
        for read in reads {
            let mut rest = *read;
            while let Some(piece) = reader.next(&mut rest)? {
                match piece {
                    Piece::Head(_) => {}
                    Piece::Body(bytes) => body.extend_from_slice(bytes),
                    Piece::End => ended = true,
                }
            }
        }
        Ok((body, ended, reader.may_keep_connection()))
    }

    fn check(text: &str, body: &str, ended: bool, kept: bool) {
        let expected = Ok((body.as_bytes().to_vec(), ended, kept));
        assert_eq!(read(&[text.as_bytes()]), expected, "{text:?}");
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes), expected, "byte by byte: {text:?}");
    }

    fn check_error(text: &str, expected: HttpError) {
        assert_eq!(read(&[text.as_bytes()]), Err(expected), "{text:?}");
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes), Err(expected), "byte by byte: {text:?}");
    }

    #[test]
    fn ends_a_body_by_its_length() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi", true, true);
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi",
            "hi",
            false,
            false,
        );
        check("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true, true);
        check(
            "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi",
            "hi",
            true,
            true,
        );
    }

    #[test]
    fn ends_a_body_by_its_last_chunk() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(
            &format!("{head}2\r\nhi\r\n3 ;a=\"b\"\r\n yo\r\n0\r\nX: y\r\n\r\n"),
            "hi yo",
            true,
            true,
        );
        check(&format!("{head}2\r\nhi\r\n0\r\n"), "hi", false, false);
        check(
            &format!("{head}000A\r\n0123456789\r\n00\r\n\r\n"),
            "0123456789",
            true,
            true,
        );
    }

    #[test]
    fn ends_a_body_by_the_connection() {
        let text = "HTTP/1.1 200 OK\r\n\r\nhi";
        check(text, "hi", false, false);
        let mut reader = ResponseReader::new();
        let mut rest = text.as_bytes();
        while reader.next(&mut rest).unwrap().is_some() {}
        assert_eq!(reader.close(), Ok(()));
        assert!(!reader.may_keep_connection());
    }

    #[test]
    fn a_close_in_between_is_told_by_where_it_came() {
        for (text, expected) in [
            ("", HttpError::ClosedInHead),
            ("HTTP/1.1 200 OK\r\n", HttpError::ClosedInHead),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
                HttpError::ClosedInBody,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                HttpError::ClosedInBody,
            ),
        ] {
            let mut reader = ResponseReader::new();
            let mut rest = text.as_bytes();
            while reader.next(&mut rest).unwrap().is_some() {}
            assert_eq!(reader.close(), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn skips_interim_answers_and_blank_lines() {
        check(
            "\r\n\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "",
            true,
            true,
        );
        check_error("HTTP/1.1 101 Switching\r\n\r\n", HttpError::Upgrade);
    }

    #[test]
    fn keeps_the_connection_only_where_both_sides_agree() {
        let kept = |head: &str| {
            let text = format!("{head}\r\nContent-Length: 1\r\n\r\nx");
            read(&[text.as_bytes()]).unwrap().2
        };
        assert!(kept("HTTP/1.1 200 OK"));
        assert!(!kept("HTTP/1.1 200 OK\r\nConnection: close"));
        assert!(!kept(
            "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nConnection: keep-alive"
        ));
        assert!(!kept("HTTP/1.0 200 OK"));
        assert!(kept("HTTP/1.0 200 OK\r\nConnection: Keep-Alive"));
    }

    #[test]
    fn a_length_beside_chunks_ends_the_connection() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(&format!("{head}2\r\nhi\r\n0\r\n\r\n"), "hi", true, false);
    }

    #[test]
    fn refuses_what_can_be_read_in_two_ways() {
        let with = |line: &str| format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n");
        check_error(
            &with("Content-Length: 2\r\nContent-Length: 3"),
            HttpError::ContentLength,
        );
        check_error(&with("Content-Length: 2, 3"), HttpError::ContentLength);
        for value in ["", "-1", "+1", "0x1", "1 1", "18446744073709551616"] {
            check_error(
                &with(&format!("Content-Length: {value}")),
                HttpError::ContentLength,
            );
        }
        check_error(
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            HttpError::TransferEncoding,
        );
        for broken in ["A: b\r\n folded: c", "A : b", ": b", "A\0: b", "no colon"] {
            let error = read(&[with(broken).as_bytes()]).unwrap_err();
            assert!(matches!(error, HttpError::Head(_)), "{broken:?}: {error}");
        }
    }

    #[test]
    fn refuses_broken_chunks() {
        let with = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        for size in [
            "zz\r\n",
            "\r\n",
            "-1\r\n",
            "0x2\r\n",
            "2\n",
            "2 2\r\n",
            "2;a\n",
            "10000000000000000\r\n",
        ] {
            check_error(&with(size), HttpError::ChunkSize);
        }
        check_error(&with("2\r\nhix"), HttpError::ChunkEnd);
        check_error(&with("2\r\nhi\rx"), HttpError::ChunkEnd);
        check_error(&with("0\r\n\n"), HttpError::Trailers);
        check_error(&with("0\r\nA: b\n\r\n"), HttpError::Trailers);
        check_error(&with("0\r\n\rx"), HttpError::Trailers);
    }

    #[test]
    fn everything_endless_has_a_limit() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        check_error(
            &format!("{chunked}1;{}", "x".repeat(20_000)),
            HttpError::ExtensionsTooLong,
        );
        check_error(
            &format!("{chunked}0\r\n{}", "a: b\r\n".repeat(5000)),
            HttpError::Trailers,
        );
        check_error(
            &format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(70_000)),
            HttpError::HeadTooLong,
        );
        check_error(
            &format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(101)),
            HttpError::TooManyHeaders,
        );
    }

    #[test]
    fn bytes_after_the_end_are_left_alone() {
        let mut reader = ResponseReader::new();
        let mut rest = &b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 500 Oops\r\n\r\n"[..];
        while reader.next(&mut rest).unwrap().is_some() {}
        assert_eq!(rest, b"HTTP/1.1 500 Oops\r\n\r\n");
    }

    #[test]
    fn reads_one_answer_after_the_other() {
        let mut reader = ResponseReader::new();
        for body in ["a", "bc"] {
            let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let mut rest = text.as_bytes();
            assert!(!reader.has_begun());
            assert!(matches!(reader.next(&mut rest), Ok(Some(Piece::Head(_)))));
            assert!(reader.has_begun());
            assert_eq!(reader.next(&mut rest), Ok(Some(Piece::Body(body.as_bytes()))));
            assert_eq!(reader.next(&mut rest), Ok(Some(Piece::End)));
            assert_eq!(reader.next(&mut rest), Ok(None));
            reader.restart();
        }
    }

    #[test]
    fn the_head_says_what_the_body_is() {
        let head = |lines: &str| {
            let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n");
            match ResponseReader::new().next(&mut text.as_bytes()) {
                Ok(Some(Piece::Head(head))) => head,
                other => panic!("{other:?}"),
            }
        };
        assert!(head("Content-Type: Text/Event-Stream; charset=utf-8").event_stream);
        assert!(!head("Content-Type: text/event-streams").event_stream);
        assert!(head("Content-Encoding: gzip").is_encoded);
        assert!(!head("Content-Encoding: identity").is_encoded);
        assert_eq!(
            head("Transfer-Encoding: chunked, gzip").framing,
            Framing::UntilClose
        );
        assert_eq!(head("Transfer-Encoding: gzip, chunked").framing, Framing::Chunked);
    }
}
