//! How load is offered.

/// How load is offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoadPattern {
    /// Everything at once: all requests are due at the start.
    MaxThroughput,
    /// A fixed number of requests in flight: the end of one issues the next, so that each is scheduled for the
    /// moment at which its place became free (the first ones for the start).
    Concurrency {
        /// Requests in flight. At least 1, or nothing is ever issued.
        in_flight: u32,
    },
    /// Arrivals at random with exponential gaps, the reference's delays bit for bit (loadgen section 6); the first
    /// comes one gap after the start.
    Poisson {
        /// Mean arrivals a second. Finite and above 0.
        qps: f64,
        /// Seed of the gaps.
        seed: u64,
    },
    /// Arrivals at equal gaps, the first one at the start.
    Constant {
        /// Arrivals a second. Finite and above 0.
        qps: f64,
    },
}

impl LoadPattern {
    /// Whether arrivals come at their own times, whatever the endpoint does.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Poisson { .. } | Self::Constant { .. })
    }
}

/// What becomes of an arrival that finds no place in flight free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverCap {
    /// It is sent when a place is free; its scheduled time stays, so latency from schedule shows the wait.
    #[default]
    Wait,
    /// It is never sent, and counted as dropped.
    Drop,
}

/// The part of a number that thread `index` of `threads` gets; the parts add up to the whole.
#[must_use]
pub fn share_of(whole: u32, index: u32, threads: u32) -> u32 {
    let threads = threads.max(1);
    let even = whole.checked_div(threads).unwrap_or(0);
    let left_over = whole.checked_rem(threads).unwrap_or(0);
    even.saturating_add(u32::from(index < left_over))
}
