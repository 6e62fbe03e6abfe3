//! How requests end: answered, failed, late, given up.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::super::connection::Phase;
use super::super::exchange::{Exchange, PhaseKind};
use super::super::failure::Failure;
use super::super::timeouts::{nanos, next_deadline};
use super::super::{Counters, add_alone};
use super::Engine;
use runbench_core::record::{FailureClass, TransportEnd};
use runbench_core::schedule::Event;

/// How long a place stays empty after a failed connect, so that a server that went away isn't hammered.
const PAUSE_AFTER_FAILED_CONNECT: Duration = Duration::from_millis(100);

/// Deadlines are looked at no more often than this. Nanoseconds.
const MIN_SWEEP_NS: u64 = 1_000_000;

impl Engine {
    /// A request that never had a connection: its schedule hears of it after a pause.
    pub(super) fn fail_connect(&mut self, exchange: Box<Exchange>, failure: Failure) {
        let now_ns = self.shared.clock.now_ns();
        let until_ns = now_ns.saturating_add(nanos(PAUSE_AFTER_FAILED_CONNECT));
        self.paused.push_back((until_ns, exchange.phase));
        self.wake_by(until_ns);
        self.settle(exchange, Err(failure), now_ns);
    }

    pub(super) fn fail(&mut self, exchange: Box<Exchange>, failure: Failure) {
        let now_ns = self.shared.clock.now_ns();
        self.finish(exchange, Err(failure), now_ns);
    }

    pub(super) fn finish(&mut self, exchange: Box<Exchange>, result: Result<(), Failure>, at_ns: u64) {
        let event = match &result {
            Ok(()) => Event::Completed,
            Err(failure) if failure.class == FailureClass::Abandoned => Event::Dropped,
            Err(_) => Event::Failed,
        };
        self.ended.push_back((at_ns, exchange.phase, event));
        self.settle(exchange, result, at_ns);
    }

    /// Notes how a request ended; it goes into the log once what is due has been sent.
    pub(super) fn settle(&mut self, mut exchange: Box<Exchange>, result: Result<(), Failure>, at_ns: u64) {
        let phase = exchange.phase;
        let record = &mut exchange.record;
        let is_failed = result.is_err();
        if let Err(failure) = result {
            record.done_ns = at_ns;
            record.end = TransportEnd::Failed(failure.class, failure.message);
        }
        if record.issued_ns == 0 {
            record.issued_ns = record.done_ns;
        }
        if is_failed {
            self.count(phase, |counters| &counters.failed);
        } else {
            self.count(phase, |counters| &counters.completed);
        }
        if phase == PhaseKind::WarmUp {
            self.n_warmup += 1;
            self.n_warmup_failed += u64::from(is_failed);
        }
        self.finished.push(exchange);
    }

    pub(super) fn log_finished(&mut self) {
        let mut finished = std::mem::take(&mut self.finished);
        for mut exchange in finished.drain(..) {
            if exchange.phase == PhaseKind::Main {
                self.log.push(&exchange.record);
                self.show(&exchange);
            }
            self.spare_buffers.extend(exchange.take_back());
            self.spare.push(exchange);
        }
        self.finished = finished;
    }

    /// Adds a good answer to the live figures.
    fn show(&self, exchange: &Exchange) {
        let record = &exchange.record;
        let Some(counters) = self.shared.counters.get(self.index) else {
            return;
        };
        match exchange.first_text_ns {
            _ if record.end != TransportEnd::Complete => {}
            Some(first_ns) => {
                let n_after = exchange.boundaries.n_events().saturating_sub(1);
                let rest_ns = record.done_ns.saturating_sub(first_ns);
                let since_issue_ns = first_ns.saturating_sub(record.issued_ns);
                counters
                    .times
                    .record_stream(since_issue_ns, rest_ns.checked_div(n_after));
            }
            None => counters.times.record(record),
        }
    }

    /// Gives up what is in flight.
    pub(super) fn abandon(&mut self, why: &'static str) {
        self.abandoning = Some(why);
        let abandoned = || Failure::new(FailureClass::Abandoned, why);
        let all: Vec<u64> = self.connections.iter().map(|(token, _)| token).collect();
        for token in all {
            self.break_off(token, abandoned());
        }
        for index in 0..self.servers.len() {
            while let Some(server) = self.servers.get_mut(index)
                && let Some(exchange) = server.waiting.pop_front()
            {
                self.fail(exchange, abandoned());
            }
        }
        let now_ns = self.shared.clock.now_ns();
        while let Some((_, phase)) = self.paused.pop_front() {
            self.ended.push_back((now_ns, phase, Event::Failed));
        }
    }

    /// Gives up what is past its deadline, and finds the next one.
    pub(super) fn sweep(&mut self, now_ns: u64) {
        let target = &self.shared.target;
        let connect_limit = target.limits.connect_timeout;
        let mut next_ns = u64::MAX;
        let mut late = Vec::new();
        for (token, connection) in self.connections.iter() {
            match (connection.phase, &connection.exchange) {
                (Phase::Connecting(since_ns), _) => {
                    let deadline_ns = since_ns.saturating_add(nanos(connect_limit));
                    if deadline_ns <= now_ns {
                        let message = format!("no connection within {} ms", connect_limit.as_millis());
                        late.push((token, Failure::new(FailureClass::ConnectTimedOut, message), true));
                    } else {
                        next_ns = next_ns.min(deadline_ns);
                    }
                }
                (_, Some(exchange)) => {
                    let (deadline_ns, kind) = next_deadline(exchange, target);
                    if deadline_ns <= now_ns {
                        late.push((token, exchange.broken(kind.failure(target)), false));
                    } else {
                        next_ns = next_ns.min(deadline_ns);
                    }
                }
                (_, None) => {}
            }
        }
        for (token, failure, is_connecting) in late {
            if is_connecting {
                self.give_up_connect(token, failure);
            } else {
                self.break_off(token, failure);
            }
        }
        self.next_sweep_ns = next_ns.max(now_ns.saturating_add(MIN_SWEEP_NS));
    }

    pub(super) fn count(&self, phase: PhaseKind, which: impl Fn(&Counters) -> &AtomicU64) {
        if let (Some(counters), PhaseKind::Main) = (self.shared.counters.get(self.index), phase) {
            add_alone(which(counters), 1);
        }
    }
}
