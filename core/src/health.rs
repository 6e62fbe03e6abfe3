//! Whether the client, and not the endpoint, may have been the limit of a run.
//!
//! Each thread says how it fared ([`HealthRecord`]); past one of the thresholds here the run is marked.

use num_traits::ToPrimitive;

use crate::record::HealthRecord;

/// Share of the window that a thread may work. Above it a socket that becomes ready often finds the thread at work on
/// another one, and waits: at 85 % the mean queue of a single server exceeds five (0.85 / 0.15).
pub const MAX_BUSY_SHARE: f64 = 0.85;

/// Share of the window in which a thread may be ready to run and not run. A thread with a core of its own stays far
/// below 1 %; stamps taken after such a wait are late by it.
pub const MAX_RUN_QUEUE_SHARE: f64 = 0.02;

/// The time below which 99 % of the turns of a thread's loop must stay: what one turn takes, the stamp of a read can
/// be late. Nanoseconds. The power of two next to 1 ms, the step that percentiles are read in.
pub const MAX_P99_TURN_NS: u64 = 1 << 20;

/// How a thread shared its window between work and waiting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Part of the window that went to work: processor time less what was spun away.
    pub busy: f64,
    /// Part of the window that the thread waited for its core; `None` where the system doesn't tell.
    pub run_queue: Option<f64>,
}

/// The shares of a thread; zeros for a window of no length.
pub fn shares(health: &HealthRecord) -> Shares {
    let part = |ns: u64| {
        let whole = health.window_ns.to_f64().unwrap_or(f64::MAX);
        if health.window_ns == 0 {
            0.0
        } else {
            ns.to_f64().unwrap_or(f64::MAX) / whole
        }
    };
    Shares {
        busy: part(health.cpu_ns.saturating_sub(health.spin_ns)),
        run_queue: health.run_queue_ns.map(part),
    }
}

/// What makes the client a limit, a sentence each, by thread; empty if nothing does.
///
/// ```
/// use runbench_core::health::client_limits;
/// use runbench_core::record::HealthRecord;
///
/// let calm = HealthRecord { window_ns: 1_000_000_000, cpu_ns: 400_000_000, ..HealthRecord::default() };
/// let busy = HealthRecord { thread: 1, cpu_ns: 990_000_000, ..calm };
/// assert_eq!(
///     client_limits(&[calm, busy]),
///     ["client thread 1 was at work 99.0 % of the window (limit 85 %)"]
/// );
/// ```
pub fn client_limits(threads: &[HealthRecord]) -> Vec<String> {
    threads.iter().flat_map(limits_of).collect()
}

fn limits_of(health: &HealthRecord) -> Vec<String> {
    let thread = health.thread;
    let shares = shares(health);
    let mut limits = Vec::new();
    if shares.busy > MAX_BUSY_SHARE {
        limits.push(format!(
            "client thread {thread} was at work {:.1} % of the window (limit {:.0} %)",
            shares.busy * 100.0,
            MAX_BUSY_SHARE * 100.0
        ));
    }
    if let Some(share) = shares.run_queue
        && share > MAX_RUN_QUEUE_SHARE
    {
        limits.push(format!(
            "client thread {thread} waited for its core {:.1} % of the window (limit {:.0} %): something else ran there",
            share * 100.0,
            MAX_RUN_QUEUE_SHARE * 100.0
        ));
    }
    if health.p99_turn_ns > MAX_P99_TURN_NS {
        limits.push(format!(
            "client thread {thread} took up to {:.1} ms a turn in 1 % of its turns or more (limit {:.1} ms), so stamps \
             can be late by that",
            millis(health.p99_turn_ns),
            millis(MAX_P99_TURN_NS)
        ));
    }
    if health.n_log_stalls > 0 {
        limits.push(format!(
            "client thread {thread} waited {:.1} ms for the event log, {} times: the disk was too slow",
            millis(health.log_stall_ns),
            health.n_log_stalls
        ));
    }
    limits
}

fn millis(ns: u64) -> f64 {
    ns.to_f64().unwrap_or(f64::MAX) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut HealthRecord), expected: Option<&str>) {
        let mut health = HealthRecord {
            window_ns: 1000,
            cpu_ns: 100,
            ..HealthRecord::default()
        };
        change(&mut health);
        let limits = client_limits(&[health]);
        match expected {
            None => assert!(limits.is_empty(), "{limits:?}"),
            Some(part) => assert!(
                matches!(&limits[..], [limit] if limit.contains(part)),
                "{limits:?}"
            ),
        }
    }

    #[test]
    fn a_thread_at_each_limit_is_none() {
        check(|it| it.cpu_ns = 850, None);
        check(|it| it.run_queue_ns = Some(20), None);
        check(|it| it.p99_turn_ns = MAX_P99_TURN_NS, None);
        check(|it| *it = HealthRecord::default(), None);
    }

    #[test]
    fn a_thread_past_one_limit_is_named_with_it() {
        check(|it| it.cpu_ns = 851, Some("at work 85.1 %"));
        check(|it| it.run_queue_ns = Some(21), Some("waited for its core 2.1 %"));
        check(|it| it.p99_turn_ns = MAX_P99_TURN_NS << 1, Some("2.1 ms a turn"));
        check(
            |it| {
                it.n_log_stalls = 2;
                it.log_stall_ns = 3_500_000;
            },
            Some("waited 3.5 ms for the event log, 2 times"),
        );
    }

    #[test]
    fn time_spun_away_is_no_work() {
        check(
            |it| {
                it.cpu_ns = 990;
                it.spin_ns = 900;
            },
            None,
        );
    }
}
