//! The HTTP/1.1 reader against hyper's: valid and damaged answers, split anywhere. Where hyper reads an answer, ours
//! reads the same one; on anything at all it neither panics nor depends on the split.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use http_body_util::{BodyExt, Empty};
use hyper::rt::{Read, ReadBufCursor, Write};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use runbench_core::http1::{HttpError, Piece, ResponseReader};
use tokio::task::LocalSet;

/// What a client made of an answer: status and body.
type Answer = (u16, Vec<u8>);

/// A connection whose answer is known: it comes piece by piece once a request was written, then the connection ends.
struct Script {
    pieces: VecDeque<Vec<u8>>,
    is_asked: Rc<Cell<bool>>,
    waiting: Option<Waker>,
}

impl Read for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_asked.get() {
            self.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        if let Some(mut piece) = self.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !rest.is_empty() {
                self.pieces.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Script {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_asked.set(true);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What hyper's client makes of an answer in these pieces.
fn read_by_hyper(pieces: &[Vec<u8>]) -> Result<Answer, String> {
    let script = Script {
        // A read of no bytes is the end.
        pieces: pieces.iter().filter(|piece| !piece.is_empty()).cloned().collect(),
        is_asked: Rc::default(),
        waiting: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(script)
            .await
            .map_err(|error| error.to_string())?;
        tokio::task::spawn_local(connection);
        let mut request = hyper::Request::new(Empty::<hyper::body::Bytes>::new());
        *request.method_mut() = hyper::Method::POST;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?;
        Ok((status, body.to_bytes().to_vec()))
    })
}

/// What our reader makes of it.
fn read_by_us(pieces: &[Vec<u8>]) -> Result<Answer, HttpError> {
    let mut reader = ResponseReader::new();
    let (mut status, mut body) = (0, Vec::new());
    for piece in pieces {
        let mut rest = &piece[..];
        while let Some(piece) = reader.next(&mut rest)? {
            match piece {
                Piece::Head(head) => status = head.status,
                Piece::Body(bytes) => {
                    assert!(!bytes.is_empty());
                    body.extend_from_slice(bytes);
                }
                Piece::End => return Ok((status, body)),
            }
        }
        assert!(rest.is_empty(), "the reader stopped before the end of its input");
    }
    reader.close()?;
    Ok((status, body))
}

fn split(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    bounds.extend([0, bytes.len()]);
    bounds.sort_unstable();
    bounds
        .windows(2)
        .map(|pair| bytes[pair[0]..pair[1]].to_vec())
        .collect()
}

fn header() -> impl Strategy<Value = String> {
    select(vec![
        "Content-Type: text/event-stream",
        "content-type: application/json",
        "Connection: close",
        "Connection: keep-alive",
        "Connection: x, close",
        "Date: Thu, 01 Jan 1970 00:00:00 GMT",
        "Server:",
        "X-Odd:\t blanks \t",
        "X-Bytes: \u{e9}",
        "Transfer-Encoding: gzip",
        "Content-Length: 3",
        "Content-Length: 3, 3",
        "Content-Encoding: br",
    ])
    .prop_map(str::to_owned)
}

fn status_line() -> impl Strategy<Value = String> {
    let status = select(vec![200, 201, 204, 304, 400, 404, 429, 500, 503, 999]);
    let version = prop_oneof![8 => Just("1.1"), 1 => Just("1.0")];
    let reason = select(vec!["OK", "", "Too Many Words", "\u{fc}ber"]);
    (version, status, reason)
        .prop_map(|(version, status, reason)| format!("HTTP/{version} {status} {reason}"))
}

fn chunked(body: &[u8], sizes: &[usize], extension: &str, trailer: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = body;
    for size in sizes.iter().chain([&usize::MAX]) {
        let (chunk, after) = rest.split_at((*size).min(rest.len()));
        rest = after;
        if !chunk.is_empty() {
            bytes.extend_from_slice(format!("{:X}{extension}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
    }
    bytes.extend_from_slice(format!("0\r\n{trailer}\r\n").as_bytes());
    bytes
}

/// An answer as a server might send it.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let before = select(vec![
        "",
        "\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 x\r\nA: b\r\n\r\n",
    ]);
    let extension = select(vec!["", ";a", " ;a=\"b\"", "\t "]);
    let trailer = select(vec!["", "A: b\r\n", "A: b\r\nC: d\r\n"]);
    let framing = (0..3_u8, vec(1..40_usize, 0..6), extension, trailer);
    (
        before,
        status_line(),
        vec(header(), 0..4),
        vec(any::<u8>(), 0..120),
        framing,
    )
        .prop_map(
            |(before, status_line, headers, body, (kind, sizes, extension, trailer))| {
                let mut text = format!("{before}{status_line}\r\n");
                for header in headers {
                    text.push_str(&header);
                    text.push_str("\r\n");
                }
                let body = match kind {
                    0 => {
                        text.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
                        body
                    }
                    1 => {
                        text.push_str("Transfer-Encoding: chunked\r\n");
                        chunked(&body, &sizes, extension, trailer)
                    }
                    _ => body,
                };
                text.push_str("\r\n");
                [text.into_bytes(), body].concat()
            },
        )
}

/// Damage at one place.
#[derive(Clone, Debug)]
enum Damage {
    Change(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Cut(Index),
    Repeat(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let odd = select(vec![
        b"\r\n".to_vec(),
        b"\n".to_vec(),
        b"\r".to_vec(),
        b" ".to_vec(),
        b"\0".to_vec(),
        b";".to_vec(),
        b":".to_vec(),
        b"ffffffffffffffff".to_vec(),
        b"\r\n ".to_vec(),
        b"Content-Length: 7\r\n".to_vec(),
        b"Transfer-Encoding: chunked\r\n".to_vec(),
    ]);
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        (any::<Index>(), odd).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), 1..9_usize).prop_map(|(at, n)| Damage::Remove(at, n)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1..30_usize).prop_map(|(at, n)| Damage::Repeat(at, n)),
    ]
}

fn apply(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = bytes.len();
        let up_to = |at: usize, n: usize| (at + n).min(length);
        match damage {
            Damage::Change(at, byte) if length > 0 => bytes[at.index(length)] = *byte,
            Damage::Insert(at, more) => {
                let at = at.index(length + 1);
                bytes.splice(at..at, more.iter().copied());
            }
            Damage::Remove(at, n) => {
                let at = at.index(length + 1);
                bytes.drain(at..up_to(at, *n));
            }
            Damage::Cut(at) => bytes.truncate(at.index(length + 1)),
            Damage::Repeat(at, n) => {
                let at = at.index(length + 1);
                let more = bytes[at..up_to(at, *n)].to_vec();
                bytes.splice(at..at, more);
            }
            Damage::Change(..) => {}
        }
    }
    bytes
}

/// Ours must read what hyper reads, and read it the same. Of `damaged` bytes it may refuse some that hyper takes, such as
/// broken trailers.
fn check_like_hyper(pieces: &[Vec<u8>], damaged: bool) -> Result<(), TestCaseError> {
    let (hyper, ours) = (read_by_hyper(pieces), read_by_us(pieces));
    match (&hyper, &ours) {
        (Ok(_), Err(_)) if damaged => {}
        // A load generator that asked for no other protocol can't go on with one.
        (Ok((101, _)), Err(HttpError::Upgrade)) | (Err(_), _) => {}
        (Ok(hyper), _) => prop_assert_eq!(Ok(hyper), ours.as_ref()),
    }
    Ok(())
}

/// As many cases as `PROPTEST_CASES` says, or more than usual.
fn config() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(2000),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reads_what_hyper_reads(bytes in answer(), cuts in vec(any::<Index>(), 0..8)) {
        check_like_hyper(&split(&bytes, &cuts), false)?;
    }

    #[test]
    fn reads_damaged_answers_as_hyper_does(
        bytes in answer(),
        damages in vec(damage(), 1..4),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        check_like_hyper(&split(&apply(bytes, &damages), &cuts), true)?;
    }

    #[test]
    fn the_split_changes_nothing(
        bytes in answer(),
        damages in vec(damage(), 0..4),
        cuts in vec(any::<Index>(), 0..20),
    ) {
        let bytes = apply(bytes, &damages);
        let whole = read_by_us(std::slice::from_ref(&bytes));
        prop_assert_eq!(&read_by_us(&split(&bytes, &cuts)), &whole);
        let letters: Vec<Vec<u8>> = bytes.iter().map(|byte| vec![*byte]).collect();
        prop_assert_eq!(&read_by_us(&letters), &whole);
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..300), cuts in vec(any::<Index>(), 0..5)) {
        let _either_way = read_by_us(&split(&bytes, &cuts));
    }

    #[test]
    fn an_undamaged_chunked_body_comes_back(
        body in vec(any::<u8>(), 0..200),
        sizes in vec(1..50_usize, 0..8),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        bytes.extend(chunked(&body, &sizes, "", ""));
        prop_assert_eq!(read_by_us(&split(&bytes, &cuts)), Ok((200, body)));
    }
}

#[test]
fn the_oracle_itself_reads_a_plain_answer() {
    let pieces = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n".to_vec(),
        b"hi".to_vec(),
    ];
    assert_eq!(read_by_hyper(&pieces), Ok((200, b"hi".to_vec())));
    assert!(read_by_hyper(&pieces[..1]).is_err());
}
