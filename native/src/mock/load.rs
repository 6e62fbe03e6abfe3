//! How many requests the mock is answering right now.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts requests in flight over all threads.
#[derive(Clone, Debug, Default)]
pub(super) struct Load(Arc<AtomicU32>);

/// One request in flight; it is counted as long as this lives.
#[derive(Debug)]
pub(super) struct InFlight(Arc<AtomicU32>);

impl Load {
    pub(super) fn enter(&self) -> InFlight {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(&self.0))
    }
}

impl InFlight {
    /// Requests in flight, this one among them.
    pub(super) fn now(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Load;

    #[test]
    fn counts_while_a_request_lives() {
        let load = Load::default();
        let first = load.enter();
        let second = load.enter();
        assert_eq!(first.now(), 2);
        drop(second);
        assert_eq!(first.now(), 1);
    }
}
