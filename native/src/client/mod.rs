//! The load: pinned threads, each with a runtime, a scheduler and connections of its own.
//!
//! In the timed window a client thread stamps reads and keeps bytes; nothing is parsed but HTTP's framing.

mod connection;
mod engine;
mod exchange;
mod failure;
mod stamped_io;
mod thread;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::uri::PathAndQuery;
use runbench_core::schedule::Plan;

use crate::affinity::AffinityError;
use crate::clock::Clock;
use crate::run::Limits;

pub use thread::{ClientThreads, start};

/// Where requests go and what they say; the same for all threads.
#[derive(Debug)]
pub struct Target {
    /// The server.
    pub address: SocketAddr,
    /// The route.
    pub path: PathAndQuery,
    /// Headers of every request but `Content-Length`, in their order.
    pub headers: HeaderMap,
    /// A body for each dataset row; request N sends row N modulo their number.
    pub bodies: Vec<Bytes>,
    /// From a request's issue to its answer's end.
    pub request_timeout: Duration,
    /// Limits of each request.
    pub limits: Limits,
}

/// What the threads share while they run.
#[derive(Debug)]
pub struct Shared {
    /// The run's clock.
    pub clock: Clock,
    /// What is sent.
    pub target: Target,
    /// The whole load; each thread takes its share.
    pub plan: Plan,
    /// Numbers of the requests.
    pub tickets: Tickets,
    /// How many requests each thread has issued, and how they ended.
    pub counters: Vec<Counters>,
    /// Set from outside to end the run early.
    pub interrupt: Arc<AtomicBool>,
    /// Set by the log writer when the log can't be written any more.
    pub log_failed: Arc<AtomicBool>,
}

/// The numbers of a run's requests, each given out once.
#[derive(Debug)]
pub struct Tickets {
    next: AtomicU64,
    end: u64,
}

impl Tickets {
    /// Numbers from 0 up to, not with, `end`.
    pub fn new(end: u64) -> Self {
        Self {
            next: AtomicU64::new(0),
            end,
        }
    }

    /// The next number, if one is left.
    pub fn take(&self) -> Option<u64> {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        (ticket < self.end).then_some(ticket)
    }
}

/// One thread's progress. On cache lines of its own, because another thread reads it.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counters {
    /// Requests issued.
    pub issued: AtomicU64,
    /// Requests whose answer arrived whole.
    pub completed: AtomicU64,
    /// Requests that failed on the way.
    pub failed: AtomicU64,
}

/// What one thread says at its end.
#[derive(Clone, Debug)]
pub struct ThreadReport {
    /// When it had nothing in flight any more.
    pub ended_ns: u64,
    /// Whether it could be pinned to its core.
    pub pinned: Result<usize, AffinityError>,
    /// Connections opened.
    pub n_connects: u64,
    /// Requests sent a second time because the server had closed the kept connection before it saw them.
    pub n_reconnects: u64,
    /// How often it had to wait for the log writer.
    pub n_log_stalls: u64,
}
