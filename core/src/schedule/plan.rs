//! What is to be done in one phase.

use super::{LoadPattern, OverCap, StopRule};
use crate::order::{Order, OrderError, SampleOrder};

/// What is to be done in one phase, over all threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// How load is offered.
    pub pattern: LoadPattern,
    /// The most requests in flight, for loads that have no such number of their own.
    pub max_in_flight: Option<u32>,
    /// What becomes of arrivals beyond `max_in_flight`.
    pub over_cap: OverCap,
    /// When issuing ends.
    pub stop: StopRule,
    /// How long requests in flight are waited for once issuing has ended; `None`: as long as they take. Nanoseconds.
    pub drain_limit_ns: Option<u64>,
    /// Which sample each request sends.
    pub order: Order,
    /// Samples in the dataset.
    pub n_samples: u64,
}

/// Why a plan makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The order of samples.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A rate at which nothing can be sent.
    #[error("the rate is {0} requests/s; it must be a finite number above 0")]
    Rate(f64),
    /// Nothing may be in flight.
    #[error("0 requests in flight are no load; at least 1 is needed")]
    NoneInFlight,
    /// Nothing says when it ends.
    #[error("nothing is to be sent: give a number of samples, or a duration")]
    Nothing,
    /// A floor above the ceiling.
    #[error("the minimum duration is longer than the maximum")]
    FloorAboveCeiling,
    /// An endless burst.
    #[error(
        "with everything sent at once a minimum duration has no meaning; give a number of samples, a rate, or a \
         concurrency"
    )]
    EndlessBurst,
}

impl Plan {
    /// Each of `n_samples` once, shuffled by seed 42.
    pub fn new(pattern: LoadPattern, n_samples: u64) -> Self {
        Self {
            pattern,
            max_in_flight: None,
            over_cap: OverCap::Wait,
            stop: StopRule::samples(n_samples),
            drain_limit_ns: None,
            order: Order::Shuffled { seed: 42 },
            n_samples,
        }
    }

    /// Checks what can be said before anything is sent.
    pub fn check(&self) -> Result<(), PlanError> {
        if let LoadPattern::Poisson { qps, .. } | LoadPattern::Constant { qps } = self.pattern
            && !(qps.is_finite() && qps > 0.0)
        {
            return Err(PlanError::Rate(qps));
        }
        if self.cap() == Some(0) {
            return Err(PlanError::NoneInFlight);
        }
        let StopRule {
            samples,
            min_duration_ns,
            max_duration_ns,
        } = self.stop;
        if samples.unwrap_or(0) == 0 && min_duration_ns == 0 {
            return Err(PlanError::Nothing);
        }
        if max_duration_ns.is_some_and(|limit| limit < min_duration_ns) {
            return Err(PlanError::FloorAboveCeiling);
        }
        // All arrivals are due at the start, so none would ever be past the floor.
        if self.pattern == LoadPattern::MaxThroughput && min_duration_ns > 0 {
            return Err(PlanError::EndlessBurst);
        }
        SampleOrder::new(self.order, self.n_samples)?;
        Ok(())
    }

    /// The most requests in flight over all threads, if there is such a number.
    pub fn cap(&self) -> Option<u32> {
        match self.pattern {
            LoadPattern::Concurrency { in_flight } => Some(in_flight),
            _ => self.max_in_flight,
        }
    }
}
