//! The run's clock: one origin for all threads.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often the wall clock is read beside the monotonic one, to find the pair that is closest.
const ANCHOR_TRIES: u32 = 16;

/// A monotonic clock that counts nanoseconds from its origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    origin_unix_ns: u64,
}

impl Clock {
    /// A clock whose origin is now.
    pub fn start() -> Self {
        // The two clocks are read one after the other: the pair between whose reads least time passed is the best.
        let pairs = (0..ANCHOR_TRIES).map(|_| {
            let before = Instant::now();
            let unix = SystemTime::now();
            let origin = Instant::now();
            (origin.duration_since(before), origin, unix)
        });
        let (_, origin, unix) =
            pairs
                .min_by_key(|pair| pair.0)
                .unwrap_or((Duration::ZERO, Instant::now(), SystemTime::now()));
        let unix = unix.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            origin,
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
