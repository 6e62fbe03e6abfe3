//! What stands for TLS in a program built without it: nothing that could be made.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::transport::Received;
use crate::clock::Clock;

/// Why TLS can't be prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this program was built without TLS; build it with the feature `tls`, or use `http://`")]
pub struct TlsError;

/// There is none.
#[derive(Clone, Copy, Debug)]
pub enum TlsTarget {}

impl TlsTarget {
    /// Always an error.
    pub fn new(_host: &str, _insecure: bool, _ca_file: Option<&Path>) -> Result<Self, TlsError> {
        Err(TlsError)
    }
}

/// There is none.
#[derive(Debug)]
pub(super) struct TlsStream {
    pub(super) socket: OwnedFd,
    never: TlsTarget,
}

impl TlsStream {
    pub(super) fn new(_socket: OwnedFd, target: &TlsTarget) -> io::Result<Self> {
        match *target {}
    }

    pub(super) fn advance_handshake(&mut self) -> io::Result<bool> {
        match self.never {}
    }

    pub(super) fn receive(&mut self, _buffer: &mut [u8], _clock: &Clock) -> io::Result<Received> {
        match self.never {}
    }

    pub(super) fn send(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        match self.never {}
    }

    pub(super) fn wants_write(&self) -> bool {
        match self.never {}
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self.never {}
    }
}
