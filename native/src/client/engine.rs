//! One thread's load: asks the scheduler what to do, does it, tells it what happened.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use runbench_core::record::{FailureClass, RequestRecord, TransportEnd};
use runbench_core::schedule::{Event, Next, Schedule};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::connection::Pool;
use super::exchange::exchange;
use super::failure::Failure;
use super::{Counters, Shared, ThreadReport};
use crate::event_files::ThreadLog;

/// How often a thread looks at the flags and hands over records that have waited.
const TICK: Duration = Duration::from_millis(25);

/// How long a place stays empty after a failed connect, so that a server that went away isn't hammered.
const PAUSE_AFTER_FAILED_CONNECT: Duration = Duration::from_millis(100);

/// The largest buffer that is kept for the next answer. Bytes.
const SPARE_BODY_BYTES: usize = 1 << 20;

/// How many requests are started before what was started gets its turn.
const SENDS_AT_ONCE: u32 = 64;

/// Which of a thread's schedules a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PhaseKind {
    WarmUp,
    Main,
}

/// A request that the schedule wants sent now.
#[derive(Clone, Copy, Debug)]
struct Due {
    phase: PhaseKind,
    ticket: u64,
    sample: u64,
    scheduled_ns: u64,
}

/// The state of one client thread, shared by its tasks.
pub(super) struct Engine {
    shared: Arc<Shared>,
    /// Number of the thread, from 0.
    index: usize,
    main: RefCell<Schedule>,
    warmup: Option<RefCell<Schedule>>,
    /// One for each server.
    pools: Vec<Rc<Pool>>,
    log: RefCell<ThreadLog>,
    /// Records that are done with, kept for their buffers.
    spare: RefCell<Vec<RequestRecord>>,
    n_reconnects: Cell<u64>,
    n_warmup: Cell<u64>,
    n_warmup_failed: Cell<u64>,
    /// Told when there may be something new for the one who drives a schedule.
    wake: Notify,
    abandoning: Cell<Option<&'static str>>,
    abandon: Notify,
}

impl Engine {
    pub(super) fn new(
        shared: Arc<Shared>,
        index: usize,
        pools: Vec<Rc<Pool>>,
        main: Schedule,
        warmup: Option<Schedule>,
        log: ThreadLog,
    ) -> Self {
        Self {
            index,
            main: RefCell::new(main),
            warmup: warmup.map(RefCell::new),
            pools,
            log: RefCell::new(log),
            spare: RefCell::default(),
            n_reconnects: Cell::new(0),
            n_warmup: Cell::new(0),
            n_warmup_failed: Cell::new(0),
            wake: Notify::new(),
            abandoning: Cell::new(None),
            abandon: Notify::new(),
            shared,
        }
    }

    /// Sends what comes before the window, and waits for its answers if that is asked for.
    pub(super) async fn warm_up(self: Rc<Self>) {
        let Some(schedule) = &self.warmup else { return };
        schedule.borrow_mut().start_at(self.shared.clock.now_ns());
        self.drive(PhaseKind::WarmUp).await;
        if self.shared.warmup.as_ref().is_some_and(|warmup| warmup.drain) {
            self.drain(PhaseKind::WarmUp).await;
        }
    }

    /// Says when the window opens.
    pub(super) fn open_window(&self, started_ns: u64) {
        self.main.borrow_mut().start_at(started_ns);
    }

    /// Sends what is measured, and returns when nothing more is to be sent and nothing is in flight.
    pub(super) async fn run(self: Rc<Self>) {
        self.drive(PhaseKind::Main).await;
        self.drain(PhaseKind::Main).await;
        self.log.borrow_mut().flush();
    }

    /// What this thread did; whether it is pinned is not known here.
    pub(super) fn report(&self) -> ThreadReport {
        ThreadReport {
            ended_ns: self.shared.clock.now_ns(),
            pinned: Ok(0),
            n_connects: self.pools.iter().map(|pool| pool.n_connects()).sum(),
            n_reconnects: self.n_reconnects.get(),
            n_log_stalls: self.log.borrow().n_stalls(),
            n_warmup: self.n_warmup.get(),
            n_warmup_failed: self.n_warmup_failed.get(),
            n_waited: self.main.borrow().n_waited(),
        }
    }

    fn schedule(&self, phase: PhaseKind) -> RefMut<'_, Schedule> {
        match (&self.warmup, phase) {
            (Some(warmup), PhaseKind::WarmUp) => warmup.borrow_mut(),
            _ => self.main.borrow_mut(),
        }
    }

    /// Sends what a schedule has, until it has nothing more.
    async fn drive(self: &Rc<Self>, phase: PhaseKind) {
        let mut n_sent: u32 = 0;
        loop {
            match self.next(phase) {
                Ok(due) => {
                    tokio::task::spawn_local(Rc::clone(self).occupy_place(due));
                    n_sent = n_sent.wrapping_add(1);
                    if n_sent.is_multiple_of(SENDS_AT_ONCE) {
                        tokio::task::yield_now().await;
                    }
                }
                Err(Next::WaitUntil(at_ns)) => {
                    let wait_ns = at_ns.saturating_sub(self.shared.clock.now_ns());
                    let at = Instant::now() + Duration::from_nanos(wait_ns);
                    let _either = timeout_at(at, self.wake.notified()).await;
                }
                Err(Next::Finished) => break,
                Err(_) => self.wake.notified().await,
            }
        }
    }

    /// Waits until nothing of a phase is in flight any more, up to its limit.
    async fn drain(&self, phase: PhaseKind) {
        while !self.schedule(phase).is_drained() {
            let deadline_ns = self.schedule(phase).drain_deadline_ns();
            let now_ns = self.shared.clock.now_ns();
            let Some(deadline_ns) = deadline_ns.filter(|_| self.abandoning.get().is_none()) else {
                self.wake.notified().await;
                continue;
            };
            if now_ns >= deadline_ns {
                if phase == PhaseKind::WarmUp {
                    return;
                }
                self.abandon("still in flight at the end of the time that the drain may take");
            } else {
                let at = Instant::now() + Duration::from_nanos(deadline_ns - now_ns);
                let _either = timeout_at(at, self.wake.notified()).await;
            }
        }
    }

    /// The next request of a phase, or why there is none now.
    fn next(&self, phase: PhaseKind) -> Result<Due, Next> {
        loop {
            let now_ns = self.shared.clock.now_ns();
            let next = self.schedule(phase).next(now_ns);
            match next {
                Next::Send {
                    ticket,
                    sample,
                    scheduled_ns,
                } => {
                    return Ok(Due {
                        phase,
                        ticket,
                        sample,
                        scheduled_ns,
                    });
                }
                Next::Drop {
                    ticket,
                    sample,
                    scheduled_ns,
                } => self.note_dropped(Due {
                    phase,
                    ticket,
                    sample,
                    scheduled_ns,
                }),
                other => return Err(other),
            }
        }
    }

    /// Looks at the flags, and keeps the log's lag bounded.
    pub(super) async fn tick(self: Rc<Self>) {
        let mut interval = tokio::time::interval(TICK);
        let mut stopped_at: Option<Instant> = None;
        loop {
            let now = interval.tick().await;
            let now_ns = self.shared.clock.now_ns();
            self.log.borrow_mut().flush_old(now_ns);
            match stopped_at {
                None if self.must_stop() => {
                    stopped_at = Some(now);
                    self.schedule(PhaseKind::WarmUp).stop(now_ns);
                    self.schedule(PhaseKind::Main).stop(now_ns);
                    self.wake.notify_one();
                }
                Some(since) if now.duration_since(since) >= self.shared.target.limits.grace => {
                    self.abandon("still in flight when the run was interrupted");
                }
                _ => {}
            }
        }
    }

    fn must_stop(&self) -> bool {
        self.shared.interrupt.load(Ordering::Relaxed) || self.shared.log_failed.load(Ordering::Relaxed)
    }

    /// Gives up what is in flight.
    fn abandon(&self, why: &'static str) {
        self.abandoning.set(Some(why));
        self.abandon.notify_waiters();
    }

    /// Performs one request after another, as long as the schedule has one for this place.
    async fn occupy_place(self: Rc<Self>, first: Due) {
        let mut next = Some(first);
        while let Some(due) = next {
            let mut record = self.new_record(due);
            self.count(due.phase, |counters| &counters.issued);
            let result = self.perform(due, &mut record).await;
            let event = match &result {
                Ok(()) => Event::Completed,
                Err(failure) if failure.class == FailureClass::Abandoned => Event::Dropped,
                Err(_) => Event::Failed,
            };
            let no_connection = matches!(
                &result,
                Err(Failure {
                    class: FailureClass::Connect,
                    ..
                })
            ) && self.abandoning.get().is_none();
            self.finish_record(due.phase, record, result);
            if no_connection {
                tokio::time::sleep(PAUSE_AFTER_FAILED_CONNECT).await;
            }
            self.schedule(due.phase)
                .on_event(self.shared.clock.now_ns(), event);
            next = self.next(due.phase).ok();
        }
        // Its place is free, and whoever drives or drains the schedule has to know.
        self.wake.notify_one();
    }

    /// An arrival that found no place: it has a record, so that the log accounts for every number.
    fn note_dropped(&self, due: Due) {
        let record = self.new_record(due);
        self.count(due.phase, |counters| &counters.issued);
        let message = "no place in flight was free when it was due";
        self.finish_record(
            due.phase,
            record,
            Err(Failure::new(FailureClass::Dropped, message)),
        );
    }

    async fn perform(&self, due: Due, record: &mut RequestRecord) -> Result<(), Failure> {
        let abandoned = || {
            let why = self.abandoning.get();
            Failure::new(FailureClass::Abandoned, why.unwrap_or("given up"))
        };
        if self.abandoning.get().is_some() {
            return Err(abandoned());
        }
        tokio::select! {
            biased;
            result = self.attempt(due, record) => result,
            () = self.abandon.notified() => Err(abandoned()),
        }
    }

    /// One request, sent a second time only if a kept connection turns out to be closed already.
    async fn attempt(&self, due: Due, record: &mut RequestRecord) -> Result<(), Failure> {
        let Shared { clock, target, .. } = &*self.shared;
        let body = self.body(due);
        let Some(pool) = self.pool(due.ticket) else {
            return Err(Failure::new(FailureClass::Connect, "there is no server"));
        };
        let mut connection = pool.acquire(target).await?;
        let timeout = target.request_timeout;
        let deadline = Instant::now() + timeout;
        record.issued_ns = clock.now_ns();
        let mut is_first = true;
        loop {
            let sent = timeout_at(
                deadline,
                exchange(&mut connection, target, pool.server(), body.clone(), record),
            )
            .await;
            if let (true, Some(first_write_ns)) = (is_first, connection.stamps.first_write_ns()) {
                record.issued_ns = first_write_ns;
            }
            match sent {
                Ok(Ok(result)) => {
                    pool.keep(connection);
                    return result;
                }
                Ok(Err(broken)) if broken.was_stale && is_first => {
                    self.n_reconnects.set(self.n_reconnects.get() + 1);
                    connection = pool.open(target).await?;
                    is_first = false;
                }
                Ok(Err(broken)) => return Err(broken.failure),
                Err(_) => {
                    let message = format!("no complete answer within {} ms", timeout.as_millis());
                    return Err(Failure::new(FailureClass::TimedOut, message));
                }
            }
        }
    }

    fn pool(&self, ticket: u64) -> Option<&Rc<Pool>> {
        let n_pools = u64::try_from(self.pools.len()).unwrap_or(u64::MAX).max(1);
        self.pools.get(usize::try_from(ticket % n_pools).unwrap_or(0))
    }

    fn body(&self, due: Due) -> Bytes {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let own = match (&self.shared.warmup, due.phase) {
            (Some(warmup), PhaseKind::WarmUp) => &warmup.phase.own_bodies,
            _ => &self.shared.main.own_bodies,
        };
        let body = own
            .get(place(due.ticket))
            .or_else(|| self.shared.target.bodies.get(place(due.sample)));
        body.cloned().unwrap_or_default()
    }

    fn new_record(&self, due: Due) -> RequestRecord {
        let spare = self.spare.borrow_mut().pop();
        let (reads, body) = spare.map_or_else(Default::default, |record| (record.reads, record.body));
        RequestRecord {
            id: due.ticket,
            sample_index: due.sample,
            scheduled_ns: due.scheduled_ns,
            issued_ns: 0,
            head_ns: None,
            done_ns: 0,
            http_status: None,
            event_stream: false,
            reads,
            body,
            end: TransportEnd::Complete,
        }
    }

    fn finish_record(&self, phase: PhaseKind, mut record: RequestRecord, result: Result<(), Failure>) {
        if let Err(failure) = result {
            if phase == PhaseKind::WarmUp {
                self.n_warmup_failed.set(self.n_warmup_failed.get() + 1);
            }
            self.count(phase, |counters| &counters.failed);
            record.done_ns = self.shared.clock.now_ns();
            record.end = TransportEnd::Failed(failure.class, failure.message);
        } else {
            self.count(phase, |counters| &counters.completed);
            if let (Some(counters), PhaseKind::Main) = (self.shared.counters.get(self.index), phase) {
                counters.times.record(&record);
            }
        }
        if record.issued_ns == 0 {
            record.issued_ns = record.done_ns;
        }
        if phase == PhaseKind::Main {
            self.log.borrow_mut().push(&record);
        } else {
            self.n_warmup.set(self.n_warmup.get() + 1);
        }
        if record.body.capacity() <= SPARE_BODY_BYTES {
            record.reads.clear();
            record.body.clear();
            self.spare.borrow_mut().push(record);
        }
    }

    fn count(&self, phase: PhaseKind, which: impl Fn(&Counters) -> &AtomicU64) {
        if let (Some(counters), PhaseKind::Main) = (self.shared.counters.get(self.index), phase) {
            which(counters).fetch_add(1, Ordering::Relaxed);
        }
    }
}
