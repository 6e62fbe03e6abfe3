//! What a thread is to send and when: the narrow way between the engine and the scheduler in core.

use std::sync::Arc;

use runbench_core::schedule::{Action, Event, Scheduler};

use super::Shared;

/// What a thread has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this request at `scheduled_ns`: at once if that is not in the future. From now on it is in flight, until
    /// the load is told once how it ended.
    Send {
        /// Number of the request in the run.
        ticket: u64,
        /// Row of the dataset to send.
        row: u64,
        /// When the schedule wants it sent. Nanoseconds.
        scheduled_ns: u64,
    },
    /// Nothing before this moment, unless something happens.
    WaitUntil(u64),
    /// Nothing until something happens.
    WaitForEvent,
    /// Nothing any more.
    Finished,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadEvent {
    /// An answer arrived whole.
    Completed,
    /// A request failed.
    Failed,
    /// Send nothing more.
    Stop,
}

/// Where one thread's requests come from.
pub trait Load {
    /// The next thing to do at `now_ns`.
    fn next(&mut self, now_ns: u64) -> Next;

    /// Takes note of what happened at `now_ns`.
    fn on_event(&mut self, now_ns: u64, event: LoadEvent);

    /// Requests that were due and will never be sent, because too many were in flight.
    fn n_dropped(&self) -> u64 {
        0
    }

    /// How many connections it will need at once, as far as it knows.
    fn n_connections(&self) -> usize;
}

/// A thread's share of the run's plan.
#[derive(Debug)]
pub struct PlannedLoad {
    scheduler: Scheduler,
    shared: Arc<Shared>,
    n_rows: u64,
    n_connections: usize,
}

impl PlannedLoad {
    /// The load that `scheduler` gives, with the run's tickets.
    pub fn new(shared: Arc<Shared>, scheduler: Scheduler, n_connections: usize) -> Self {
        let n_rows = u64::try_from(shared.target.bodies.len()).unwrap_or(u64::MAX);
        Self {
            scheduler,
            shared,
            n_rows: n_rows.max(1),
            n_connections,
        }
    }
}

impl Load for PlannedLoad {
    fn next(&mut self, now_ns: u64) -> Next {
        match self.scheduler.poll(now_ns, || self.shared.tickets.take()) {
            Some(Action::Issue { ticket, scheduled_ns }) => Next::Send {
                ticket,
                row: ticket % self.n_rows,
                scheduled_ns,
            },
            None if self.scheduler.is_stopped() => Next::Finished,
            None => Next::WaitForEvent,
        }
    }

    fn on_event(&mut self, now_ns: u64, event: LoadEvent) {
        let event = match event {
            LoadEvent::Completed | LoadEvent::Failed => Event::Ended,
            LoadEvent::Stop => Event::Stop,
        };
        self.scheduler.handle(now_ns, event);
    }

    fn n_connections(&self) -> usize {
        self.n_connections
    }
}
