//! When counting ends before everything is counted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Why counting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was counted.
    Finished,
    /// A signal came.
    Interrupted,
    /// The time that it may take was over.
    TimedOut,
}

/// A signal or a time limit; workers look at it between two texts, and finish the text in hand.
#[derive(Debug)]
pub struct Stop<'a> {
    interrupt: &'a AtomicBool,
    deadline: Option<Instant>,
}

impl<'a> Stop<'a> {
    /// From now on, for at most `limit`; a limit of zero is none.
    pub fn new(interrupt: &'a AtomicBool, limit: Duration) -> Self {
        let deadline = if limit.is_zero() {
            None
        } else {
            Instant::now().checked_add(limit)
        };
        Self { interrupt, deadline }
    }

    /// Why to stop, if so.
    pub fn cause(&self) -> Option<Ended> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Some(Ended::Interrupted);
        }
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
            .then_some(Ended::TimedOut)
    }

    /// Whether to stop.
    pub fn is_over(&self) -> bool {
        self.cause().is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::{Ended, Stop};

    #[test]
    fn a_limit_of_zero_is_none() {
        let interrupt = AtomicBool::new(false);
        assert_eq!(Stop::new(&interrupt, Duration::ZERO).cause(), None);
        assert_eq!(Stop::new(&interrupt, Duration::MAX).cause(), None);
        let over = Stop::new(&interrupt, Duration::from_nanos(1));
        assert_eq!(over.cause(), Some(Ended::TimedOut));
        interrupt.store(true, Ordering::Relaxed);
        assert_eq!(over.cause(), Some(Ended::Interrupted));
    }
}
