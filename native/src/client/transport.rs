//! Bytes to and from a server, never waiting.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

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

/// A connected socket.
#[derive(Debug)]
pub(super) enum Transport {
    /// TCP alone.
    Plain(OwnedFd),
}

impl Transport {
    /// Reads once into `buffer`.
    pub(super) fn receive(&mut self, buffer: &mut [u8], clock: &Clock) -> io::Result<Received> {
        match self {
            Self::Plain(socket) => receive_plain(socket, buffer, clock),
        }
    }

    /// Sends what the system takes now, and says how much that was.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => send_plain(socket, bytes),
        }
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Plain(socket) => socket.as_fd(),
        }
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
