//! One thread's load: asks the scheduler what to do, does it, tells it what happened.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runbench_core::record::{FailureClass, RequestRecord, TransportEnd};
use runbench_core::schedule::{Action, Event, Scheduler};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::connection::Pool;
use super::exchange::exchange;
use super::failure::Failure;
use super::{Counters, Shared};
use crate::event_files::ThreadLog;

/// How often a thread looks at the flags and hands over records that have waited.
const TICK: Duration = Duration::from_millis(25);

/// How long a place stays empty after a failed connect, so that a server that went away isn't hammered.
const PAUSE_AFTER_FAILED_CONNECT: Duration = Duration::from_millis(100);

/// The largest buffer that is kept for the next answer. Bytes.
const SPARE_BODY_BYTES: usize = 1 << 20;

/// The state of one client thread, shared by its tasks.
pub(super) struct Engine {
    shared: Arc<Shared>,
    /// Number of the thread, from 0.
    index: usize,
    scheduler: RefCell<Scheduler>,
    pool: Rc<Pool>,
    log: RefCell<ThreadLog>,
    /// Records that are done with, kept for their buffers.
    spare: RefCell<Vec<RequestRecord>>,
    n_reconnects: Cell<u64>,
    drained: Notify,
    abandoning: Cell<bool>,
    abandon: Notify,
}

impl Engine {
    pub(super) fn new(
        shared: Arc<Shared>,
        index: usize,
        pool: Rc<Pool>,
        scheduler: Scheduler,
        log: ThreadLog,
    ) -> Self {
        Self {
            index,
            scheduler: RefCell::new(scheduler),
            pool,
            log: RefCell::new(log),
            spare: RefCell::default(),
            n_reconnects: Cell::new(0),
            drained: Notify::new(),
            abandoning: Cell::new(false),
            abandon: Notify::new(),
            shared,
        }
    }

    /// Issues what is due, and returns when nothing more is to be issued and nothing is in flight.
    pub(super) async fn run(self: Rc<Self>) {
        let ticks = tokio::task::spawn_local(Rc::clone(&self).tick());
        while let Some(action) = self.next_action() {
            tokio::task::spawn_local(Rc::clone(&self).occupy_place(action));
        }
        self.drained.notified().await;
        ticks.abort();
        self.log.borrow_mut().flush();
    }

    /// Connections opened.
    pub(super) fn n_connects(&self) -> u64 {
        self.pool.n_connects()
    }

    /// Requests sent again over a fresh connection.
    pub(super) fn n_reconnects(&self) -> u64 {
        self.n_reconnects.get()
    }

    /// Waits for the log writer.
    pub(super) fn n_log_stalls(&self) -> u64 {
        self.log.borrow().n_stalls()
    }

    fn next_action(&self) -> Option<Action> {
        let now_ns = self.shared.clock.now_ns();
        let action = self
            .scheduler
            .borrow_mut()
            .poll(now_ns, || self.shared.tickets.take());
        if action.is_none() {
            self.note_drained();
        }
        action
    }

    fn note_drained(&self) {
        if self.scheduler.borrow().is_drained() {
            self.drained.notify_one();
        }
    }

    /// Looks at the flags, and keeps the log's lag bounded.
    async fn tick(self: Rc<Self>) {
        let mut interval = tokio::time::interval(TICK);
        let mut stopped_at: Option<Instant> = None;
        loop {
            let now = interval.tick().await;
            let now_ns = self.shared.clock.now_ns();
            self.log.borrow_mut().flush_old(now_ns);
            match stopped_at {
                None if self.must_stop() => {
                    stopped_at = Some(now);
                    self.scheduler.borrow_mut().handle(now_ns, Event::Stop);
                    self.note_drained();
                }
                Some(since) if now.duration_since(since) >= self.shared.target.limits.grace => {
                    self.abandoning.set(true);
                    self.abandon.notify_waiters();
                }
                _ => {}
            }
        }
    }

    fn must_stop(&self) -> bool {
        self.shared.interrupt.load(Ordering::Relaxed) || self.shared.log_failed.load(Ordering::Relaxed)
    }

    /// Performs one request after another, as long as the scheduler has one for this place.
    async fn occupy_place(self: Rc<Self>, first: Action) {
        let mut next = Some(first);
        while let Some(Action::Issue { ticket, scheduled_ns }) = next {
            let mut record = self.new_record(ticket, scheduled_ns);
            self.count(|counters| &counters.issued);
            let result = self.perform(&mut record).await;
            let no_connection = matches!(
                &result,
                Err(Failure {
                    class: FailureClass::Connect,
                    ..
                })
            ) && !self.abandoning.get();
            self.finish_record(record, result);
            if no_connection {
                tokio::time::sleep(PAUSE_AFTER_FAILED_CONNECT).await;
            }
            self.scheduler
                .borrow_mut()
                .handle(self.shared.clock.now_ns(), Event::Ended);
            next = self.next_action();
        }
    }

    async fn perform(&self, record: &mut RequestRecord) -> Result<(), Failure> {
        let abandoned = || {
            Failure::new(
                FailureClass::Abandoned,
                "still in flight when the run was interrupted",
            )
        };
        if self.abandoning.get() {
            return Err(abandoned());
        }
        tokio::select! {
            biased;
            result = self.attempt(record) => result,
            () = self.abandon.notified() => Err(abandoned()),
        }
    }

    /// One request, sent a second time only if a kept connection turns out to be closed already.
    async fn attempt(&self, record: &mut RequestRecord) -> Result<(), Failure> {
        let Shared { clock, target, .. } = &*self.shared;
        let index = usize::try_from(record.sample_index).unwrap_or(usize::MAX);
        let body = target.bodies.get(index).cloned().unwrap_or_default();
        let mut connection = self.pool.acquire(target).await?;
        let timeout = target.request_timeout;
        let deadline = Instant::now() + timeout;
        record.issued_ns = clock.now_ns();
        let mut is_first = true;
        loop {
            let sent = timeout_at(deadline, exchange(&mut connection, target, body.clone(), record)).await;
            if let (true, Some(first_write_ns)) = (is_first, connection.stamps.first_write_ns()) {
                record.issued_ns = first_write_ns;
            }
            match sent {
                Ok(Ok(result)) => {
                    self.pool.keep(connection);
                    return result;
                }
                Ok(Err(broken)) if broken.was_stale && is_first => {
                    self.n_reconnects.set(self.n_reconnects.get() + 1);
                    connection = self.pool.open(target).await?;
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

    fn new_record(&self, ticket: u64, scheduled_ns: u64) -> RequestRecord {
        let n_rows = u64::try_from(self.shared.target.bodies.len())
            .unwrap_or(u64::MAX)
            .max(1);
        let spare = self.spare.borrow_mut().pop();
        let (reads, body) = spare.map_or_else(Default::default, |record| (record.reads, record.body));
        RequestRecord {
            id: ticket,
            sample_index: ticket % n_rows,
            scheduled_ns,
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

    fn finish_record(&self, mut record: RequestRecord, result: Result<(), Failure>) {
        if let Err(failure) = result {
            self.count(|counters| &counters.failed);
            record.done_ns = self.shared.clock.now_ns();
            record.end = TransportEnd::Failed(failure.class, failure.message);
        } else {
            self.count(|counters| &counters.completed);
        }
        if record.issued_ns == 0 {
            record.issued_ns = record.done_ns;
        }
        self.log.borrow_mut().push(&record);
        if record.body.capacity() <= SPARE_BODY_BYTES {
            record.reads.clear();
            record.body.clear();
            self.spare.borrow_mut().push(record);
        }
    }

    fn count(&self, which: impl Fn(&Counters) -> &AtomicU64) {
        if let Some(counters) = self.shared.counters.get(self.index) {
            which(counters).fetch_add(1, Ordering::Relaxed);
        }
    }
}
