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
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::uri::PathAndQuery;
use runbench_core::schedule::{Plan, Tickets};

use crate::affinity::AffinityError;
use crate::clock::Clock;
use crate::run::{Limits, LiveTimes};

pub use thread::{ClientThreads, start};

/// Where requests go and what they say; the same for all threads.
#[derive(Debug)]
pub struct Target {
    /// The servers; request N goes to server N modulo their number. At least one.
    pub servers: Vec<Server>,
    /// A body for each dataset row.
    pub bodies: Vec<Bytes>,
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
    /// Set from outside to end the run early.
    pub interrupt: Arc<AtomicBool>,
    /// Set by the log writer when the log can't be written any more.
    pub log_failed: Arc<AtomicBool>,
}

/// The phase before the timed window.
#[derive(Debug)]
pub struct WarmUp {
    /// Its load.
    pub phase: Phase,
    /// Whether its requests must have ended before the window opens.
    pub drain: bool,
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
    /// Times of the answers that arrived whole, for the live view.
    pub times: LiveTimes,
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
    /// Requests of the warm-up.
    pub n_warmup: u64,
    /// Those of them that failed.
    pub n_warmup_failed: u64,
    /// Arrivals that had to wait for a place in flight.
    pub n_waited: u64,
}
