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
use crate::run::Limits;

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
    /// Times to the first text, as far as the bytes show it while they arrive.
    pub ttft: LiveSeries,
    /// (End less first text) / (events after the first text), of streams.
    pub time_per_event: LiveSeries,
}

/// Values of the running window, kept roughly: four buckets to each doubling.
#[derive(Debug)]
pub struct LiveSeries {
    buckets: [AtomicU64; LIVE_BUCKETS],
}

/// Buckets up to 2^40 ns, about 18 minutes.
const LIVE_BUCKETS: usize = 160;

impl Default for LiveSeries {
    fn default() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; LIVE_BUCKETS],
        }
    }
}

impl LiveSeries {
    /// Adds a value, from the one thread that owns this.
    pub fn add(&self, value_ns: u64) {
        let doublings = 63 - value_ns.max(4).leading_zeros();
        let quarter = (value_ns.max(4) >> (doublings - 2)) & 3;
        let index = usize::try_from(u64::from(doublings) * 4 + quarter).unwrap_or(usize::MAX);
        if let Some(bucket) = self.buckets.get(index.min(LIVE_BUCKETS - 1)) {
            add_alone(bucket, 1);
        }
    }

    /// How many values lie in each bucket, added to `counts`.
    fn collect(&self, counts: &mut [u64; LIVE_BUCKETS]) {
        for (count, bucket) in counts.iter_mut().zip(&self.buckets) {
            *count += bucket.load(Ordering::Relaxed);
        }
    }

    /// The value below which the share `p` (of 0 to 1) of all values of all threads lies, up to 25 % too high.
    pub fn percentile_ns<'a>(all: impl Iterator<Item = &'a Self>, p: f64) -> Option<u64> {
        let mut counts = [0; LIVE_BUCKETS];
        all.for_each(|series| series.collect(&mut counts));
        let n: u64 = counts.iter().sum();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank for a live view"
        )]
        let rank = (p * n as f64) as u64;
        let mut below = 0;
        let bucket = counts.iter().position(|count| {
            below += count;
            below > rank
        })?;
        let bucket = u64::try_from(bucket + 1).unwrap_or(u64::MAX);
        Some((4 + bucket % 4) << (bucket / 4).saturating_sub(2).min(56))
    }
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

#[cfg(test)]
mod tests {
    use super::LiveSeries;

    #[test]
    fn a_live_percentile_is_at_most_a_quarter_too_high() {
        for value in [4, 5, 7, 8, 100, 999, 1_000_000, 20_000_000, 3_000_000_000_u64] {
            let series = LiveSeries::default();
            series.add(value);
            let shown = LiveSeries::percentile_ns(std::iter::once(&series), 0.5).unwrap();
            assert!(
                shown > value && shown <= value + value / 4 + 1,
                "{value}: {shown}"
            );
        }
        assert_eq!(LiveSeries::percentile_ns(std::iter::empty(), 0.5), None);
    }
}
