//! Properties of the load scheduler, driven by a fake clock: several threads, one run.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use runbench_core::order::{Order, SampleOrder};
use runbench_core::schedule::{Event, LoadPattern, Next, OverCap, Plan, Schedule, StopRule, Thread, Tickets};

const START_NS: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    InFlight,
    Ended(u64),
    Dropped,
}

#[derive(Debug)]
struct Issued {
    at_ns: u64,
    scheduled_ns: u64,
    sample: u64,
    fate: Fate,
}

/// A run under a fake clock: every step some time passes, and maybe one thread's oldest request ends.
struct FakeRun {
    plan: Plan,
    now_ns: u64,
    schedules: Vec<Schedule>,
    in_flight: Vec<Vec<u64>>,
    issued: BTreeMap<u64, Issued>,
    max_in_flight: usize,
    /// Send times that a schedule named and that are not reached.
    waits: Vec<Option<u64>>,
}

impl FakeRun {
    fn new(plan: Plan, threads: u32) -> Self {
        let tickets = Arc::new(Tickets::default());
        let schedule = |index| {
            Schedule::new(&plan, Thread { index, of: threads }, &tickets, START_NS).expect("a good plan")
        };
        Self {
            plan,
            now_ns: START_NS,
            schedules: (0..threads).map(schedule).collect(),
            in_flight: (0..threads).map(|_| Vec::new()).collect(),
            issued: BTreeMap::new(),
            max_in_flight: 0,
            waits: (0..threads).map(|_| None).collect(),
        }
    }

    fn poll_all(&mut self) {
        let threads = self
            .schedules
            .iter_mut()
            .zip(&mut self.in_flight)
            .zip(&mut self.waits);
        for ((schedule, in_flight), wait) in threads {
            loop {
                let (ticket, sample, scheduled_ns, fate) = match schedule.next(self.now_ns) {
                    Next::Send {
                        ticket,
                        sample,
                        scheduled_ns,
                    } => (ticket, sample, scheduled_ns, Fate::InFlight),
                    Next::Drop {
                        ticket,
                        sample,
                        scheduled_ns,
                    } => (ticket, sample, scheduled_ns, Fate::Dropped),
                    Next::WaitUntil(at_ns) => {
                        assert!(at_ns > self.now_ns, "waits for what is past");
                        *wait = Some(at_ns);
                        break;
                    }
                    Next::WaitForEvent => {
                        assert!(!in_flight.is_empty(), "waits for an event that can't come");
                        *wait = None;
                        break;
                    }
                    Next::Finished => {
                        *wait = None;
                        break;
                    }
                };
                let record = Issued {
                    at_ns: self.now_ns,
                    scheduled_ns,
                    sample,
                    fate,
                };
                assert!(
                    self.issued.insert(ticket, record).is_none(),
                    "ticket {ticket} came twice"
                );
                if fate == Fate::InFlight {
                    in_flight.push(ticket);
                }
            }
        }
        self.max_in_flight = self.max_in_flight.max(self.in_flight.iter().map(Vec::len).sum());
    }

    fn end_oldest(&mut self, thread: usize, event: Event) {
        let (Some(in_flight), Some(schedule)) =
            (self.in_flight.get_mut(thread), self.schedules.get_mut(thread))
        else {
            return;
        };
        if in_flight.is_empty() {
            return;
        }
        let ticket = in_flight.remove(0);
        let record = self.issued.get_mut(&ticket).expect("it was issued");
        assert_eq!(record.fate, Fate::InFlight, "ticket {ticket} ended twice");
        record.fate = Fate::Ended(self.now_ns);
        schedule.on_event(self.now_ns, event);
    }

    fn stop(&mut self) {
        for schedule in &mut self.schedules {
            schedule.stop(self.now_ns);
        }
    }

    fn play(&mut self, steps: &[(u64, usize, Event)]) {
        for &(elapsed_ns, thread, event) in steps {
            self.poll_all();
            self.now_ns += elapsed_ns;
            self.end_oldest(thread % self.schedules.len(), event);
        }
    }

    /// Ends what is in flight and goes on to every time that a schedule waits for, until all say that they are done.
    fn drain(&mut self) {
        for _ in 0..200_000 {
            self.poll_all();
            if self.schedules.iter().all(Schedule::is_drained) {
                assert!(
                    self.in_flight.iter().all(Vec::is_empty),
                    "drained with requests in flight"
                );
                return;
            }
            let next_ns = self.waits.iter().flatten().min().copied();
            let is_busy = self.in_flight.iter().any(|in_flight| !in_flight.is_empty());
            self.now_ns = if is_busy {
                self.now_ns + 1
            } else {
                next_ns.expect("something to wait for").max(self.now_ns + 1)
            };
            for thread in 0..self.schedules.len() {
                self.end_oldest(thread, Event::Completed);
            }
        }
        panic!("the run does not end");
    }

    fn check_numbers_and_samples(&self) {
        // Dealt-out arrivals of one thread may be cut by the maximum while another thread still was in time.
        let is_dealt_out = !matches!(self.plan.pattern, LoadPattern::Concurrency { .. });
        if !(is_dealt_out && self.plan.stop.max_duration_ns.is_some()) {
            let n = u64::try_from(self.issued.len()).expect("a small number");
            let numbers: BTreeSet<u64> = self.issued.keys().copied().collect();
            assert_eq!(numbers, (0..n).collect::<BTreeSet<u64>>(), "a number is missing");
        }
        let mut order = SampleOrder::new(self.plan.order, self.plan.n_samples).expect("a good order");
        for (ticket, record) in &self.issued {
            assert_eq!(record.sample, order.sample(*ticket), "ticket {ticket}");
            assert!(START_NS <= record.scheduled_ns && record.scheduled_ns <= record.at_ns);
        }
    }
}

fn patterns() -> impl Strategy<Value = LoadPattern> {
    prop_oneof![
        (1_u32..20).prop_map(|in_flight| LoadPattern::Concurrency { in_flight }),
        Just(LoadPattern::MaxThroughput),
        // Gaps of 20 ns to 1 us on the fake clock.
        (1e6..5e7_f64).prop_map(|qps| LoadPattern::Constant { qps }),
        (1e6..5e7_f64, any::<u64>()).prop_map(|(qps, seed)| LoadPattern::Poisson { qps, seed }),
    ]
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![
        any::<u64>().prop_map(|seed| Order::Shuffled { seed }),
        any::<u64>().prop_map(|seed| Order::WithReplacement { seed }),
        Just(Order::Sequential),
        Just(Order::Single(0)),
    ]
}

prop_compose! {
    /// A plan whose cap gives each of up to 4 threads a place.
    fn plans()(
        pattern in patterns(),
        order in orders(),
        n_samples in 1_u64..30,
        samples in 1_u64..200,
        min_duration_ns in prop_oneof![Just(0_u64), 0_u64..1_000],
        max_duration_ns in option::weighted(0.3, 1_000_u64..4_000),
        cap in option::weighted(0.5, 4_u32..20),
        drops in any::<bool>(),
    ) -> Plan {
        let is_burst = pattern == LoadPattern::MaxThroughput;
        Plan {
            order,
            max_in_flight: cap,
            over_cap: if drops && pattern.is_open() { OverCap::Drop } else { OverCap::Wait },
            stop: StopRule {
                samples: Some(samples),
                min_duration_ns: if is_burst { 0 } else { min_duration_ns },
                max_duration_ns,
            },
            ..Plan::new(pattern, n_samples)
        }
    }
}

/// Time that passes, and the thread whose oldest request ends then, and how.
fn steps() -> impl Strategy<Value = Vec<(u64, usize, Event)>> {
    let event = prop_oneof![Just(Event::Completed), Just(Event::Failed), Just(Event::Dropped)];
    vec((0_u64..200, any::<usize>(), event), 0..80)
}

proptest! {
    #[test]
    fn every_number_is_accounted_for_once_and_none_is_early(
        plan in plans(), threads in 1_u32..5, steps in steps()
    ) {
        let mut run = FakeRun::new(plan, threads);
        run.play(&steps);
        run.drain();
        run.check_numbers_and_samples();
        prop_assert!(run.issued.values().all(|record| record.fate != Fate::InFlight));
        let n_dropped: u64 = run.schedules.iter().map(Schedule::n_dropped).sum();
        let seen = run.issued.values().filter(|record| record.fate == Fate::Dropped).count();
        prop_assert_eq!(n_dropped, u64::try_from(seen).expect("a small number"));
    }

    #[test]
    fn stop_rules_are_exact(plan in plans(), threads in 1_u32..5, steps in steps()) {
        let mut run = FakeRun::new(plan, threads);
        run.play(&steps);
        run.drain();
        let stop = plan.stop;
        let n = u64::try_from(run.issued.len()).expect("a small number");
        let samples = stop.samples.unwrap_or(0);
        if let Some(limit) = stop.max_duration_ns {
            prop_assert!(run.issued.values().all(|record| record.at_ns < START_NS + limit));
        } else {
            // Both floors hold, the one on time up to the last end or arrival.
            prop_assert!(n >= samples);
            let last = run.issued.values().map(|record| match record.fate {
                Fate::Ended(at_ns) => at_ns,
                _ => record.scheduled_ns,
            });
            prop_assert!(last.max().unwrap_or(0) >= START_NS + stop.min_duration_ns);
        }
        // Beyond the number that was asked for nothing begins once the floor on time is behind.
        let floor_ns = START_NS + stop.min_duration_ns;
        let late: Vec<u64> = run
            .issued
            .iter()
            .filter(|(ticket, record)| **ticket >= samples && record.scheduled_ns >= floor_ns)
            .map(|(ticket, _)| *ticket)
            .collect();
        // With a rate one arrival may be at or after the floor: the one that proves it is reached.
        prop_assert!(late.len() <= usize::from(plan.pattern.is_open()), "{late:?}");
    }

    #[test]
    fn never_more_in_flight_than_may_be(plan in plans(), threads in 1_u32..5, steps in steps()) {
        let mut run = FakeRun::new(plan, threads);
        run.play(&steps);
        run.drain();
        if let Some(cap) = plan.cap() {
            prop_assert!(run.max_in_flight <= usize::try_from(cap).expect("a small number"));
        }
    }

    #[test]
    fn every_place_is_filled(in_flight in 1_u32..20, threads in 1_u32..5, steps in steps()) {
        let plan = Plan {
            stop: StopRule::samples(u64::MAX),
            ..Plan::new(LoadPattern::Concurrency { in_flight }, 10)
        };
        let mut run = FakeRun::new(plan, threads);
        for (elapsed_ns, thread, event) in steps {
            run.poll_all();
            let n: usize = run.in_flight.iter().map(Vec::len).sum();
            prop_assert_eq!(n, usize::try_from(in_flight).expect("a small number"));
            run.now_ns += elapsed_ns;
            run.end_oldest(thread % run.schedules.len(), event);
        }
    }

    #[test]
    fn nothing_is_issued_after_a_stop(plan in plans(), threads in 1_u32..5, steps in steps(), at in 0_usize..80) {
        let mut run = FakeRun::new(plan, threads);
        let (before, after) = steps.split_at(at.min(steps.len()));
        run.play(before);
        run.stop();
        let n_issued = run.issued.len();
        run.play(after);
        run.drain();
        prop_assert_eq!(run.issued.len(), n_issued);
    }

    /// When arrivals come doesn't depend on the endpoint, nor on how many threads share them.
    #[test]
    fn arrivals_are_those_of_one_thread(
        pattern in patterns().prop_filter("has times of its own", |pattern| pattern.is_open()),
        threads in 2_u32..5, n in 1_u64..300, steps in steps()
    ) {
        let plan = Plan { stop: StopRule::samples(n), ..Plan::new(pattern, 10) };
        let times = |threads| {
            let mut run = FakeRun::new(plan, threads);
            run.play(&steps);
            run.drain();
            run.issued.values().map(|record| record.scheduled_ns).collect::<Vec<_>>()
        };
        let alone = times(1);
        prop_assert!(alone.is_sorted());
        prop_assert_eq!(times(threads), alone);
    }

    /// The n-th of equal gaps is where it should be, to the nanosecond below.
    #[test]
    fn equal_gaps_are_equal(qps in 0.01..1e6_f64, n in 2_u64..200) {
        let plan = Plan { stop: StopRule::samples(n), ..Plan::new(LoadPattern::Constant { qps }, 3) };
        let mut schedule = Schedule::new(&plan, Thread::ALONE, &Arc::new(Tickets::default()), 0).expect("a good plan");
        for number in 0..n {
            let Next::Send { scheduled_ns, .. } = schedule.next(u64::MAX - 1) else { panic!("too few") };
            let wanted = f64::from(u32::try_from(number).expect("a small number")) * 1e9 / qps;
            let got = f64::from(u32::try_from(scheduled_ns >> 32).expect("32 bits")) * 4_294_967_296.0
                + f64::from(u32::try_from(scheduled_ns & 0xFFFF_FFFF).expect("32 bits"));
            prop_assert!((wanted - got).abs() <= 1.0 + wanted * 1e-12, "{wanted} {got}");
        }
    }
}

/// Exponential gaps: mean, deviation and the empirical distribution are those of the law (fixed seeds, so this either
/// always passes or always fails).
#[test]
fn poisson_gaps_follow_the_law() {
    const N: u32 = 20_000;
    for (qps, seed) in [(100.0, 42), (7.5, 1), (10_000.0, 16_159_082_839_903_944_936)] {
        let plan = Plan {
            stop: StopRule::samples(u64::from(N)),
            ..Plan::new(LoadPattern::Poisson { qps, seed }, 10)
        };
        let mut schedule =
            Schedule::new(&plan, Thread::ALONE, &Arc::new(Tickets::default()), 0).expect("a good plan");
        let mut gaps: Vec<f64> = Vec::new();
        let mut last_ns = 0;
        while let Next::Send { scheduled_ns, .. } = schedule.next(u64::MAX - 1) {
            gaps.push(f64::from(u32::try_from(scheduled_ns - last_ns).expect("gaps below 4 s")) / 1e9 * qps);
            last_ns = scheduled_ns;
        }
        let n = f64::from(N);
        let mean = gaps.iter().sum::<f64>() / n;
        let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / (n - 1.0);
        // Mean and deviation of Exp(1) are 1; both lines are at four standard errors.
        assert!((mean - 1.0).abs() < 4.0 / n.sqrt(), "mean {mean} at {qps}");
        assert!(
            (variance - 1.0).abs() < 4.0 * (8.0 / n).sqrt(),
            "variance {variance} at {qps}"
        );
        // Kolmogorov and Smirnov's distance, at the 0.1 % level.
        gaps.sort_unstable_by(f64::total_cmp);
        let mut distance: f64 = 0.0;
        for (rank, gap) in (0_u32..).zip(&gaps) {
            let law = 1.0 - (-gap).exp();
            distance = distance
                .max((law - f64::from(rank) / n).abs())
                .max((law - f64::from(rank + 1) / n).abs());
        }
        assert!(distance < 1.95 / n.sqrt(), "distance {distance} at {qps}");
    }
}
