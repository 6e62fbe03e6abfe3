//! One request and its answer over one connection.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use runbench_core::record::{FailureClass, Read, RequestRecord};

use super::Target;
use super::connection::Connection;
use super::failure::Failure;

/// Names a request in the server's log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How much is kept of the body of an answer that is an error. Bytes.
const ERROR_BODY_BYTES: u64 = 64 << 10;

/// A kept connection that ends within this time of the request's first byte was closed before the server saw it; one
/// that lasts longer ended while the server worked on the request, and that is a failure. Nanoseconds.
const STALE_NS: u64 = 10_000_000;

/// Why a connection can't be used any more.
pub(super) struct Broken {
    pub(super) failure: Failure,
    /// The connection was a kept one that the server had closed before it can have taken up the request.
    pub(super) was_stale: bool,
}

/// Sends the request and fills `record` with what comes back.
///
/// `Ok` means that the connection may be kept; the answer can still be an error.
pub(super) async fn exchange(
    connection: &mut Connection,
    target: &Target,
    server: usize,
    body: Bytes,
    record: &mut RequestRecord,
) -> Result<Result<(), Failure>, Broken> {
    let n_reads_before = connection.stamps.n_reads();
    connection.stamps.await_write();
    let answer = connection
        .sender
        .send_request(request(target, server, record.id, body))
        .await;
    let answer = answer.map_err(|error| {
        let failure = Failure::from_hyper(&error);
        let was_silent = connection.stamps.n_reads() == n_reads_before;
        let was_closed = was_silent && failure.class == FailureClass::Disconnected;
        let was_stale = connection.reused && was_closed && connection.stamps.ns_since_write() < STALE_NS;
        Broken { failure, was_stale }
    })?;
    record.head_ns = Some(connection.stamps.last_read_ns());
    record.http_status = Some(answer.status().as_u16());
    record.event_stream = is_event_stream(&answer);
    let status = answer.status();
    let is_good = status == StatusCode::OK;
    let limit = if is_good {
        target.limits.answer_bytes
    } else {
        ERROR_BODY_BYTES
    };
    let read = read_body(answer.into_body(), connection, limit, record).await;
    // The answer's end came with the last read, however late this task got to it.
    record.done_ns = connection.stamps.last_read_ns();
    if is_good {
        return read.map(Ok).map_err(|failure| Broken {
            failure,
            was_stale: false,
        });
    }
    let failure = Failure::new(FailureClass::Status, format!("HTTP {}", status.as_u16()));
    if read.is_ok() {
        Ok(Err(failure))
    } else {
        Err(Broken {
            failure,
            was_stale: false,
        })
    }
}

fn request(target: &Target, server: usize, id: u64, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    if let Some(server) = target.servers.get(server) {
        *request.uri_mut() = Uri::from(server.path.clone());
        request.headers_mut().clone_from(&server.headers);
    }
    if let Some(prefix) = &target.request_id_prefix
        && let Ok(value) = HeaderValue::try_from(format!("{prefix}-{id}"))
    {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    request
}

/// Each piece belongs to the last read: hyper doesn't read again before the piece it holds was taken.
async fn read_body(
    mut body: Incoming,
    connection: &Connection,
    limit: u64,
    record: &mut RequestRecord,
) -> Result<(), Failure> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::from_hyper_body(&error))?;
        let Some(piece) = frame.data_ref() else { continue };
        let at_ns = connection.stamps.last_read_ns();
        let body_end = u64::try_from(record.body.len() + piece.len()).unwrap_or(u64::MAX);
        if body_end > limit {
            let message = format!("the answer is longer than {limit} bytes");
            return Err(Failure::new(FailureClass::TooLarge, message));
        }
        record.body.extend_from_slice(piece);
        match record.reads.last_mut() {
            Some(read) if read.at_ns == at_ns => read.body_end = body_end,
            _ => record.reads.push(Read { at_ns, body_end }),
        }
    }
    Ok(())
}

fn is_event_stream(answer: &Response<Incoming>) -> bool {
    let content_type = answer.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let essence = content_type.and_then(|value| value.split(|byte| *byte == b';').next());
    essence.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream"))
}
