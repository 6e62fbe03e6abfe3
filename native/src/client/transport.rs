//! Bytes to and from a server, never waiting.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use runbench_core::record::FailureClass;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::connector;
use super::failure::Failure;
use super::tls::{TlsStream, TlsTarget};
use crate::clock::Clock;

/// What one read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// So many bytes, and when the read that brought them returned.
    Bytes {
        /// How many.
        length: usize,
        /// When. Nanoseconds.
        at_ns: u64,
        /// Whether more may be there already.
        more: bool,
    },
    /// Nothing now.
    Nothing,
    /// The server ended the connection in good order.
    Closed,
}

/// A socket, connected or on its way.
#[derive(Debug)]
pub(super) enum Transport {
    /// TCP alone.
    Plain(OwnedFd),
    /// TLS over it.
    Tls(Box<TlsStream>),
}

impl Transport {
    pub(super) fn new(socket: OwnedFd, tls: Option<&TlsTarget>) -> io::Result<Self> {
        Ok(match tls {
            None => Self::Plain(socket),
            Some(target) => Self::Tls(Box::new(TlsStream::new(socket, target)?)),
        })
    }

    fn socket(&self) -> &OwnedFd {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.socket,
        }
    }

    /// Goes on with connecting once the socket is ready; `true` when it is done.
    pub(super) fn connect(&mut self, limit: Duration) -> Result<bool, Failure> {
        connector::outcome(self.socket()).map_err(|error| Failure::of_connect(&error, limit))?;
        match self {
            Self::Plain(_) => Ok(true),
            Self::Tls(stream) => stream
                .advance_handshake()
                .map_err(|error| Failure::new(FailureClass::Tls, error.to_string())),
        }
    }

    /// Reads once into `buffer`.
    pub(super) fn receive(&mut self, buffer: &mut [u8], clock: &Clock) -> io::Result<Received> {
        match self {
            Self::Plain(socket) => receive_plain(socket, buffer, clock),
            Self::Tls(stream) => stream.receive(buffer, clock),
        }
    }

    /// Sends what the system takes now, and says how much that was. TLS takes everything, and keeps what the system
    /// does not take.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => send_plain(socket, bytes),
            Self::Tls(stream) => stream.send(bytes),
        }
    }

    /// Whether it keeps bytes that the system did not take.
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.wants_write(),
        }
    }

    /// Sends what it keeps.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}

fn receive_plain(socket: &OwnedFd, buffer: &mut [u8], clock: &Clock) -> io::Result<Received> {
    let room = buffer.len();
    loop {
        match recv(socket, &mut *buffer, RecvFlags::DONTWAIT) {
            Ok((_, 0)) => return Ok(Received::Closed),
            Ok((_, length)) => {
                return Ok(Received::Bytes {
                    length,
                    at_ns: clock.now_ns(),
                    more: length == room,
                });
            }
            Err(Errno::AGAIN) => return Ok(Received::Nothing),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn send_plain(socket: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match send(socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(length) => return Ok(length),
            Err(Errno::AGAIN) => return Ok(0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
