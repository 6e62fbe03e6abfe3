//! What went wrong, in a class and a sentence.

use std::io;
use std::time::Duration;

use runbench_core::http1::HttpError;
use runbench_core::record::FailureClass;
use rustix::io::Errno;

use crate::endpoint::describe_connect_error;

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

    /// What the reader says of bytes that came, or that did not.
    pub(super) fn of_answer(error: HttpError, was_reset: bool) -> Self {
        let verb = if was_reset { "reset" } else { "closed" };
        let ended = |place: &str| {
            Self::new(
                FailureClass::Disconnected,
                format!("the server {verb} the connection {place}"),
            )
        };
        match error {
            HttpError::ClosedInHead => ended("before it answered"),
            HttpError::ClosedInBody => ended("in the middle of its answer"),
            error => Self::new(
                FailureClass::Protocol,
                format!("the answer is no HTTP/1.1: {error}"),
            ),
        }
    }

    /// Why there is no socket, or no connection.
    pub(super) fn of_connect(error: &io::Error, limit: Duration) -> Self {
        let ours = |what: String| Self::new(FailureClass::OutOfResources, what);
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::MFILE) => ours(
                "this process may open no more files (`ulimit -n`): the limit is the client's, not the server's"
                    .to_owned(),
            ),
            Some(Errno::NFILE) => ours("this machine may open no more files (`fs.file-max`)".to_owned()),
            Some(Errno::ADDRNOTAVAIL) => {
                ours("this machine has no port left for a connection to that address".to_owned())
            }
            Some(Errno::NOBUFS | Errno::NOMEM) => ours("this machine has no memory left for a socket".to_owned()),
            Some(Errno::TIMEDOUT) => Self::new(
                FailureClass::ConnectTimedOut,
                describe_connect_error(error, limit),
            ),
            _ => Self::new(FailureClass::Connect, describe_connect_error(error, limit)),
        }
    }
}
