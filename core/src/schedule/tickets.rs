//! Numbers of requests that all threads of a run share.

use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers of a run's requests, each given out once, without a gap. One atomic operation each, no lock.
#[derive(Debug, Default)]
pub struct Tickets {
    next: AtomicU64,
}

impl Tickets {
    /// The next number; with a limit only if it is below that.
    pub fn take(&self, limit: Option<u64>) -> Option<u64> {
        let Some(limit) = limit else {
            return Some(self.next.fetch_add(1, Ordering::Relaxed));
        };
        // Not simply added to: a number that is refused must stay free for a thread that sees no limit yet.
        let below = |next: u64| (next < limit).then(|| next.saturating_add(1));
        self.next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, below)
            .ok()
    }

    /// How many were given out.
    pub fn n_taken(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }
}
