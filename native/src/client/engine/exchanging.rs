//! Requests and answers: what a ready socket means.

use super::super::add_alone;
use super::super::connection::Phase;
use super::super::exchange::{Exchange, Fed, PhaseKind};
use super::super::failure::Failure;
use super::super::poller::Ready;
use super::super::timeouts::{nanos, next_deadline};
use super::super::transport::Received;
use super::Engine;
use runbench_core::http1::HttpError;

/// Reads of one connection before the others get their turn.
const READS_AT_ONCE: usize = 8;

/// A kept connection that ends within this time of the request's first byte was closed before the server saw it; one
/// that lasts longer ended while the server worked on the request, and that is a failure. Nanoseconds.
const STALE_NS: u64 = 10_000_000;

impl Engine {
    /// Deals with the sockets that the last wait found.
    pub(super) fn handle_events(&mut self) {
        for index in 0..self.poller.n_events() {
            if let Some(ready) = self.poller.ready(index) {
                self.handle(ready);
            }
            self.ask_if_due();
        }
        for token in std::mem::take(&mut self.unread) {
            self.read(token, true);
            self.ask_if_due();
        }
    }

    fn handle(&mut self, ready: Ready) {
        let Some(connection) = self.connections.get_mut(ready.token) else {
            return;
        };
        if matches!(connection.phase, Phase::Connecting(_)) {
            if ready.writable || ready.readable {
                self.go_on_connecting(ready.token);
            }
            return;
        }
        if ready.writable && (!connection.unsent.is_empty() || connection.transport.wants_write()) {
            let sent = match connection.unsent.as_slice() {
                [] => connection.transport.flush().map(|()| 0),
                unsent => connection.transport.send(unsent),
            };
            match sent {
                Ok(length) => drop(connection.unsent.drain(..length)),
                Err(_) => connection.unsent.clear(),
            }
        }
        if ready.readable {
            self.read(ready.token, ready.ended);
        }
    }

    /// Sends a request over a connection that is free.
    pub(super) fn issue(&mut self, token: u64, mut exchange: Box<Exchange>) {
        let shared = &self.shared;
        let Some(connection) = self.connections.get_mut(token) else {
            return;
        };
        let record = &mut exchange.record;
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let own_bodies = match (&shared.warmup, exchange.phase) {
            (Some(warmup), PhaseKind::WarmUp) => &warmup.phase.own_bodies,
            _ => &shared.main.own_bodies,
        };
        let body = own_bodies
            .get(place(record.id))
            .or_else(|| shared.target.bodies.get(place(record.sample_index)))
            .map_or(&[][..], |body| body);
        let bytes = self
            .requests
            .write(&shared.target, exchange.server, record.id, body);
        connection.reader.restart();
        connection.unsent.clear();
        connection.phase = Phase::Busy;
        let now_ns = shared.clock.now_ns();
        if !exchange.is_resent {
            record.issued_ns = now_ns;
            record.connection.is_new = !connection.is_used;
            record.connection.wait_ns = if exchange.waited {
                now_ns.saturating_sub(exchange.taken_ns)
            } else {
                0
            };
        }
        match connection.transport.send(bytes) {
            Ok(length) => {
                if let Some(rest) = bytes.get(length..).filter(|rest| !rest.is_empty()) {
                    connection.unsent.extend_from_slice(rest);
                }
            }
            // What the server said before it ended the connection, if anything, is still to be read.
            Err(_) => self.unread.push(token),
        }
        let (deadline_ns, _) = next_deadline(&exchange, &shared.target);
        self.next_sweep_ns = self.next_sweep_ns.min(deadline_ns);
        connection.exchange = Some(exchange);
    }

    /// Reads what a connection has; until its end shows if `to_the_end`.
    fn read(&mut self, token: u64, to_the_end: bool) {
        for _ in 0..READS_AT_ONCE {
            let Some(connection) = self.connections.get_mut(token) else {
                return;
            };
            let received = connection
                .transport
                .receive(&mut self.read_buffer, &self.shared.clock);
            match received {
                Ok(Received::Bytes { length, at_ns, more }) => {
                    let goes_on = self.take_bytes(token, length, at_ns);
                    if !goes_on || !(more || to_the_end) {
                        return;
                    }
                }
                Ok(Received::Nothing) => return,
                Ok(Received::Closed) => {
                    self.close(token, false);
                    return;
                }
                Err(_) => {
                    self.close(token, true);
                    return;
                }
            }
        }
        self.unread.push(token);
    }

    /// Takes what a read brought; `false` when the connection is gone.
    fn take_bytes(&mut self, token: u64, length: usize, at_ns: u64) -> bool {
        let Some(connection) = self.connections.get_mut(token) else {
            return false;
        };
        let mut bytes = self.read_buffer.get(..length).unwrap_or_default();
        let Some(exchange) = &mut connection.exchange else {
            // Bytes that nobody asked for: what comes next could not be told from an answer.
            drop(self.remove_connection(token));
            return false;
        };
        if exchange.lacks_buffers() {
            exchange.lend(self.spare_buffers.pop().unwrap_or_default());
        }
        let n_before = exchange.boundaries.n_events();
        let limit = self.shared.target.limits.answer_bytes;
        let fed = exchange.feed(&mut connection.reader, &mut bytes, at_ns, limit);
        let n_events = exchange.boundaries.n_events() - n_before;
        if n_events > 0
            && let Some(counters) = self.shared.counters.get(self.index)
        {
            add_alone(&counters.events, n_events);
        }
        match fed {
            Fed::More => {
                // The answer may stall from now on, which is sooner than any time-out that the request began with.
                if let Some(limit) = self.shared.target.limits.stall_timeout {
                    self.next_sweep_ns = self.next_sweep_ns.min(at_ns.saturating_add(nanos(limit)));
                }
                true
            }
            Fed::Ended => {
                let may_keep = connection.reader.may_keep_connection()
                    && bytes.is_empty()
                    && connection.unsent.is_empty()
                    && !connection.transport.wants_write();
                let server = connection.server;
                let exchange = connection.exchange.take();
                if may_keep {
                    connection.is_used = true;
                    connection.phase = Phase::Idle;
                    self.release(token, server);
                } else {
                    drop(self.remove_connection(token));
                }
                if let Some(exchange) = exchange {
                    let verdict = exchange.verdict();
                    self.finish(exchange, verdict, at_ns);
                }
                may_keep
            }
            Fed::Broken(failure) => {
                self.break_off(token, failure);
                false
            }
        }
    }

    /// The server ended the connection.
    fn close(&mut self, token: u64, was_reset: bool) {
        let Some(mut connection) = self.remove_connection(token) else {
            return;
        };
        let Some(mut exchange) = connection.exchange.take() else {
            return;
        };
        let was_silent = !connection.reader.has_begun();
        let ended = match connection.reader.close() {
            // A reset may have thrown bytes away.
            Ok(()) if was_reset => Err(HttpError::ClosedInBody),
            ended => ended,
        };
        let now_ns = self.shared.clock.now_ns();
        match ended {
            Ok(()) => {
                exchange.record.done_ns = now_ns;
                let verdict = exchange.verdict();
                self.finish(exchange, verdict, now_ns);
            }
            Err(error) => {
                let since_issue_ns = now_ns.saturating_sub(exchange.record.issued_ns);
                let is_stale = connection.is_used && was_silent && since_issue_ns < STALE_NS;
                if is_stale && !exchange.is_resent {
                    exchange.is_resent = true;
                    self.n_resent += 1;
                    // With an exchange of its own it gives no error: the exchange fails instead.
                    let _ok = self.start_connect(connection.server, Some(exchange));
                } else {
                    let failure = exchange.broken(Failure::of_answer(error, was_reset));
                    self.fail(exchange, failure);
                }
            }
        }
    }

    /// Gives up a request together with its connection.
    pub(super) fn break_off(&mut self, token: u64, failure: Failure) {
        if let Some(mut connection) = self.remove_connection(token)
            && let Some(exchange) = connection.exchange.take()
        {
            self.fail(exchange, failure);
        }
    }
}
