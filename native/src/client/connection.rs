//! One connection: its socket, its answer's reader, and the request that is on it.

use runbench_core::http1::ResponseReader;

use super::exchange::Exchange;
use super::transport::Transport;

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The connection isn't there yet; since when.
    Connecting(u64),
    /// It waits for a request.
    Idle,
    /// It carries a request.
    Busy,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) transport: Transport,
    pub(super) server: usize,
    pub(super) phase: Phase,
    /// Whether a request went over it before.
    pub(super) is_used: bool,
    pub(super) reader: ResponseReader,
    /// The request on it, or the one that it is opened for.
    pub(super) exchange: Option<Box<Exchange>>,
    /// Bytes of the request that the system did not take yet.
    pub(super) unsent: Vec<u8>,
}
