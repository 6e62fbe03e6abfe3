//! Load scheduling as a state machine: `(now, event) -> actions`. It owns no clock and no socket.
//!
//! Each client thread drives an instance of its own, with its share of the load. What must be exact over all
//! threads, the numbers of the requests, comes from outside: the driver hands [`Scheduler::poll`] a source of
//! tickets, and no request is issued without one.
//!
//! ```
//! use runbench_core::schedule::{Action, Event, LoadPattern, Plan, Scheduler};
//!
//! let mut tickets = 0..3;
//! let plan = Plan { pattern: LoadPattern::Concurrency { in_flight: 2 }, max_duration_ns: None };
//! let mut scheduler = Scheduler::new(plan, 1_000);
//! let issue = |ticket, scheduled_ns| Some(Action::Issue { ticket, scheduled_ns });
//!
//! assert_eq!(scheduler.poll(1_000, || tickets.next()), issue(0, 1_000));
//! assert_eq!(scheduler.poll(1_005, || tickets.next()), issue(1, 1_000));
//! assert_eq!(scheduler.poll(1_010, || tickets.next()), None);
//! scheduler.handle(2_000, Event::Ended);
//! assert_eq!(scheduler.poll(2_001, || tickets.next()), issue(2, 2_000));
//! ```

use std::collections::VecDeque;

/// How load is offered. More patterns (rates, Poisson, everything at once) will join this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadPattern {
    /// A fixed number of requests in flight: the end of one issues the next, so that each is scheduled for the
    /// moment at which its place became free (the first ones for the start).
    Concurrency {
        /// Requests in flight. At least 1, or nothing is ever issued.
        in_flight: u32,
    },
}

impl LoadPattern {
    /// The part of this load that thread `index` of `threads` offers; the parts add up to the whole.
    #[must_use]
    pub fn share(self, index: u32, threads: u32) -> Self {
        match self {
            Self::Concurrency { in_flight } => {
                let threads = threads.max(1);
                let even = in_flight.checked_div(threads).unwrap_or(0);
                let left_over = in_flight.checked_rem(threads).unwrap_or(0);
                Self::Concurrency {
                    in_flight: even.saturating_add(u32::from(index < left_over)),
                }
            }
        }
    }
}

/// What one instance is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The load of this instance.
    pub pattern: LoadPattern,
    /// Nothing is issued at or after this long past the start. Nanoseconds. `None`: only tickets end it.
    pub max_duration_ns: Option<u64>,
}

/// What the driver saw happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An issued request ended, well or badly.
    Ended,
    /// Issue nothing more: a signal, or the log can't be written.
    Stop,
}

/// What the driver has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send the request with this number at `scheduled_ns`: at once if that is not in the future. From now on it
    /// is in flight, until the driver reports [`Event::Ended`] once.
    Issue {
        /// Number of the request in the run, as taken from the source of tickets.
        ticket: u64,
        /// When the schedule wants it sent. Nanoseconds.
        scheduled_ns: u64,
    },
}

/// The state machine of one thread.
#[derive(Clone, Debug)]
pub struct Scheduler {
    plan: Plan,
    start_ns: u64,
    in_flight: u32,
    stopped: bool,
    /// When each free place that was used before became free, oldest first.
    freed_ns: VecDeque<u64>,
}

impl Scheduler {
    /// A scheduler whose window opens at `start_ns`.
    pub fn new(plan: Plan, start_ns: u64) -> Self {
        Self {
            plan,
            start_ns,
            in_flight: 0,
            stopped: false,
            freed_ns: VecDeque::new(),
        }
    }

    /// Takes note of what happened at `now_ns`.
    pub fn handle(&mut self, now_ns: u64, event: Event) {
        match event {
            Event::Ended => {
                self.in_flight = self.in_flight.saturating_sub(1);
                self.freed_ns.push_back(now_ns);
            }
            Event::Stop => self.stopped = true,
        }
    }

    /// The next thing to do at `now_ns`; `None` when there is nothing until something happens.
    ///
    /// `take_ticket` gives the number of the next request of the run, or `None` when all are given out. It is asked
    /// only when a request is issued with what it gives.
    pub fn poll(&mut self, now_ns: u64, take_ticket: impl FnOnce() -> Option<u64>) -> Option<Action> {
        if now_ns < self.start_ns {
            return None;
        }
        let LoadPattern::Concurrency { in_flight } = self.plan.pattern;
        let elapsed_ns = now_ns.saturating_sub(self.start_ns);
        self.stopped |= in_flight == 0 || self.plan.max_duration_ns.is_some_and(|limit| elapsed_ns >= limit);
        if self.stopped || self.in_flight >= in_flight {
            return None;
        }
        let Some(ticket) = take_ticket() else {
            self.stopped = true;
            return None;
        };
        self.in_flight = self.in_flight.saturating_add(1);
        let scheduled_ns = self.freed_ns.pop_front().unwrap_or(self.start_ns);
        Some(Action::Issue { ticket, scheduled_ns })
    }

    /// Requests issued and not yet ended.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Whether nothing more will be issued.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether nothing more will be issued and nothing is in flight.
    pub fn is_drained(&self) -> bool {
        self.stopped && self.in_flight == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler(in_flight: u32, max_duration_ns: Option<u64>) -> Scheduler {
        Scheduler::new(
            Plan {
                pattern: LoadPattern::Concurrency { in_flight },
                max_duration_ns,
            },
            100,
        )
    }

    #[test]
    fn issues_nothing_before_the_start() {
        assert_eq!(scheduler(1, None).poll(99, || panic!("took a ticket")), None);
    }

    #[test]
    fn issues_nothing_at_the_end_of_the_duration() {
        let mut machine = scheduler(1, Some(50));
        assert_eq!(machine.poll(150, || panic!("took a ticket")), None);
        assert!(machine.is_drained());
    }

    #[test]
    fn issues_until_the_duration_ends() {
        let action = scheduler(1, Some(50)).poll(149, || Some(7));
        assert_eq!(
            action,
            Some(Action::Issue {
                ticket: 7,
                scheduled_ns: 100
            })
        );
    }

    #[test]
    fn schedules_each_request_for_the_moment_its_place_became_free() {
        let mut machine = scheduler(2, None);
        let mut tickets = 0..;
        while machine.poll(100, || tickets.next()).is_some() {}
        machine.handle(300, Event::Ended);
        machine.handle(310, Event::Ended);
        assert_eq!(
            machine.poll(400, || tickets.next()),
            Some(Action::Issue {
                ticket: 2,
                scheduled_ns: 300
            })
        );
        assert_eq!(
            machine.poll(400, || tickets.next()),
            Some(Action::Issue {
                ticket: 3,
                scheduled_ns: 310
            })
        );
    }

    #[test]
    fn a_stop_waits_for_what_is_in_flight() {
        let mut machine = scheduler(2, None);
        machine.poll(100, || Some(0));
        machine.handle(110, Event::Stop);
        assert_eq!(machine.poll(120, || panic!("took a ticket")), None);
        assert!(!machine.is_drained());
        machine.handle(130, Event::Ended);
        assert!(machine.is_drained());
    }

    #[test]
    fn an_instance_without_a_share_is_drained_at_once() {
        let mut machine = scheduler(0, None);
        assert_eq!(machine.poll(100, || panic!("took a ticket")), None);
        assert!(machine.is_drained());
    }

    #[test]
    fn shares_add_up() {
        let shares: Vec<LoadPattern> = (0..4)
            .map(|index| LoadPattern::Concurrency { in_flight: 10 }.share(index, 4))
            .collect();
        assert_eq!(
            shares,
            [3, 3, 2, 2].map(|in_flight| LoadPattern::Concurrency { in_flight })
        );
    }
}
