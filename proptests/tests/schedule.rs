//! Properties of the load scheduler, driven by a fake clock: several threads, one source of tickets.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use runbench_core::schedule::{Action, Event, LoadPattern, Plan, Scheduler};

const START_NS: u64 = 1_000;

#[derive(Debug)]
struct Issued {
    at_ns: u64,
    scheduled_ns: u64,
    ended: bool,
}

/// A run under a fake clock: every step some time passes, and maybe one thread's oldest request ends.
struct FakeRun {
    now_ns: u64,
    schedulers: Vec<Scheduler>,
    in_flight: Vec<Vec<u64>>,
    next_ticket: u64,
    n_tickets: u64,
    issued: BTreeMap<u64, Issued>,
    max_in_flight: usize,
}

impl FakeRun {
    fn new(concurrency: u32, threads: u32, n_tickets: u64, max_duration_ns: Option<u64>) -> Self {
        let whole = LoadPattern::Concurrency {
            in_flight: concurrency,
        };
        let plan = |index| Plan {
            pattern: whole.share(index, threads),
            max_duration_ns,
        };
        Self {
            now_ns: START_NS,
            schedulers: (0..threads)
                .map(|index| Scheduler::new(plan(index), START_NS))
                .collect(),
            in_flight: (0..threads).map(|_| Vec::new()).collect(),
            next_ticket: 0,
            n_tickets,
            issued: BTreeMap::new(),
            max_in_flight: 0,
        }
    }

    fn poll_all(&mut self) {
        for (scheduler, in_flight) in self.schedulers.iter_mut().zip(&mut self.in_flight) {
            let next_ticket = &mut self.next_ticket;
            let n_tickets = self.n_tickets;
            let mut take =
                || (*next_ticket < n_tickets).then(|| std::mem::replace(next_ticket, *next_ticket + 1));
            while let Some(Action::Issue { ticket, scheduled_ns }) = scheduler.poll(self.now_ns, &mut take) {
                let record = Issued {
                    at_ns: self.now_ns,
                    scheduled_ns,
                    ended: false,
                };
                assert!(
                    self.issued.insert(ticket, record).is_none(),
                    "ticket {ticket} was issued twice"
                );
                in_flight.push(ticket);
            }
        }
        self.max_in_flight = self.max_in_flight.max(self.in_flight.iter().map(Vec::len).sum());
    }

    fn end_oldest(&mut self, thread: usize) {
        if self.in_flight[thread].is_empty() {
            return;
        }
        let ticket = self.in_flight[thread].remove(0);
        let record = self.issued.get_mut(&ticket).expect("it was issued");
        assert!(
            !std::mem::replace(&mut record.ended, true),
            "ticket {ticket} ended twice"
        );
        self.schedulers[thread].handle(self.now_ns, Event::Ended);
    }

    fn stop(&mut self) {
        for scheduler in &mut self.schedulers {
            scheduler.handle(self.now_ns, Event::Stop);
        }
    }

    /// Ends what is in flight, polling all the while, until every thread says that it is drained.
    fn drain(&mut self) {
        for _ in 0..100_000 {
            self.poll_all();
            if self.schedulers.iter().all(Scheduler::is_drained) {
                assert!(
                    self.in_flight.iter().all(Vec::is_empty),
                    "drained with requests in flight"
                );
                return;
            }
            self.now_ns += 1;
            for thread in 0..self.schedulers.len() {
                self.end_oldest(thread);
            }
        }
        panic!("the run does not end");
    }
}

/// Time that passes, and the thread whose oldest request ends then.
fn steps() -> impl Strategy<Value = Vec<(u64, usize)>> {
    vec((0_u64..200, any::<usize>()), 0..80)
}

proptest! {
    #[test]
    fn issues_exactly_the_samples_asked_for(
        concurrency in 1_u32..20, threads in 1_u32..5, n_samples in 0_u64..200, steps in steps()
    ) {
        let mut run = FakeRun::new(concurrency, threads, n_samples, None);
        for (elapsed_ns, thread) in steps {
            run.poll_all();
            run.now_ns += elapsed_ns;
            run.end_oldest(thread % run.schedulers.len());
        }
        run.drain();
        prop_assert_eq!(run.issued.keys().copied().collect::<BTreeSet<_>>(), (0..n_samples).collect::<BTreeSet<_>>());
        prop_assert!(run.issued.values().all(|record| record.ended));
    }

    #[test]
    fn never_has_more_in_flight_than_asked_and_fills_every_place(
        concurrency in 1_u32..20, threads in 1_u32..5, steps in steps()
    ) {
        let mut run = FakeRun::new(concurrency, threads, u64::MAX, None);
        for (elapsed_ns, thread) in steps {
            run.poll_all();
            let in_flight: usize = run.in_flight.iter().map(Vec::len).sum();
            prop_assert_eq!(in_flight, usize::try_from(concurrency).expect("a small number"));
            run.now_ns += elapsed_ns;
            run.end_oldest(thread % run.schedulers.len());
        }
    }

    #[test]
    fn issues_nothing_after_the_duration(
        concurrency in 1_u32..20, threads in 1_u32..5, duration_ns in 0_u64..5_000, steps in steps()
    ) {
        let mut run = FakeRun::new(concurrency, threads, u64::MAX, Some(duration_ns));
        for (elapsed_ns, thread) in steps {
            run.poll_all();
            run.now_ns += elapsed_ns;
            run.end_oldest(thread % run.schedulers.len());
        }
        run.poll_all();
        let n_issued_before = run.issued.values().filter(|record| record.at_ns < START_NS + duration_ns).count();
        prop_assert_eq!(n_issued_before, run.issued.len());
        run.now_ns = run.now_ns.max(START_NS + duration_ns);
        run.drain();
        prop_assert_eq!(n_issued_before, run.issued.len());
    }

    #[test]
    fn issues_nothing_after_a_stop(concurrency in 1_u32..20, threads in 1_u32..5, steps in steps(), stop_at in 0_usize..80) {
        let mut run = FakeRun::new(concurrency, threads, u64::MAX, None);
        let mut n_issued_at_stop = None;
        for (index, (elapsed_ns, thread)) in steps.into_iter().enumerate() {
            if index == stop_at {
                run.stop();
                n_issued_at_stop = Some(run.issued.len());
            }
            run.poll_all();
            run.now_ns += elapsed_ns;
            run.end_oldest(thread % run.schedulers.len());
        }
        if n_issued_at_stop.is_none() {
            run.stop();
        }
        let n_issued = n_issued_at_stop.unwrap_or(run.issued.len());
        run.drain();
        prop_assert_eq!(run.issued.len(), n_issued);
        prop_assert!(run.issued.values().all(|record| record.ended));
    }

    #[test]
    fn is_never_issued_before_it_is_scheduled(concurrency in 1_u32..20, threads in 1_u32..5, steps in steps()) {
        let mut run = FakeRun::new(concurrency, threads, u64::MAX, None);
        for (elapsed_ns, thread) in steps {
            run.poll_all();
            run.now_ns += elapsed_ns;
            run.end_oldest(thread % run.schedulers.len());
        }
        prop_assert!(run.issued.values().all(|r| START_NS <= r.scheduled_ns && r.scheduled_ns <= r.at_ns));
        prop_assert!(run.max_in_flight <= usize::try_from(concurrency).expect("a small number"));
    }
}
