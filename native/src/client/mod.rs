//! The load: pinned threads, each with an event loop, a load and connections of its own.
//!
//! A thread waits for its sockets by epoll and for the schedule by a timer of nanoseconds. It stamps each read when
//! it returns and keeps the bytes; nothing is parsed in the timed window but HTTP's framing
//! ([`runbench_core::http1`]) and, in streams, where events end ([`runbench_core::sse::Boundaries`]). Connections
//! never leave their thread, and nothing is locked or allocated for a chunk.

mod budget;
mod connection;
mod connections;
mod connector;
mod engine;
mod exchange;
mod failure;
mod health;
mod poller;
mod request_bytes;
mod thread;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod transport;
mod turns;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::uri::PathAndQuery;
use runbench_core::record::HealthRecord;
use runbench_core::schedule::{Plan, Tickets};

use crate::affinity::AffinityError;
use crate::clock::Clock;
use crate::run::{Limits, LiveTimes};

pub use budget::{BudgetError, check_ports, raise_open_files};
pub use health::{run_queue_ns, thread_cpu_ns};
pub use thread::{ClientThreads, start};
pub use tls::{TlsError, TlsTarget};

/// Where requests go and what they say; the same for all threads.
#[derive(Debug)]
pub struct Target {
    /// The servers; request N goes to server N modulo their number. At least one.
    pub servers: Vec<Server>,
    /// A body for each dataset row.
    pub bodies: Vec<Bytes>,
    /// Whether answers were asked for as streams, so that the time-out for the first token applies.
    pub streaming: bool,
    /// What the header `X-Request-ID` of each request begins with, before `-` and the request's number; `None` sends
    /// no such header.
    pub request_id_prefix: Option<String>,
    /// From a request's issue to its answer's end.
    pub request_timeout: Duration,
    /// Limits of each request.
    pub limits: Limits,
}

/// One of the servers that share a load.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The route.
    pub path: PathAndQuery,
    /// Headers of every request but `X-Request-ID` and `Content-Length`, in their order.
    pub headers: HeaderMap,
    /// Who is trusted, for TLS; `None` for plain HTTP.
    pub tls: Option<TlsTarget>,
}

/// A part of a run with a plan of its own.
#[derive(Debug)]
pub struct Phase {
    /// The whole load; each thread takes its share.
    pub plan: Plan,
    /// Numbers of its requests.
    pub tickets: Arc<Tickets>,
    /// Bodies by number of the request, where each differs from its row's ([`Target::bodies`]); else empty.
    pub own_bodies: Vec<Bytes>,
}

/// The phase before the timed window.
#[derive(Debug)]
pub struct WarmUp {
    /// Its load.
    pub phase: Phase,
    /// Whether its requests must have ended before the window opens.
    pub drain: bool,
}

/// What the threads share while they run.
#[derive(Debug)]
pub struct Shared {
    /// The run's clock.
    pub clock: Clock,
    /// What is sent.
    pub target: Target,
    /// Sent first and recorded nowhere.
    pub warmup: Option<WarmUp>,
    /// What is measured.
    pub main: Phase,
    /// How many requests each thread has issued, and how they ended.
    pub counters: Vec<Counters>,
    /// Whether a thread may wait for the last microseconds before a send without sleeping: its core is its own.
    pub may_spin: bool,
    /// Set from outside to end the run early.
    pub interrupt: Arc<AtomicBool>,
    /// Set by the log writer when the log can't be written any more.
    pub log_failed: Arc<AtomicBool>,
}

/// One thread's progress, written by it alone. On cache lines of its own, because another thread reads it.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counters {
    /// Requests issued.
    pub issued: AtomicU64,
    /// Requests whose answer arrived whole.
    pub completed: AtomicU64,
    /// Requests that failed on the way.
    pub failed: AtomicU64,
    /// Events of streams.
    pub events: AtomicU64,
    /// Times of the answers that arrived whole, for the live view.
    pub times: LiveTimes,
}

/// Adds to a counter that no other thread writes: no locked instruction.
pub(crate) fn add_alone(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
}

/// What one thread says at its end.
#[derive(Clone, Debug)]
pub struct ThreadReport {
    /// When it had nothing in flight any more.
    pub ended_ns: u64,
    /// Whether it could be pinned to its core.
    pub pinned: Result<usize, AffinityError>,
    /// How it fared.
    pub health: HealthRecord,
    /// Requests of the warm-up.
    pub n_warmup: u64,
    /// Those of them that failed.
    pub n_warmup_failed: u64,
    /// Arrivals that had to wait for a place in flight.
    pub n_waited: u64,
    /// When the log first made it wait. Nanoseconds since the run's origin.
    pub first_log_stall_ns: Option<u64>,
}
