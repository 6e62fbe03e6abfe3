//! The head of an answer: what of it decides how the body is read.

use core::mem::MaybeUninit;

use super::{HttpError, MAX_HEADERS};

/// What the head of an answer says, as far as a load generator needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status, 200 to 999.
    pub status: u16,
    /// Whether the content type is `text/event-stream`.
    pub event_stream: bool,
    /// Whether the body is compressed or encoded in another way (`Content-Encoding` other than `identity`).
    pub is_encoded: bool,
    /// Whether the server leaves the connection open after this answer.
    pub keep_alive: bool,
    /// How the end of the body is found.
    pub framing: Framing,
}

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(u64),
    /// By a chunk of no bytes.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// A head and how many bytes it took; `None` for an interim answer.
pub(super) struct Parsed {
    pub(super) head: Option<Head>,
    pub(super) length: usize,
}

/// Reads the head at the front of `bytes`; `None` when its end is not there yet.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Parsed>, HttpError> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut headers,
    );
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(HttpError::TooManyHeaders),
        Err(error) => return Err(HttpError::Head(what_is_broken(error))),
    };
    let head = match response.code {
        Some(101) => return Err(HttpError::Upgrade),
        Some(100..=199) => None,
        Some(status @ 200..) => Some(read_headers(
            status,
            response.version == Some(1),
            response.headers,
        )?),
        _ => return Err(HttpError::Head("invalid HTTP status")),
    };
    Ok(Some(Parsed { head, length }))
}

fn what_is_broken(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => "invalid header name",
        httparse::Error::HeaderValue => "invalid header value",
        httparse::Error::NewLine => "invalid line ending",
        httparse::Error::Status => "invalid HTTP status",
        httparse::Error::Version => "no `HTTP/1.` at its start",
        httparse::Error::Token | httparse::Error::TooManyHeaders => "invalid token",
    }
}

fn read_headers(status: u16, is_1_1: bool, headers: &[httparse::Header<'_>]) -> Result<Head, HttpError> {
    let mut length: Option<u64> = None;
    // Whether there is a transfer encoding, and whether the last one named is `chunked`.
    let mut transfer: Option<bool> = None;
    let mut says_close = false;
    let mut says_keep = false;
    let mut bad_length = false;
    let mut event_stream = false;
    let mut is_encoded = false;
    for header in headers {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        // The length of the name rules most headers out without looking at them.
        match header.name.len() {
            10 if is("connection") => {
                for token in tokens(header.value) {
                    says_close |= token.eq_ignore_ascii_case(b"close");
                    says_keep |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            12 if is("content-type") => {
                let essence = header.value.split(|byte| *byte == b';').next();
                event_stream = essence
                    .is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream"));
            }
            14 if is("content-length") => match content_length(header.value) {
                Some(given) if length.is_none_or(|before| before == given) => length = Some(given),
                _ => bad_length = true,
            },
            16 if is("content-encoding") => {
                is_encoded |= tokens(header.value)
                    .any(|token| !token.is_empty() && !token.eq_ignore_ascii_case(b"identity"));
            }
            17 if is("transfer-encoding") => {
                let last = tokens(header.value).last();
                transfer = Some(last.is_some_and(|last| last.eq_ignore_ascii_case(b"chunked")));
            }
            _ => {}
        }
    }
    let has_no_body = matches!(status, 204 | 304);
    let framing = match transfer {
        _ if has_no_body => Framing::Length(0),
        Some(_) if !is_1_1 => return Err(HttpError::TransferEncoding),
        Some(true) => Framing::Chunked,
        Some(false) => Framing::UntilClose,
        None if bad_length => return Err(HttpError::ContentLength),
        None => length.map_or(Framing::UntilClose, Framing::Length),
    };
    // A length beside a transfer encoding may be a try to smuggle: the connection ends with the answer (RFC 9112, 6.3).
    let is_ambiguous = transfer.is_some() && (length.is_some() || bad_length);
    Ok(Head {
        status,
        event_stream,
        is_encoded,
        keep_alive: !says_close && (is_1_1 || says_keep) && !is_ambiguous && framing != Framing::UntilClose,
        framing,
    })
}

/// The elements of a comma-separated value; none if it holds anything but visible ASCII and blanks.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_text = value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let value = if is_text { Some(value) } else { None };
    value
        .into_iter()
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
}

/// The one number that all elements give.
fn content_length(value: &[u8]) -> Option<u64> {
    let mut length = None;
    for token in tokens(value) {
        let mut number: u64 = 0;
        if token.is_empty() {
            return None;
        }
        for byte in token {
            let digit = byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'))?;
            number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        }
        if length.is_some_and(|before| before != number) {
            return None;
        }
        length = Some(number);
    }
    length
}
