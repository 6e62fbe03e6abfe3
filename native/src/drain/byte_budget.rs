//! How many bytes all workers together may hold at a time.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that are free; who wants more waits for others to give some back.
#[derive(Debug)]
pub(super) struct ByteBudget {
    limit: usize,
    taken: Mutex<usize>,
    given_back: Condvar,
}

/// Bytes that were taken; dropping it gives them back.
#[derive(Debug)]
pub(super) struct Held<'a> {
    budget: &'a ByteBudget,
    bytes: usize,
}

impl ByteBudget {
    /// A budget of `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            taken: Mutex::new(0),
            given_back: Condvar::new(),
        }
    }

    /// Takes bytes, waiting until they are free. Who wants more than there is gets all of it, alone.
    ///
    /// A thread must not take twice, or two of them could wait for each other.
    pub(super) fn take(&self, bytes: usize) -> Held<'_> {
        let bytes = bytes.min(self.limit);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > self.limit - bytes {
            taken = self
                .given_back
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        Held { budget: self, bytes }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut taken = self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken -= self.bytes;
        drop(taken);
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::ByteBudget;

    #[test]
    fn no_more_than_the_limit_is_held() {
        let budget = ByteBudget::new(100);
        let held = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for worker in 0..4_usize {
                let (budget, held) = (&budget, &held);
                scope.spawn(move || {
                    for turn in 0..2000_usize {
                        let bytes = (worker * 31 + turn * 17) % 60 + 1;
                        let guard = budget.take(bytes);
                        let now = held.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        assert!(now <= 100, "{now} bytes held");
                        held.fetch_sub(bytes, Ordering::SeqCst);
                        drop(guard);
                    }
                });
            }
        });
    }

    #[test]
    fn who_wants_more_than_there_is_gets_it_alone() {
        let budget = ByteBudget::new(10);
        drop(budget.take(usize::MAX));
        let _all = budget.take(10);
    }
}
