//! One thread's loop: asks the load what to send, sends it, reads what comes, and tells the load how it ended.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use runbench_core::http1::{HttpError, ResponseReader};
use runbench_core::record::{FailureClass, HealthRecord, TransportEnd};

use super::connection::{Connection, Phase};
use super::connections::Connections;
use super::connector;
use super::exchange::{Exchange, Fed};
use super::failure::Failure;
use super::load::{Load, LoadEvent, Next};
use super::poller::{Poller, Ready};
use super::request_bytes::RequestBytes;
use super::timeouts::{nanos, next_deadline};
use super::transport::{Received, Transport};
use super::turns::Turns;
use super::{Counters, Shared, add_alone};
use crate::event_files::ThreadLog;

/// How often a thread looks at the flags and hands over records that have waited.
const TICK: Duration = Duration::from_millis(25);

/// How long a place stays empty after a failed connect, so that a server that went away isn't hammered.
const PAUSE_AFTER_FAILED_CONNECT: Duration = Duration::from_millis(100);

/// Connects of one thread under way at the same time, so that no server's queue of them overflows.
const CONNECTS_AT_ONCE: usize = 64;

/// Bytes asked of a socket at once; more than a socket's default buffer rarely comes in one read.
const READ_BYTES: usize = 64 << 10;

/// Reads of one connection before the others get their turn.
const READS_AT_ONCE: usize = 8;

/// A kept connection that ends within this time of the request's first byte was closed before the server saw it; one
/// that lasts longer ended while the server worked on the request, and that is a failure. Nanoseconds.
const STALE_NS: u64 = 10_000_000;

/// How long before a send a thread whose core is its own stops sleeping: a sleeping core takes tens of microseconds to
/// wake. Nanoseconds.
const SPIN_NS: u64 = 60_000;

/// Deadlines are looked at no more often than this. Nanoseconds.
const MIN_SWEEP_NS: u64 = 1_000_000;

/// What a thread keeps of one server.
#[derive(Debug, Default)]
struct Server {
    /// Connections without a request: last in, first out, so that few are kept busy.
    idle: Vec<u64>,
    /// Requests without a connection.
    waiting: VecDeque<Box<Exchange>>,
    n_connecting: usize,
}

/// The state of one client thread.
pub(super) struct Engine {
    shared: Arc<Shared>,
    index: usize,
    poller: Poller,
    connections: Connections,
    servers: Vec<Server>,
    next_server: usize,
    requests: RequestBytes,
    read_buffer: Box<[u8]>,
    log: ThreadLog,
    /// Exchanges that are done with, kept for their buffers.
    #[expect(
        clippy::vec_box,
        reason = "an exchange is large and moves through several queues"
    )]
    spare: Vec<Box<Exchange>>,
    /// How requests ended that the load wasn't told yet: when, and how.
    ended: VecDeque<(u64, LoadEvent)>,
    /// Places that stay empty until then, after a failed connect.
    paused: VecDeque<u64>,
    /// Connections with more to read than one turn allows.
    unread: Vec<u64>,
    in_flight: usize,
    /// The request that the load gave ahead of its time.
    held: Option<(u64, u64, u64)>,
    /// When the load wants to be asked again.
    wake_ns: Option<u64>,
    armed_ns: Option<u64>,
    is_finished: bool,
    stopped_at_ns: Option<u64>,
    next_tick_ns: u64,
    next_sweep_ns: u64,
    turns: Turns,
    spin_ns: u64,
    n_connects: u64,
    n_failed_connects: u64,
    n_resent: u64,
}

impl Engine {
    pub(super) fn new(shared: Arc<Shared>, index: u32, log: ThreadLog) -> io::Result<Self> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        Ok(Self {
            index,
            poller: Poller::new()?,
            connections: Connections::default(),
            servers: shared
                .target
                .endpoints
                .iter()
                .map(|_| Server::default())
                .collect(),
            next_server: index,
            requests: RequestBytes::new(&shared.target),
            read_buffer: vec![0; READ_BYTES].into_boxed_slice(),
            log,
            spare: Vec::new(),
            ended: VecDeque::new(),
            paused: VecDeque::new(),
            unread: Vec::new(),
            in_flight: 0,
            held: None,
            wake_ns: None,
            armed_ns: None,
            is_finished: false,
            stopped_at_ns: None,
            next_tick_ns: 0,
            next_sweep_ns: u64::MAX,
            turns: Turns::new(),
            spin_ns: 0,
            n_connects: 0,
            n_failed_connects: 0,
            n_resent: 0,
            shared,
        })
    }

    /// Opens `n` connections before they are needed, some at a time. Stops where one fails: the request that needs it
    /// will say why.
    pub(super) fn open_ahead(&mut self, n: usize) -> io::Result<()> {
        let mut n_started = 0;
        loop {
            let n_connecting: usize = self.servers.iter().map(|server| server.n_connecting).sum();
            let may_go_on = self.n_failed_connects == 0 && !self.must_stop();
            if n_connecting == 0 && (n_started >= n || !may_go_on) {
                break;
            }
            let room = CONNECTS_AT_ONCE.saturating_sub(n_connecting).min(n - n_started);
            for _ in 0..if may_go_on { room } else { 0 } {
                let server = self.choose_server();
                n_started += 1;
                if let Err(_failure) = self.start_connect(server, None) {
                    self.n_failed_connects += 1;
                }
            }
            self.poller.wait(TICK)?;
            self.handle_events(&mut NoLoad);
            self.sweep(self.shared.clock.now_ns());
        }
        self.n_failed_connects = 0;
        Ok(())
    }

    /// Sends what is due, and returns when nothing more is to be sent and nothing is in flight.
    pub(super) fn run(&mut self, load: &mut impl Load) -> io::Result<()> {
        let mut turn_start_ns = self.shared.clock.now_ns();
        loop {
            self.ask(load, turn_start_ns);
            let now_ns = self.shared.clock.now_ns();
            self.turns.add(now_ns.saturating_sub(turn_start_ns));
            if self.is_finished && self.in_flight == 0 && self.held.is_none() {
                break;
            }
            let may_spin = self.wait(now_ns)?;
            turn_start_ns = self.shared.clock.now_ns();
            if may_spin && self.poller.n_events() == 0 {
                self.spin_ns += turn_start_ns.saturating_sub(now_ns);
            }
            self.handle_events(load);
            if turn_start_ns >= self.next_tick_ns {
                self.tick(load, turn_start_ns);
            }
            if turn_start_ns >= self.next_sweep_ns {
                self.sweep(turn_start_ns);
            }
        }
        self.log.flush();
        Ok(())
    }

    /// Adds what this thread knows about itself.
    pub(super) fn describe(&self, health: &mut HealthRecord) {
        health.spin_ns = self.spin_ns.min(health.cpu_ns);
        health.max_turn_ns = self.turns.max_ns;
        health.p99_turn_ns = self.turns.p99_ns();
        health.n_connects = self.n_connects;
        health.n_resent = self.n_resent;
        health.n_log_stalls = self.log.n_stalls();
        health.log_stall_ns = self.log.stall_ns();
    }

    /// When the log first made this thread wait.
    pub(super) fn first_log_stall_ns(&self) -> Option<u64> {
        self.log.first_stall_ns()
    }

    /// Waits for sockets or for the next moment of the schedule; says whether that was without sleeping.
    fn wait(&mut self, now_ns: u64) -> io::Result<bool> {
        let until = |at_ns: u64| Duration::from_nanos(at_ns.saturating_sub(now_ns));
        if !self.unread.is_empty() {
            self.poller.wait(Duration::ZERO)?;
            return Ok(false);
        }
        let spin_ns = if self.shared.may_spin { SPIN_NS } else { 0 };
        let limit_ns = self.next_tick_ns.min(self.next_sweep_ns);
        match self.wake_ns {
            Some(wake_ns) if wake_ns.saturating_sub(now_ns) <= spin_ns => {
                self.poller.wait(Duration::ZERO)?;
                return Ok(true);
            }
            // Waiting itself is rounded up to a millisecond.
            Some(wake_ns) if wake_ns < limit_ns.saturating_add(2_000_000) => {
                if self.armed_ns != Some(wake_ns) {
                    self.armed_ns = Some(wake_ns);
                    self.poller.arm(until(wake_ns - spin_ns))?;
                }
            }
            _ => {
                self.armed_ns = None;
                self.poller.disarm()?;
            }
        }
        self.poller.wait(until(limit_ns))?;
        Ok(false)
    }

    /// Tells the load what ended, and sends what it has due.
    fn ask(&mut self, load: &mut impl Load, now_ns: u64) {
        while let Some(&at_ns) = self.paused.front()
            && at_ns <= now_ns
        {
            self.paused.pop_front();
            self.ended.push_back((at_ns, LoadEvent::Failed));
        }
        while let Some((at_ns, event)) = self.ended.pop_front() {
            self.in_flight = self.in_flight.saturating_sub(1);
            load.on_event(at_ns, event);
        }
        if self.stopped_at_ns.is_some() {
            // What was given out is accounted for: as a request that an interrupt kept from being sent.
            self.send_held(now_ns);
        }
        let mut now_ns = now_ns;
        loop {
            if let Some((_, _, scheduled_ns)) = self.held {
                if scheduled_ns > now_ns {
                    self.wake_ns = Some(scheduled_ns);
                    return;
                }
                self.send_held(now_ns);
            }
            match load.next(now_ns) {
                Next::Send {
                    ticket,
                    row,
                    scheduled_ns,
                } => self.held = Some((ticket, row, scheduled_ns)),
                Next::WaitUntil(at_ns) if at_ns > now_ns => {
                    self.wake_ns = Some(at_ns);
                    return;
                }
                Next::WaitUntil(_) | Next::WaitForEvent => {
                    self.wake_ns = self.paused.front().copied();
                    return;
                }
                Next::Finished => {
                    self.is_finished = true;
                    self.wake_ns = self.paused.front().copied();
                    return;
                }
            }
            now_ns = self.shared.clock.now_ns();
        }
    }

    fn send_held(&mut self, now_ns: u64) {
        let Some((ticket, row, scheduled_ns)) = self.held.take() else {
            return;
        };
        let server = self.choose_server();
        let mut exchange = self.spare.pop().unwrap_or_else(|| Box::new(Exchange::new()));
        exchange.renew(ticket, row, scheduled_ns, now_ns, server);
        self.in_flight += 1;
        self.count(|counters| &counters.issued);
        let is_given_up = self.stopped_at_ns.is_some() && scheduled_ns > now_ns;
        if is_given_up || self.is_abandoning(now_ns) {
            self.fail(exchange, abandoned());
            return;
        }
        let idle = self.servers.get_mut(server).and_then(|server| server.idle.pop());
        match idle {
            Some(token) => self.issue(token, exchange),
            None => self.wait_for_connection(exchange),
        }
    }

    fn choose_server(&mut self) -> usize {
        let chosen = self.next_server % self.servers.len().max(1);
        self.next_server = chosen + 1;
        chosen
    }

    /// Queues a request, and opens a connection for it unless enough are being opened.
    fn wait_for_connection(&mut self, mut exchange: Box<Exchange>) {
        exchange.waited = true;
        let index = exchange.endpoint;
        if let Some(server) = self.servers.get_mut(index) {
            server.waiting.push_back(exchange);
        }
        self.open_for_waiting(index);
    }

    /// Opens connections for the requests that have none coming, some at a time.
    fn open_for_waiting(&mut self, index: usize) {
        while let Some(server) = self.servers.get_mut(index)
            && server.n_connecting < CONNECTS_AT_ONCE
            && server.waiting.len() > server.n_connecting
        {
            if let Err(failure) = self.start_connect(index, None) {
                self.fail_waiting(index, failure);
            }
        }
    }

    /// Opens a connection; `exchange` goes over it and no other.
    fn start_connect(&mut self, server: usize, exchange: Option<Box<Exchange>>) -> Result<(), Failure> {
        let limit = self.shared.target.limits.connect_timeout;
        let Some(endpoint) = self.shared.target.endpoints.get(server) else {
            return Err(Failure::new(FailureClass::Connect, "there is no such endpoint"));
        };
        let token = self.connections.next_token();
        let opened = connector::start(endpoint.address).and_then(|socket| {
            self.poller.add(&socket, token)?;
            Ok(socket)
        });
        let socket = match opened {
            Ok(socket) => socket,
            Err(error) => {
                let failure = Failure::of_connect(&error, limit);
                if let Some(exchange) = exchange {
                    self.fail_connect(exchange, failure);
                    return Ok(());
                }
                return Err(failure);
            }
        };
        let now_ns = self.shared.clock.now_ns();
        self.connections.insert(Connection {
            transport: Transport::Plain(socket),
            endpoint: server,
            phase: Phase::Connecting(now_ns),
            is_used: false,
            reader: ResponseReader::new(),
            exchange,
            unsent: Vec::new(),
        });
        if let Some(server) = self.servers.get_mut(server) {
            server.n_connecting += 1;
        }
        self.next_sweep_ns = self.next_sweep_ns.min(now_ns.saturating_add(nanos(limit)));
        Ok(())
    }

    fn handle_events(&mut self, load: &mut impl Load) {
        for index in 0..self.poller.n_events() {
            if let Some(ready) = self.poller.ready(index) {
                self.handle(ready);
            }
            self.ask_if_due(load);
        }
        for token in std::mem::take(&mut self.unread) {
            self.read(token, true);
            self.ask_if_due(load);
        }
    }

    /// A request that ended makes room for the next, and a send that falls due doesn't wait for other sockets.
    fn ask_if_due(&mut self, load: &mut impl Load) {
        if !self.ended.is_empty() {
            let now_ns = self.shared.clock.now_ns();
            self.ask(load, now_ns);
        } else if let Some(wake_ns) = self.wake_ns {
            let now_ns = self.shared.clock.now_ns();
            if wake_ns <= now_ns {
                self.ask(load, now_ns);
            }
        }
    }

    fn handle(&mut self, ready: Ready) {
        let Some(connection) = self.connections.get_mut(ready.token) else {
            return;
        };
        if matches!(connection.phase, Phase::Connecting(_)) {
            if ready.writable || ready.ended {
                self.finish_connect(ready.token);
            }
            return;
        }
        if ready.writable && !connection.unsent.is_empty() {
            self.send_rest(ready.token);
        }
        if ready.readable {
            self.read(ready.token, ready.ended);
        }
    }

    fn finish_connect(&mut self, token: u64) {
        let Some(connection) = self.connections.get_mut(token) else {
            return;
        };
        let Transport::Plain(socket) = &connection.transport;
        if let Err(error) = connector::outcome(socket) {
            let failure = Failure::of_connect(&error, self.shared.target.limits.connect_timeout);
            self.give_up_connect(token, failure);
            return;
        }
        let endpoint = connection.endpoint;
        let reserved = connection.exchange.take();
        connection.phase = Phase::Idle;
        self.n_connects += 1;
        if let Some(server) = self.servers.get_mut(endpoint) {
            server.n_connecting = server.n_connecting.saturating_sub(1);
        }
        match reserved {
            Some(exchange) => self.issue(token, exchange),
            None => self.release(token, endpoint),
        }
    }

    /// A connection that did not come about: the request that it was for fails.
    fn give_up_connect(&mut self, token: u64, failure: Failure) {
        let Some(connection) = self.remove_connection(token) else {
            return;
        };
        self.n_failed_connects += 1;
        match connection.exchange {
            Some(exchange) => self.fail_connect(exchange, failure),
            None => self.fail_waiting(connection.endpoint, failure),
        }
        self.open_for_waiting(connection.endpoint);
    }

    /// Fails the request that has waited longest for a connection to this server.
    fn fail_waiting(&mut self, server: usize, failure: Failure) {
        let waiting = self
            .servers
            .get_mut(server)
            .and_then(|server| server.waiting.pop_front());
        if let Some(exchange) = waiting {
            self.fail_connect(exchange, failure);
        }
    }

    /// Gives a free connection to a request that waits, or keeps it for the next.
    fn release(&mut self, token: u64, server: usize) {
        let Some(server) = self.servers.get_mut(server) else {
            return;
        };
        match server.waiting.pop_front() {
            Some(exchange) => self.issue(token, exchange),
            None => server.idle.push(token),
        }
    }

    /// Sends a request over a connection that is free.
    fn issue(&mut self, token: u64, mut exchange: Box<Exchange>) {
        let shared = &self.shared;
        let Some(connection) = self.connections.get_mut(token) else {
            return;
        };
        let record = &mut exchange.record;
        let bytes = self
            .requests
            .write(&shared.target, exchange.endpoint, exchange.row, record.id);
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
        let sent = connection.transport.send(bytes);
        match sent {
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

    fn send_rest(&mut self, token: u64) {
        let Some(connection) = self.connections.get_mut(token) else {
            return;
        };
        match connection.transport.send(&connection.unsent) {
            Ok(length) => drop(connection.unsent.drain(..length)),
            Err(_) => connection.unsent.clear(),
        }
    }

    /// Reads what a connection has; until its end shows if `to_the_end`.
    fn read(&mut self, token: u64, to_the_end: bool) {
        for _ in 0..READS_AT_ONCE {
            let Some(connection) = self.connections.get_mut(token) else {
                return;
            };
            match connection
                .transport
                .receive(&mut self.read_buffer, &self.shared.clock)
            {
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
            self.drop_connection(token);
            return false;
        };
        let n_events = exchange.boundaries.n_events();
        let limit = self.shared.target.limits.answer_bytes;
        let fed = exchange.feed(&mut connection.reader, &mut bytes, at_ns, limit);
        let n_events = exchange.boundaries.n_events() - n_events;
        if n_events > 0
            && let Some(counters) = self.shared.counters.get(self.index)
        {
            add_alone(&counters.events, n_events);
        }
        match fed {
            Fed::More => true,
            Fed::Ended => {
                let may_keep = connection.reader.may_keep_connection()
                    && bytes.is_empty()
                    && connection.unsent.is_empty();
                let endpoint = connection.endpoint;
                let exchange = connection.exchange.take();
                if may_keep {
                    connection.is_used = true;
                    connection.phase = Phase::Idle;
                    self.release(token, endpoint);
                } else {
                    self.drop_connection(token);
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
            Ok(()) if was_reset => Err(HttpError::ClosedInBody),
            ended => ended,
        };
        let now_ns = self.shared.clock.now_ns();
        match ended {
            Ok(()) => {
                let done_ns = now_ns;
                exchange.record.done_ns = done_ns;
                let verdict = exchange.verdict();
                self.finish(exchange, verdict, done_ns);
            }
            Err(error) => {
                let since_issue_ns = now_ns.saturating_sub(exchange.record.issued_ns);
                if connection.is_used && was_silent && !exchange.is_resent && since_issue_ns < STALE_NS {
                    exchange.is_resent = true;
                    self.n_resent += 1;
                    // Its failure is dealt with where it shows.
                    let _failed = self.start_connect(connection.endpoint, Some(exchange));
                } else {
                    let failure = exchange.broken(Failure::of_answer(error, was_reset));
                    self.fail(exchange, failure);
                }
            }
        }
    }

    /// Gives up a request together with its connection.
    fn break_off(&mut self, token: u64, failure: Failure) {
        if let Some(mut connection) = self.remove_connection(token)
            && let Some(exchange) = connection.exchange.take()
        {
            self.fail(exchange, failure);
        }
    }

    fn drop_connection(&mut self, token: u64) {
        drop(self.remove_connection(token));
    }

    /// Takes a connection out of everything that knows it.
    fn remove_connection(&mut self, token: u64) -> Option<Connection> {
        let connection = self.connections.remove(token)?;
        if let Some(server) = self.servers.get_mut(connection.endpoint) {
            match connection.phase {
                Phase::Connecting(_) => server.n_connecting = server.n_connecting.saturating_sub(1),
                Phase::Idle => server.idle.retain(|idle| *idle != token),
                Phase::Busy => {}
            }
        }
        Some(connection)
    }

    /// A request that never had a connection: the load hears of it after a pause.
    fn fail_connect(&mut self, exchange: Box<Exchange>, failure: Failure) {
        let now_ns = self.shared.clock.now_ns();
        self.record(exchange, Err(failure), now_ns);
        self.paused
            .push_back(now_ns.saturating_add(nanos(PAUSE_AFTER_FAILED_CONNECT)));
    }

    fn fail(&mut self, exchange: Box<Exchange>, failure: Failure) {
        let now_ns = self.shared.clock.now_ns();
        self.finish(exchange, Err(failure), now_ns);
    }

    fn finish(&mut self, exchange: Box<Exchange>, result: Result<(), Failure>, at_ns: u64) {
        let event = if result.is_ok() {
            LoadEvent::Completed
        } else {
            LoadEvent::Failed
        };
        self.record(exchange, result, at_ns);
        self.ended.push_back((at_ns, event));
    }

    fn record(&mut self, mut exchange: Box<Exchange>, result: Result<(), Failure>, at_ns: u64) {
        let record = &mut exchange.record;
        if let Err(failure) = result {
            record.done_ns = at_ns;
            record.end = TransportEnd::Failed(failure.class, failure.message);
            self.count(|counters| &counters.failed);
        } else {
            self.count(|counters| &counters.completed);
        }
        let record = &mut exchange.record;
        if record.issued_ns == 0 {
            record.issued_ns = record.done_ns;
        }
        if let Some(first_ns) = exchange.first_text_ns
            && let Some(counters) = self.shared.counters.get(self.index)
        {
            counters.ttft.add(first_ns.saturating_sub(record.issued_ns));
            let n_after = exchange.boundaries.n_events().saturating_sub(1);
            if n_after > 0 {
                let rest_ns = record.done_ns.saturating_sub(first_ns);
                counters.time_per_event.add(rest_ns / n_after);
            }
        }
        self.log.push(record);
        if exchange.is_small() {
            self.spare.push(exchange);
        }
    }

    /// Looks at the flags, and keeps the log's lag bounded.
    fn tick(&mut self, load: &mut impl Load, now_ns: u64) {
        self.next_tick_ns = now_ns.saturating_add(nanos(TICK));
        self.log.flush_old(now_ns);
        if self.stopped_at_ns.is_none() && self.must_stop() {
            self.stopped_at_ns = Some(now_ns);
            load.on_event(now_ns, LoadEvent::Stop);
        }
        if self.is_abandoning(now_ns) {
            self.abandon_all();
        }
    }

    fn must_stop(&self) -> bool {
        self.shared.interrupt.load(Ordering::Relaxed) || self.shared.log_failed.load(Ordering::Relaxed)
    }

    /// Whether the run was stopped, and what was in flight had its time.
    fn is_abandoning(&self, now_ns: u64) -> bool {
        let grace_ns = nanos(self.shared.target.limits.grace);
        self.stopped_at_ns
            .is_some_and(|since_ns| now_ns.saturating_sub(since_ns) >= grace_ns)
    }

    fn abandon_all(&mut self) {
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
        while self.paused.pop_front().is_some() {
            self.ended
                .push_back((self.shared.clock.now_ns(), LoadEvent::Failed));
        }
    }

    /// Gives up what is past its deadline, and finds the next one.
    fn sweep(&mut self, now_ns: u64) {
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

    fn count(&self, which: impl Fn(&Counters) -> &std::sync::atomic::AtomicU64) {
        if let Some(counters) = self.shared.counters.get(self.index) {
            add_alone(which(counters), 1);
        }
    }
}

/// What the connections that are opened ahead are for.
struct NoLoad;

impl Load for NoLoad {
    fn next(&mut self, _now_ns: u64) -> Next {
        Next::WaitForEvent
    }

    fn on_event(&mut self, _now_ns: u64, _event: LoadEvent) {}

    fn n_connections(&self) -> usize {
        0
    }
}

fn abandoned() -> Failure {
    Failure::new(
        FailureClass::Abandoned,
        "still in flight when the run was interrupted",
    )
}
