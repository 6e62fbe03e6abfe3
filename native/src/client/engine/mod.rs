//! One thread's loop: asks the schedule what to send, sends it, reads what comes, and tells the schedule how it ended.

mod connecting;
mod ending;
mod exchanging;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use runbench_core::record::{FailureClass, HealthRecord};
use runbench_core::schedule::{Event, Next, Schedule};

use super::Shared;
use super::connections::Connections;
use super::exchange::{Buffers, Due, Exchange, PhaseKind};
use super::failure::Failure;
use super::poller::Poller;
use super::request_bytes::RequestBytes;
use super::timeouts::nanos;
use super::turns::Turns;
use crate::event_files::ThreadLog;

/// How often a thread looks at the flags and hands over records that have waited.
const TICK: Duration = Duration::from_millis(25);

/// How often a thread that waits for the window's start looks whether it is known.
const GATE_POLL: Duration = Duration::from_millis(1);

/// Connects of one thread to one server under way at the same time, so that its queue of them doesn't overflow.
const CONNECTS_AT_ONCE: usize = 64;

/// Bytes asked of a socket at once; more than a socket's default buffer rarely comes in one read.
const READ_BYTES: usize = 64 << 10;

/// Requests sent in one go before sockets get their turn.
const SENDS_AT_ONCE: u32 = 64;

/// How long before a send a thread whose core is its own stops sleeping: a sleeping core takes tens of microseconds to
/// wake. Nanoseconds.
const SPIN_NS: u64 = 60_000;

/// Until when a thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// Until the schedule has nothing more to send.
    Sent,
    /// Until nothing of the phase is in flight either.
    Drained,
}

/// What a thread keeps of one server.
#[derive(Debug, Default)]
struct ServerState {
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
    main: Schedule,
    warmup: Option<Schedule>,
    /// The phase whose schedule is asked; `None` between the two.
    phase: Option<PhaseKind>,
    poller: Poller,
    connections: Connections,
    servers: Vec<ServerState>,
    requests: RequestBytes,
    read_buffer: Box<[u8]>,
    /// Connections with more to read than one turn allows.
    unread: Vec<u64>,
    /// How requests ended that their schedule wasn't told yet: when, and how.
    ended: VecDeque<(u64, PhaseKind, Event)>,
    /// Places that stay empty until then, after a failed connect.
    paused: VecDeque<(u64, PhaseKind)>,
    /// Exchanges that ended and aren't in the log yet: what is due is sent first.
    #[expect(
        clippy::vec_box,
        reason = "exchanges are large and move between queues as pointers"
    )]
    finished: Vec<Box<Exchange>>,
    /// Exchanges and buffers that are done with, kept for the next.
    #[expect(
        clippy::vec_box,
        reason = "exchanges are large and move between queues as pointers"
    )]
    spare: Vec<Box<Exchange>>,
    spare_buffers: Vec<Buffers>,
    log: ThreadLog,
    /// When the schedule wants to be asked again.
    wake_ns: Option<u64>,
    /// What the timer is set to.
    armed_ns: Option<u64>,
    /// There was more to send than goes in one go.
    has_more: bool,
    next_tick_ns: u64,
    next_sweep_ns: u64,
    stopped_at_ns: Option<u64>,
    /// Why everything in flight is given up.
    abandoning: Option<&'static str>,
    turns: Turns,
    spin_ns: u64,
    n_connects: u64,
    n_failed_connects: u64,
    n_resent: u64,
    n_warmup: u64,
    n_warmup_failed: u64,
}

impl Engine {
    pub(super) fn new(
        shared: Arc<Shared>,
        index: u32,
        main: Schedule,
        warmup: Option<Schedule>,
        log: ThreadLog,
    ) -> io::Result<Self> {
        let target = &shared.target;
        Ok(Self {
            index: usize::try_from(index).unwrap_or(usize::MAX),
            main,
            warmup,
            phase: None,
            poller: Poller::new()?,
            connections: Connections::default(),
            servers: target.servers.iter().map(|_| ServerState::default()).collect(),
            requests: RequestBytes::new(target),
            read_buffer: vec![0; READ_BYTES].into_boxed_slice(),
            unread: Vec::new(),
            ended: VecDeque::new(),
            paused: VecDeque::new(),
            finished: Vec::new(),
            spare: Vec::new(),
            spare_buffers: Vec::new(),
            log,
            wake_ns: None,
            armed_ns: None,
            has_more: false,
            next_tick_ns: 0,
            next_sweep_ns: u64::MAX,
            stopped_at_ns: None,
            abandoning: None,
            turns: Turns::new(),
            spin_ns: 0,
            n_connects: 0,
            n_failed_connects: 0,
            n_resent: 0,
            n_warmup: 0,
            n_warmup_failed: 0,
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
                let server = n_started % self.servers.len().max(1);
                n_started += 1;
                if self.start_connect(server, None).is_err() {
                    self.n_failed_connects += 1;
                }
            }
            self.poller.wait(TICK)?;
            self.handle_events();
            self.sweep(self.shared.clock.now_ns());
        }
        self.n_failed_connects = 0;
        Ok(())
    }

    /// Sends what comes before the window, and waits for its answers if that is asked for.
    pub(super) fn warm_up(&mut self) -> io::Result<()> {
        let now_ns = self.shared.clock.now_ns();
        let Some(schedule) = &mut self.warmup else {
            return Ok(());
        };
        schedule.start_at(now_ns);
        let drain = self.shared.warmup.as_ref().is_some_and(|warmup| warmup.drain);
        self.phase = Some(PhaseKind::WarmUp);
        let until = if drain { Until::Drained } else { Until::Sent };
        let result = self.go_on(PhaseKind::WarmUp, until);
        self.phase = None;
        self.wake_ns = None;
        result
    }

    /// Reads answers until the window's start is known; `None` if it never will be.
    pub(super) fn wait_for_gate(&mut self, opened: &Receiver<u64>) -> io::Result<Option<u64>> {
        loop {
            match opened.try_recv() {
                Ok(started_ns) => return Ok(Some(started_ns)),
                Err(TryRecvError::Disconnected) => return Ok(None),
                Err(TryRecvError::Empty) => {}
            }
            self.poller.wait(GATE_POLL)?;
            self.handle_events();
            self.tick_and_sweep(self.shared.clock.now_ns());
        }
    }

    /// Sends what is measured from `started_ns` on, and returns when nothing more is to be sent and nothing is in
    /// flight.
    pub(super) fn run(&mut self, started_ns: u64) -> io::Result<()> {
        self.main.start_at(started_ns);
        // What the turns before the window took is not part of it.
        self.turns = Turns::new();
        self.spin_ns = 0;
        self.phase = Some(PhaseKind::Main);
        self.go_on(PhaseKind::Main, Until::Drained)?;
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
        health.n_dropped = self.main.n_dropped();
        health.n_log_stalls = self.log.n_stalls();
        health.log_stall_ns = self.log.stall_ns();
    }

    /// Requests of the warm-up, and those of them that failed.
    pub(super) fn n_warmup(&self) -> (u64, u64) {
        (self.n_warmup, self.n_warmup_failed)
    }

    /// Arrivals that had to wait for a place in flight.
    pub(super) fn n_waited(&self) -> u64 {
        self.main.n_waited()
    }

    /// When the log first made this thread wait.
    pub(super) fn first_log_stall_ns(&self) -> Option<u64> {
        self.log.first_stall_ns()
    }

    fn schedule(&mut self, phase: PhaseKind) -> &mut Schedule {
        match (&mut self.warmup, phase) {
            (Some(warmup), PhaseKind::WarmUp) => warmup,
            _ => &mut self.main,
        }
    }

    fn go_on(&mut self, phase: PhaseKind, until: Until) -> io::Result<()> {
        let mut turn_start_ns = self.shared.clock.now_ns();
        loop {
            self.ask(turn_start_ns);
            let now_ns = self.shared.clock.now_ns();
            self.turns.add(now_ns.saturating_sub(turn_start_ns));
            let schedule = self.schedule(phase);
            let is_over = match until {
                Until::Sent => schedule.is_finished(),
                Until::Drained => schedule.is_drained(),
            };
            if is_over {
                return Ok(());
            }
            let drain_deadline_ns = match self.abandoning {
                None => self.schedule(phase).drain_deadline_ns().unwrap_or(u64::MAX),
                Some(_) => u64::MAX,
            };
            if now_ns >= drain_deadline_ns {
                if phase == PhaseKind::WarmUp {
                    return Ok(());
                }
                self.abandon("still in flight at the end of the time that the drain may take");
                turn_start_ns = now_ns;
                continue;
            }
            let has_spun = self.wait(now_ns, drain_deadline_ns)?;
            turn_start_ns = self.shared.clock.now_ns();
            if has_spun && self.poller.n_events() == 0 {
                self.spin_ns += turn_start_ns.saturating_sub(now_ns);
            }
            self.handle_events();
            self.tick_and_sweep(turn_start_ns);
        }
    }

    /// Waits for sockets, the next moment of the schedule, or `limit_ns`; says whether that was without sleeping.
    fn wait(&mut self, now_ns: u64, limit_ns: u64) -> io::Result<bool> {
        let until = |at_ns: u64| Duration::from_nanos(at_ns.saturating_sub(now_ns));
        if !self.unread.is_empty() || self.has_more {
            self.poller.wait(Duration::ZERO)?;
            return Ok(false);
        }
        let spin_ns = if self.shared.may_spin { SPIN_NS } else { 0 };
        let limit_ns = limit_ns.min(self.next_tick_ns).min(self.next_sweep_ns);
        match self.wake_ns {
            Some(wake_ns) if wake_ns.saturating_sub(now_ns) <= spin_ns => {
                self.poller.wait(Duration::ZERO)?;
                return Ok(true);
            }
            // Waiting itself is rounded up to a millisecond.
            Some(wake_ns) if wake_ns < limit_ns.saturating_add(2_000_000) => {
                if self.armed_ns != Some(wake_ns) {
                    self.armed_ns = Some(wake_ns);
                    self.poller.arm(until(wake_ns.saturating_sub(spin_ns)))?;
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

    /// A request that ended makes room for the next, and a send that falls due doesn't wait for other sockets.
    fn ask_if_due(&mut self) {
        if self.ended.is_empty() && self.wake_ns.is_none() {
            return;
        }
        let now_ns = self.shared.clock.now_ns();
        if !self.ended.is_empty() || self.wake_ns.is_some_and(|wake_ns| wake_ns <= now_ns) {
            self.ask(now_ns);
        }
    }

    /// Tells the schedules what ended, sends what is due, and puts what ended into the log.
    fn ask(&mut self, now_ns: u64) {
        while let Some(&(at_ns, phase)) = self.paused.front()
            && at_ns <= now_ns
        {
            self.paused.pop_front();
            self.ended.push_back((at_ns, phase, Event::Failed));
        }
        while let Some((at_ns, phase, event)) = self.ended.pop_front() {
            self.schedule(phase).on_event(at_ns, event);
        }
        if let Some(phase) = self.phase {
            self.send_due(phase, now_ns);
        }
        self.log_finished();
    }

    fn send_due(&mut self, phase: PhaseKind, mut now_ns: u64) {
        self.wake_ns = None;
        self.has_more = true;
        for _ in 0..SENDS_AT_ONCE {
            let due = |ticket, sample, scheduled_ns| Due {
                phase,
                ticket,
                sample,
                scheduled_ns,
            };
            match self.schedule(phase).next(now_ns) {
                Next::Send {
                    ticket,
                    sample,
                    scheduled_ns,
                } => self.send(due(ticket, sample, scheduled_ns), now_ns),
                Next::Drop {
                    ticket,
                    sample,
                    scheduled_ns,
                } => self.note_dropped(due(ticket, sample, scheduled_ns), now_ns),
                next => {
                    self.has_more = false;
                    if let Next::WaitUntil(at_ns) = next {
                        self.wake_by(at_ns);
                    }
                    break;
                }
            }
            now_ns = self.shared.clock.now_ns();
        }
        if let Some(&(at_ns, _)) = self.paused.front() {
            self.wake_by(at_ns);
        }
    }

    fn wake_by(&mut self, at_ns: u64) {
        self.wake_ns = Some(self.wake_ns.map_or(at_ns, |wake_ns| wake_ns.min(at_ns)));
    }

    fn new_exchange(&mut self, due: Due, now_ns: u64) -> Box<Exchange> {
        let n_servers = u64::try_from(self.servers.len()).unwrap_or(u64::MAX).max(1);
        let server = usize::try_from(due.ticket % n_servers).unwrap_or(0);
        let mut exchange = self.spare.pop().unwrap_or_else(|| Box::new(Exchange::new()));
        exchange.renew(due, now_ns, server);
        self.count(due.phase, |counters| &counters.issued);
        exchange
    }

    fn send(&mut self, due: Due, now_ns: u64) {
        let exchange = self.new_exchange(due, now_ns);
        if let Some(why) = self.abandoning {
            self.fail(exchange, Failure::new(FailureClass::Abandoned, why));
            return;
        }
        let idle = self
            .servers
            .get_mut(exchange.server)
            .and_then(|server| server.idle.pop());
        match idle {
            Some(token) => self.issue(token, exchange),
            None => self.wait_for_connection(exchange),
        }
    }

    /// An arrival that found no place: it has a record, so that the log accounts for every number.
    fn note_dropped(&mut self, due: Due, now_ns: u64) {
        let exchange = self.new_exchange(due, now_ns);
        let message = "no place in flight was free when it was due";
        self.settle(
            exchange,
            Err(Failure::new(FailureClass::Dropped, message)),
            now_ns,
        );
    }

    fn tick_and_sweep(&mut self, now_ns: u64) {
        if now_ns >= self.next_tick_ns {
            self.tick(now_ns);
        }
        if now_ns >= self.next_sweep_ns {
            self.sweep(now_ns);
        }
    }

    /// Looks at the flags, and keeps the log's lag bounded.
    fn tick(&mut self, now_ns: u64) {
        self.next_tick_ns = now_ns.saturating_add(nanos(TICK));
        self.log.flush_old(now_ns);
        if self.stopped_at_ns.is_none() && self.must_stop() {
            self.stopped_at_ns = Some(now_ns);
            if let Some(warmup) = &mut self.warmup {
                warmup.stop(now_ns);
            }
            self.main.stop(now_ns);
        }
        let grace_ns = nanos(self.shared.target.limits.grace);
        if let Some(since_ns) = self.stopped_at_ns
            && now_ns.saturating_sub(since_ns) >= grace_ns
        {
            self.abandon("still in flight when the run was interrupted");
        }
    }

    fn must_stop(&self) -> bool {
        self.shared.interrupt.load(Ordering::Relaxed) || self.shared.log_failed.load(Ordering::Relaxed)
    }
}
