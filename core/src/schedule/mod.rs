//! Load scheduling as a state machine: `(now, event) -> actions`. It owns no clock and no socket.
//!
//! Each client thread drives an instance of its own, with its share of the load; nothing is locked. Arrivals at a rate
//! are dealt out to the threads in turn, so that every instance can compute its own; a load that waits for the
//! endpoint takes the numbers of its requests from one shared counter ([`Tickets`]). Either way each number from 0 is
//! issued (or dropped) exactly once over all threads, and its sample follows from the number alone.
//!
//! ```
//! use std::sync::Arc;
//! use runbench_core::order::Order;
//! use runbench_core::schedule::{Event, LoadPattern, Next, Plan, Schedule, StopRule, Thread, Tickets};
//!
//! let plan = Plan {
//!     order: Order::Sequential,
//!     stop: StopRule::samples(3),
//!     ..Plan::new(LoadPattern::Concurrency { in_flight: 2 }, 100)
//! };
//! let tickets = Arc::new(Tickets::default());
//! let mut schedule = Schedule::new(&plan, Thread::ALONE, &tickets, 1_000)?;
//! let send = |ticket, scheduled_ns| Next::Send { ticket, sample: ticket, scheduled_ns };
//!
//! assert_eq!(schedule.next(900), Next::WaitUntil(1_000));
//! assert_eq!(schedule.next(1_000), send(0, 1_000));
//! assert_eq!(schedule.next(1_005), send(1, 1_000));
//! assert_eq!(schedule.next(1_010), Next::WaitForEvent);
//! schedule.on_event(2_000, Event::Completed);
//! assert_eq!(schedule.next(2_001), send(2, 2_000));
//! schedule.on_event(2_100, Event::Failed);
//! assert_eq!(schedule.next(2_100), Next::Finished);
//! # Ok::<(), runbench_core::schedule::PlanError>(())
//! ```

mod arrivals;
mod pattern;
mod plan;
mod stop;
#[cfg(test)]
mod tests;
mod tickets;

use std::collections::VecDeque;
use std::sync::Arc;

use self::arrivals::Arrivals;
use crate::order::SampleOrder;

pub use pattern::{LoadPattern, OverCap, share_of};
pub use plan::{Plan, PlanError};
pub use stop::{StopRule, reference_sample_count};
pub use tickets::Tickets;

/// How often a full thread looks whether issuing has ended, if the drain has a limit. Nanoseconds.
const LOOK_AGAIN_NS: u64 = 50_000_000;

/// One of the threads that share a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its number, from 0.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

impl Thread {
    /// The only one.
    pub const ALONE: Self = Self { index: 0, of: 1 };
}

/// What the driver saw happen to a request that [`Next::Send`] named. Each of them ends once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was answered.
    Completed,
    /// It failed.
    Failed,
    /// The driver gave it up.
    Dropped,
}

/// What the driver has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this request now. It is in flight from now on, until its event is reported.
    Send {
        /// Its number in the phase, from 0.
        ticket: u64,
        /// The sample to send.
        sample: u64,
        /// When the schedule wanted it sent; never in the future. Nanoseconds.
        scheduled_ns: u64,
    },
    /// This arrival found no place and is not sent ([`OverCap::Drop`]). It has no event.
    Drop {
        /// Its number in the phase.
        ticket: u64,
        /// The sample that it would have sent.
        sample: u64,
        /// When the schedule wanted it sent. Nanoseconds.
        scheduled_ns: u64,
    },
    /// Nothing to do before this time, unless an event comes. Nanoseconds.
    WaitUntil(u64),
    /// Nothing to do before an event.
    WaitForEvent,
    /// Nothing more will be sent. What is in flight may go on until [`Schedule::drain_deadline_ns`].
    Finished,
}

/// The state machine of one thread in one phase.
#[derive(Clone, Debug)]
pub struct Schedule {
    plan: Plan,
    start_ns: u64,
    cap: u32,
    tickets: Arc<Tickets>,
    order: SampleOrder,
    walk: Option<Walk>,
    in_flight: u32,
    /// When issuing ended.
    finished_ns: Option<u64>,
    /// When each free place that was used before became free, oldest first.
    freed_ns: VecDeque<u64>,
    n_dropped: u64,
    n_waited: u64,
}

/// A walk over the arrivals of the whole run, from one of this thread's to the next.
#[derive(Clone, Debug)]
struct Walk {
    arrivals: Arrivals,
    thread: Thread,
    ticket: u64,
    at_ns: u64,
    /// The arrival before it, of whatever thread: 0 for the first.
    previous_ns: u64,
    is_waiting: bool,
}

impl Walk {
    fn new(arrivals: Arrivals, thread: Thread) -> Self {
        let mut walk = Self {
            arrivals,
            thread,
            ticket: 0,
            at_ns: 0,
            previous_ns: 0,
            is_waiting: false,
        };
        walk.at_ns = walk.arrivals.next_ns();
        for _ in 0..thread.index {
            walk.step();
        }
        walk
    }

    fn step(&mut self) {
        self.previous_ns = self.at_ns;
        self.at_ns = self.arrivals.next_ns();
        self.ticket = self.ticket.saturating_add(1);
    }

    fn advance(&mut self) {
        self.is_waiting = false;
        for _ in 0..self.thread.of.max(1) {
            self.step();
        }
    }
}

impl Schedule {
    /// The schedule of `thread` in a phase whose window opens at `start_ns`. All threads of it share `tickets`.
    pub fn new(
        plan: &Plan,
        thread: Thread,
        tickets: &Arc<Tickets>,
        start_ns: u64,
    ) -> Result<Self, PlanError> {
        plan.check()?;
        Ok(Self {
            plan: *plan,
            start_ns,
            cap: plan
                .cap()
                .map_or(u32::MAX, |cap| share_of(cap, thread.index, thread.of)),
            tickets: Arc::clone(tickets),
            order: SampleOrder::new(plan.order, plan.n_samples)?,
            walk: Arrivals::new(plan.pattern).map(|arrivals| Walk::new(arrivals, thread)),
            in_flight: 0,
            finished_ns: None,
            freed_ns: VecDeque::new(),
            n_dropped: 0,
            n_waited: 0,
        })
    }

    /// Moves the start, which must not have been reached yet.
    pub fn start_at(&mut self, start_ns: u64) {
        self.start_ns = start_ns;
    }

    /// The next thing to do at `now_ns`.
    pub fn next(&mut self, now_ns: u64) -> Next {
        if self.finished_ns.is_some() {
            return Next::Finished;
        }
        if now_ns < self.start_ns {
            return Next::WaitUntil(self.start_ns);
        }
        let elapsed_ns = now_ns.saturating_sub(self.start_ns);
        if self.cap == 0 || self.plan.stop.is_over(elapsed_ns) {
            return self.finish(now_ns);
        }
        if self.walk.is_some() {
            self.next_arrival(now_ns)
        } else {
            self.next_place(now_ns)
        }
    }

    /// Takes note of what happened to a request in flight.
    pub fn on_event(&mut self, now_ns: u64, event: Event) {
        let (Event::Completed | Event::Failed | Event::Dropped) = event;
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.walk.is_none() {
            self.freed_ns.push_back(now_ns);
        }
    }

    /// Ends issuing: a signal, or the log can't be written.
    pub fn stop(&mut self, now_ns: u64) {
        self.finish(now_ns);
    }

    fn finish(&mut self, now_ns: u64) -> Next {
        self.finished_ns.get_or_insert(now_ns);
        Next::Finished
    }

    /// A load that waits for the endpoint: a free place is filled at once.
    fn next_place(&mut self, now_ns: u64) -> Next {
        if self.in_flight >= self.cap {
            // A place that becomes free from now on is too late for the floor, so only a number could fill it.
            let limit = self.plan.stop.limit_at(now_ns.saturating_sub(self.start_ns));
            let is_last_taken = limit.is_some_and(|limit| self.tickets.n_taken() >= limit);
            return if is_last_taken {
                self.finish(now_ns)
            } else {
                self.wait(now_ns)
            };
        }
        let scheduled_ns = self.freed_ns.front().copied().unwrap_or(self.start_ns);
        let limit = self
            .plan
            .stop
            .limit_at(scheduled_ns.saturating_sub(self.start_ns));
        let Some(ticket) = self.tickets.take(limit) else {
            return self.finish(now_ns);
        };
        self.freed_ns.pop_front();
        self.send(ticket, scheduled_ns)
    }

    /// A load with times of its own. The walk is there, or nothing comes of it.
    fn next_arrival(&mut self, now_ns: u64) -> Next {
        let Some(walk) = &mut self.walk else {
            return Next::Finished;
        };
        let (ticket, at_ns) = (walk.ticket, walk.at_ns);
        // By the arrival before it, so that the last one is at or after the floor.
        let limit = self.plan.stop.limit_at(walk.previous_ns);
        if self.plan.stop.is_over(at_ns) || limit.is_some_and(|limit| ticket >= limit) {
            return self.finish(now_ns);
        }
        let scheduled_ns = self.start_ns.saturating_add(at_ns);
        if scheduled_ns > now_ns {
            return Next::WaitUntil(scheduled_ns);
        }
        if self.in_flight < self.cap {
            walk.advance();
            return self.send(ticket, scheduled_ns);
        }
        match self.plan.over_cap {
            OverCap::Wait => {
                self.n_waited = self.n_waited.saturating_add(u64::from(!walk.is_waiting));
                walk.is_waiting = true;
                self.wait(now_ns)
            }
            OverCap::Drop => {
                walk.advance();
                self.n_dropped = self.n_dropped.saturating_add(1);
                let sample = self.order.sample(ticket);
                Next::Drop {
                    ticket,
                    sample,
                    scheduled_ns,
                }
            }
        }
    }

    fn send(&mut self, ticket: u64, scheduled_ns: u64) -> Next {
        self.in_flight = self.in_flight.saturating_add(1);
        let sample = self.order.sample(ticket);
        Next::Send {
            ticket,
            sample,
            scheduled_ns,
        }
    }

    /// Full: an event helps, or the end of it all.
    fn wait(&self, now_ns: u64) -> Next {
        let stop = self.plan.stop;
        let at = |elapsed_ns: u64| self.start_ns.saturating_add(elapsed_ns);
        let end_ns = stop.max_duration_ns.map(at);
        let floor_ns =
            Some(at(stop.min_duration_ns)).filter(|floor_ns| self.walk.is_none() && *floor_ns > now_ns);
        // The drain's time begins when the last number is taken, which another thread may do.
        let look_again_ns = self
            .plan
            .drain_limit_ns
            .map(|_| now_ns.saturating_add(LOOK_AGAIN_NS));
        match [end_ns, floor_ns, look_again_ns].into_iter().flatten().min() {
            Some(at_ns) => Next::WaitUntil(at_ns),
            None => Next::WaitForEvent,
        }
    }

    /// Requests sent and not yet ended.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Whether nothing more will be sent.
    pub fn is_finished(&self) -> bool {
        self.finished_ns.is_some()
    }

    /// Whether nothing more will be sent and nothing is in flight.
    pub fn is_drained(&self) -> bool {
        self.is_finished() && self.in_flight == 0
    }

    /// When what is still in flight is to be given up: known once issuing has ended, and only if there is a limit.
    pub fn drain_deadline_ns(&self) -> Option<u64> {
        Some(self.finished_ns?.saturating_add(self.plan.drain_limit_ns?))
    }

    /// Arrivals that were dropped for want of a place.
    pub fn n_dropped(&self) -> u64 {
        self.n_dropped
    }

    /// Arrivals that had to wait for a place.
    pub fn n_waited(&self) -> u64 {
        self.n_waited
    }
}
