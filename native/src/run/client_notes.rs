//! What a reader of the figures must know about the client, from what its threads say of themselves.

use runbench_core::health::{client_limits, shares};
use runbench_core::record::HealthRecord;

/// Sentences on the client, the one that it may have been the limit first. Made from the log's health records alone.
pub fn client_notes(threads: &[HealthRecord]) -> Vec<String> {
    let mut notes = Vec::new();
    let limits = client_limits(threads);
    if !limits.is_empty() {
        notes.push(format!(
            "client-limited: the client, not the endpoint, may have been the limit of this run: {}",
            limits.join("; ")
        ));
    }
    let sum = |of: fn(&HealthRecord) -> u64| threads.iter().map(of).sum::<u64>();
    let n_resent = sum(|it| it.n_resent);
    if n_resent > 0 {
        notes.push(format!(
            "{n_resent} requests were sent a second time, because the server had closed the kept connection; \
             their times count from the first"
        ));
    }
    let n_dropped = sum(|it| it.n_dropped);
    if n_dropped > 0 {
        notes.push(format!(
            "{n_dropped} arrivals of the schedule were not sent, because too many requests were in flight"
        ));
    }
    notes.extend(threads.iter().map(describe));
    notes
}

fn describe(health: &HealthRecord) -> String {
    let shares = shares(health);
    let core = health
        .core
        .map_or_else(|| "not pinned".to_owned(), |core| format!("core {core}"));
    let queue = shares
        .run_queue
        .map_or_else(|| "unknown".to_owned(), |share| format!("{:.2} %", share * 100.0));
    format!(
        "client thread {} ({core}): at work {:.1} %, waiting for its core {queue}, 99 % of turns below {} us (longest {} \
         us), {} connections opened",
        health.thread,
        shares.busy * 100.0,
        health.p99_turn_ns.div_ceil(1000),
        health.max_turn_ns.div_ceil(1000),
        health.n_connects,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_was_the_limit_is_called_that() {
        let calm = HealthRecord {
            window_ns: 1000,
            cpu_ns: 100,
            ..HealthRecord::default()
        };
        assert_eq!(client_notes(&[calm]).len(), 1);
        let busy = HealthRecord {
            cpu_ns: 990,
            n_dropped: 3,
            ..calm
        };
        let notes = client_notes(&[calm, busy]);
        assert!(notes[0].starts_with("client-limited: "), "{notes:?}");
        assert!(
            notes[1].starts_with("3 arrivals of the schedule were not sent"),
            "{notes:?}"
        );
    }
}
