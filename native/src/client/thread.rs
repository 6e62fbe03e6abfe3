//! The threads: pinned, each with a runtime of its own, started together.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use runbench_core::schedule::{LoadPattern, Plan, Scheduler};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::connection::Pool;
use super::engine::Engine;
use super::{Shared, ThreadReport};
use crate::affinity::pin_current_thread;
use crate::event_files::ThreadLog;

/// From the signal to start to the start, so that every thread is awake by then: waking takes tens of microseconds.
const WAKE_UP_NS: u64 = 500_000;

/// The running client threads.
#[derive(Debug)]
pub struct ClientThreads {
    handles: Vec<JoinHandle<io::Result<ThreadReport>>>,
    started_ns: u64,
}

/// Starts a client thread on each core of `cores`, and opens the timed window once all of them are ready.
///
/// There must be as many logs as cores.
pub fn start(shared: &Arc<Shared>, cores: &[usize], logs: Vec<ThreadLog>) -> io::Result<ClientThreads> {
    let n_threads = u32::try_from(cores.len()).unwrap_or(u32::MAX);
    let (ready, all_ready) = channel::<()>();
    let mut gates = Vec::new();
    let mut handles = Vec::new();
    for ((index, &core), log) in (0_u32..).zip(cores).zip(logs) {
        let (gate, opened) = channel();
        gates.push(gate);
        let plan = Plan {
            pattern: shared.plan.pattern.share(index, n_threads),
            ..shared.plan
        };
        let place = Place { index, core, plan };
        let shared = Arc::clone(shared);
        let ready = ready.clone();
        let body = move || run_thread(&shared, &place, log, ready, &opened);
        handles.push(
            std::thread::Builder::new()
                .name(format!("client-{index}"))
                .spawn(body)?,
        );
    }
    // Ends when every thread has dropped its sender: it is ready then, or says at the join why it is not.
    drop(ready);
    while all_ready.recv().is_ok() {}
    let started_ns = shared.clock.now_ns() + WAKE_UP_NS;
    for gate in gates {
        let _not_ready = gate.send(started_ns);
    }
    Ok(ClientThreads { handles, started_ns })
}

impl ClientThreads {
    /// When the timed window opened.
    pub fn started_ns(&self) -> u64 {
        self.started_ns
    }

    /// Whether every thread is done.
    pub fn are_finished(&self) -> bool {
        self.handles.iter().all(JoinHandle::is_finished)
    }

    /// Waits for the threads.
    pub fn join(self) -> io::Result<Vec<ThreadReport>> {
        let join = |handle: JoinHandle<io::Result<ThreadReport>>| {
            handle
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a client thread panicked")))
        };
        self.handles.into_iter().map(join).collect()
    }
}

struct Place {
    index: u32,
    core: usize,
    plan: Plan,
}

fn run_thread(
    shared: &Arc<Shared>,
    place: &Place,
    log: ThreadLog,
    ready: Sender<()>,
    opened: &Receiver<u64>,
) -> io::Result<ThreadReport> {
    let pinned = pin_current_thread(&[place.core]).map(|()| place.core);
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let local = LocalSet::new();
    let pool = Rc::new(Pool::new(shared.clock));
    local.block_on(
        &runtime,
        Rc::clone(&pool).open_ahead(Arc::clone(shared), n_connections(shared, place)),
    );
    drop(ready);
    let started_ns = opened
        .recv()
        .map_err(|_| io::Error::other("the run ended before its window opened"))?;
    let index = usize::try_from(place.index).unwrap_or(usize::MAX);
    let scheduler = Scheduler::new(place.plan, started_ns);
    let engine = Rc::new(Engine::new(Arc::clone(shared), index, pool, scheduler, log));
    while shared.clock.now_ns() < started_ns {
        std::hint::spin_loop();
    }
    local.block_on(&runtime, Rc::clone(&engine).run());
    Ok(ThreadReport {
        ended_ns: shared.clock.now_ns(),
        pinned,
        n_connects: engine.n_connects(),
        n_reconnects: engine.n_reconnects(),
        n_log_stalls: engine.n_log_stalls(),
    })
}

/// How many connections a thread will need at once.
fn n_connections(shared: &Shared, place: &Place) -> usize {
    let LoadPattern::Concurrency { in_flight } = place.plan.pattern;
    usize::try_from(u64::from(in_flight).min(shared.tickets.end)).unwrap_or(usize::MAX)
}
