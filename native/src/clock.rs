//! The run's clock: one origin for all threads.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A monotonic clock that counts nanoseconds from its origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    origin_unix_ns: u64,
}

impl Clock {
    /// A clock whose origin is now.
    pub fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            origin: Instant::now(),
            origin_unix_ns: u64::try_from(unix.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// Nanoseconds since the origin; enough for 584 years.
    pub fn now_ns(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Wall-clock time of the origin. Nanoseconds since the Unix epoch.
    pub fn origin_unix_ns(&self) -> u64 {
        self.origin_unix_ns
    }
}
