//! When a request is given up.

use std::time::Duration;

use runbench_core::record::FailureClass;

use super::Target;
use super::exchange::Exchange;
use super::failure::Failure;

/// The time-out that ends a request next: when, and what it says then.
pub(super) fn next_deadline(exchange: &Exchange, target: &Target) -> (u64, Kind) {
    let since = |start_ns: u64, limit: Duration| start_ns.saturating_add(nanos(limit));
    let mut next = (
        since(exchange.record.issued_ns, target.request_timeout),
        Kind::Whole,
    );
    let limits = &target.limits;
    if let Some(limit) = limits.first_token_timeout
        && target.streaming
        && exchange.awaits_text()
    {
        next = next.min((since(exchange.record.issued_ns, limit), Kind::FirstToken));
    }
    if let Some(limit) = limits.stall_timeout
        && exchange.last_read_ns > 0
    {
        next = next.min((since(exchange.last_read_ns, limit), Kind::Stall));
    }
    next
}

/// Which time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The whole request.
    Whole,
    /// The first token.
    FirstToken,
    /// The time between two reads.
    Stall,
}

impl Kind {
    pub(super) fn failure(self, target: &Target) -> Failure {
        let limits = &target.limits;
        let millis = |limit: Option<Duration>| limit.unwrap_or_default().as_millis();
        match self {
            Self::Whole => Failure::new(
                FailureClass::TimedOut,
                format!(
                    "no complete answer within {} ms",
                    target.request_timeout.as_millis()
                ),
            ),
            Self::FirstToken => Failure::new(
                FailureClass::FirstTokenTimedOut,
                format!("no token within {} ms", millis(limits.first_token_timeout)),
            ),
            Self::Stall => Failure::new(
                FailureClass::Stalled,
                format!(
                    "nothing more of the answer for {} ms",
                    millis(limits.stall_timeout)
                ),
            ),
        }
    }
}

pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
