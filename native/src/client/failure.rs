//! What the transport's errors mean.

use std::error::Error;
use std::io::ErrorKind;

use runbench_core::record::FailureClass;

/// Why a request gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) class: FailureClass,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
        }
    }

    /// What hyper reports before there is a head: bytes that are no HTTP, or a connection that ended too early.
    pub(super) fn from_hyper(error: &hyper::Error) -> Self {
        Self::sort(error, "the server closed the connection before it answered")
    }

    /// What hyper reports inside a body.
    pub(super) fn from_hyper_body(error: &hyper::Error) -> Self {
        Self::sort(
            error,
            "the server closed the connection in the middle of its answer",
        )
    }

    fn sort(error: &hyper::Error, closed: &str) -> Self {
        let io_kind = root_io_kind(error);
        let is_no_http = error.is_parse()
            || error.is_parse_too_large()
            || error.is_parse_status()
            || matches!(io_kind, Some(ErrorKind::InvalidData | ErrorKind::InvalidInput));
        if is_no_http {
            return Self::new(
                FailureClass::Protocol,
                format!("the answer is no HTTP/1.1: {}", chain(error)),
            );
        }
        let is_reset = matches!(io_kind, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
        let is_closed = error.is_incomplete_message()
            || error.is_closed()
            || error.is_canceled()
            || io_kind == Some(ErrorKind::UnexpectedEof);
        let message = if is_reset {
            closed.replace("closed", "reset")
        } else if is_closed {
            closed.to_owned()
        } else {
            chain(error)
        };
        Self::new(FailureClass::Disconnected, message)
    }
}

/// The kind of the system's error at the bottom, if there is one.
fn root_io_kind(error: &hyper::Error) -> Option<ErrorKind> {
    let mut source = error.source();
    let mut kind = None;
    while let Some(error) = source {
        kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind)
            .or(kind);
        source = error.source();
    }
    kind
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
