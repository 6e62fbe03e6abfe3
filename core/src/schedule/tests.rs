use std::sync::Arc;

use super::{
    Event, LoadPattern, Next, OverCap, Plan, PlanError, Schedule, StopRule, Thread, Tickets, share_of,
};
use crate::order::Order;

const START_NS: u64 = 100;

fn plan(pattern: LoadPattern, stop: StopRule) -> Plan {
    Plan {
        order: Order::Sequential,
        stop,
        ..Plan::new(pattern, 10)
    }
}

fn alone(plan: &Plan) -> Schedule {
    Schedule::new(plan, Thread::ALONE, &Arc::new(Tickets::default()), START_NS).unwrap()
}

fn concurrency(in_flight: u32, stop: StopRule) -> Schedule {
    alone(&plan(LoadPattern::Concurrency { in_flight }, stop))
}

fn send(ticket: u64, scheduled_ns: u64) -> Next {
    Next::Send {
        ticket,
        sample: ticket % 10,
        scheduled_ns,
    }
}

fn up_to(max_duration_ns: u64) -> StopRule {
    StopRule {
        samples: Some(u64::MAX),
        max_duration_ns: Some(max_duration_ns),
        ..StopRule::default()
    }
}

fn at_least(samples: u64, min_duration_ns: u64) -> StopRule {
    StopRule {
        samples: Some(samples),
        min_duration_ns,
        max_duration_ns: None,
    }
}

#[test]
fn sends_nothing_before_the_start_nor_at_the_end() {
    let mut schedule = concurrency(1, up_to(50));
    assert_eq!(schedule.next(99), Next::WaitUntil(100));
    assert_eq!(schedule.next(149), send(0, 100));
    // Full, but the end comes whether or not an event does.
    assert_eq!(schedule.next(149), Next::WaitUntil(150));
    assert_eq!(schedule.next(150), Next::Finished);
    assert!(!schedule.is_drained());
    schedule.on_event(160, Event::Completed);
    assert!(schedule.is_drained());
}

#[test]
fn schedules_each_request_for_the_moment_its_place_became_free() {
    let mut schedule = concurrency(2, StopRule::samples(9));
    assert_eq!(
        (schedule.next(100), schedule.next(100)),
        (send(0, 100), send(1, 100))
    );
    assert_eq!(schedule.next(100), Next::WaitForEvent);
    schedule.on_event(300, Event::Completed);
    schedule.on_event(310, Event::Failed);
    assert_eq!(
        (schedule.next(400), schedule.next(400)),
        (send(2, 300), send(3, 310))
    );
}

#[test]
fn a_stop_waits_for_what_is_in_flight_up_to_the_limit() {
    let mut plan = plan(LoadPattern::Concurrency { in_flight: 2 }, StopRule::samples(9));
    plan.drain_limit_ns = Some(1_000);
    let mut schedule = alone(&plan);
    schedule.next(100);
    assert_eq!(schedule.drain_deadline_ns(), None);
    schedule.stop(110);
    assert_eq!(schedule.next(120), Next::Finished);
    assert_eq!(schedule.drain_deadline_ns(), Some(1_110));
    schedule.on_event(130, Event::Dropped);
    assert!(schedule.is_drained());
}

#[test]
fn issuing_ends_with_the_last_number_even_if_nothing_ends() {
    let limited = Plan {
        drain_limit_ns: Some(1_000),
        ..plan(LoadPattern::Concurrency { in_flight: 2 }, at_least(2, 500))
    };
    let mut schedule = alone(&limited);
    assert_eq!(
        (schedule.next(100), schedule.next(100)),
        (send(0, 100), send(1, 100))
    );
    assert_eq!(schedule.next(100), Next::WaitUntil(600));
    assert_eq!(schedule.next(600), Next::Finished);
    assert_eq!(schedule.drain_deadline_ns(), Some(1_600));

    // The other thread takes the last number: this one looks again by itself.
    let tickets = Arc::new(Tickets::default());
    let two = |index| Schedule::new(&limited, Thread { index, of: 2 }, &tickets, START_NS).unwrap();
    let (mut one, mut other) = (two(0), two(1));
    assert_eq!(one.next(700), send(0, 100));
    assert_eq!(one.next(700), Next::WaitUntil(50_000_700));
    assert_eq!(other.next(800), send(1, 100));
    assert_eq!(one.next(50_000_700), Next::Finished);
}

#[test]
fn a_floor_holds_to_the_end_of_the_last_request() {
    // One place: it is refilled as long as it became free before the floor, even if that is seen after it.
    let mut schedule = concurrency(1, at_least(1, 1_000));
    assert_eq!(schedule.next(100), send(0, 100));
    schedule.on_event(1_099, Event::Completed);
    assert_eq!(schedule.next(1_105), send(1, 1_099));
    schedule.on_event(1_200, Event::Completed);
    assert_eq!(schedule.next(1_200), Next::Finished);
}

#[test]
fn a_floor_on_time_does_not_lower_the_one_on_samples() {
    let mut schedule = concurrency(1, at_least(2, 1_000));
    schedule.next(100);
    schedule.on_event(5_000, Event::Completed);
    assert_eq!(schedule.next(5_000), send(1, 5_000));
    schedule.on_event(6_000, Event::Completed);
    assert_eq!(schedule.next(6_000), Next::Finished);
}

#[test]
fn arrivals_come_at_their_times() {
    let mut schedule = alone(&plan(
        LoadPattern::Constant { qps: 1e9 / 40.0 },
        StopRule::samples(3),
    ));
    assert_eq!(schedule.next(100), send(0, 100));
    assert_eq!(schedule.next(100), Next::WaitUntil(140));
    // Late: both that are due, each with its own time.
    assert_eq!(
        (schedule.next(200), schedule.next(201)),
        (send(1, 140), send(2, 180))
    );
    assert_eq!(schedule.next(201), Next::Finished);
}

#[test]
fn the_last_arrival_is_not_before_the_floor() {
    let stop = at_least(0, 100);
    let mut schedule = alone(&plan(LoadPattern::Constant { qps: 1e9 / 40.0 }, stop));
    let mut scheduled = Vec::new();
    while let Next::Send { scheduled_ns, .. } = schedule.next(10_000) {
        scheduled.push(scheduled_ns - START_NS);
    }
    assert_eq!(scheduled, [0, 40, 80, 120]);
}

#[test]
fn arrivals_beyond_the_cap_wait_or_are_dropped() {
    let mut capped = Plan {
        max_in_flight: Some(1),
        ..plan(LoadPattern::Constant { qps: 1e9 / 40.0 }, StopRule::samples(3))
    };
    let mut schedule = alone(&capped);
    assert_eq!(schedule.next(100), send(0, 100));
    assert_eq!(
        (schedule.next(150), schedule.next(160)),
        (Next::WaitForEvent, Next::WaitForEvent)
    );
    schedule.on_event(170, Event::Completed);
    assert_eq!(schedule.next(170), send(1, 140));
    assert_eq!((schedule.n_waited(), schedule.n_dropped()), (1, 0));

    capped.over_cap = OverCap::Drop;
    let mut schedule = alone(&capped);
    schedule.next(100);
    let dropped = Next::Drop {
        ticket: 1,
        sample: 1,
        scheduled_ns: 140,
    };
    assert_eq!(schedule.next(150), dropped);
    assert_eq!(schedule.next(150), Next::WaitUntil(180));
    schedule.on_event(170, Event::Completed);
    assert_eq!(schedule.next(180), send(2, 180));
    assert_eq!((schedule.n_waited(), schedule.n_dropped()), (0, 1));
}

#[test]
fn everything_at_once_is_due_at_the_start() {
    let mut schedule = alone(&plan(LoadPattern::MaxThroughput, StopRule::samples(12)));
    for ticket in 0..12 {
        assert_eq!(schedule.next(200), send(ticket, 100));
    }
    assert_eq!((schedule.next(200), schedule.in_flight()), (Next::Finished, 12));
}

#[test]
fn a_thread_without_a_share_is_done_at_once() {
    let plan = plan(LoadPattern::Concurrency { in_flight: 1 }, StopRule::samples(5));
    let second = Thread { index: 1, of: 2 };
    let mut schedule = Schedule::new(&plan, second, &Arc::new(Tickets::default()), START_NS).unwrap();
    assert_eq!(schedule.next(100), Next::Finished);
    assert!(schedule.is_drained());
}

fn check_refused(plan: Plan, expected: PlanError) {
    assert_eq!(plan.check(), Err(expected));
}

#[test]
fn refuses_plans_without_sense() {
    let constant = |qps| plan(LoadPattern::Constant { qps }, StopRule::samples(1));
    check_refused(constant(0.0), PlanError::Rate(0.0));
    check_refused(constant(f64::INFINITY), PlanError::Rate(f64::INFINITY));
    assert!(constant(f64::NAN).check().is_err());
    let places = |in_flight| LoadPattern::Concurrency { in_flight };
    check_refused(plan(places(0), StopRule::samples(1)), PlanError::NoneInFlight);
    check_refused(plan(places(1), StopRule::default()), PlanError::Nothing);
    check_refused(plan(places(1), StopRule::samples(0)), PlanError::Nothing);
    check_refused(
        plan(LoadPattern::MaxThroughput, at_least(1, 1)),
        PlanError::EndlessBurst,
    );
    let capped_burst = Plan {
        max_in_flight: Some(3),
        ..plan(LoadPattern::MaxThroughput, at_least(1, 1))
    };
    check_refused(capped_burst, PlanError::EndlessBurst);
    let crossed = StopRule {
        max_duration_ns: Some(1),
        ..at_least(1, 2)
    };
    check_refused(plan(places(1), crossed), PlanError::FloorAboveCeiling);
}

#[test]
fn shares_add_up() {
    let shares: Vec<u32> = (0..4).map(|index| share_of(10, index, 4)).collect();
    assert_eq!(shares, [3, 3, 2, 2]);
}
