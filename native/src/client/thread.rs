//! The threads: pinned, each with an event loop of its own, started together.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use runbench_core::record::HealthRecord;
use runbench_core::schedule::{LoadPattern, Plan, Scheduler};

use super::engine::Engine;
use super::health::{run_queue_ns, thread_cpu_ns};
use super::load::{Load, PlannedLoad};
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
    let plan = shared.plan;
    start_with(shared, cores, logs, move |shared, index, started_ns| {
        let share = Plan {
            pattern: plan.pattern.share(index, n_threads),
            ..plan
        };
        let LoadPattern::Concurrency { in_flight } = share.pattern;
        let n_connections = u64::from(in_flight).min(shared.tickets.end());
        PlannedLoad::new(
            Arc::clone(shared),
            Scheduler::new(share, started_ns),
            usize::try_from(n_connections).unwrap_or(usize::MAX),
        )
    })
}

/// Like [`start`], with loads of the caller's: `load` makes the one of a thread, by its number, for a window that
/// opens at the time given. It is called twice: before the window, with 0, to learn how many connections to open.
pub fn start_with<L: Load>(
    shared: &Arc<Shared>,
    cores: &[usize],
    logs: Vec<ThreadLog>,
    load: impl Fn(&Arc<Shared>, u32, u64) -> L + Clone + Send + 'static,
) -> io::Result<ClientThreads> {
    let (ready, all_ready) = channel::<()>();
    let mut gates = Vec::new();
    let mut handles = Vec::new();
    for ((index, &core), log) in (0_u32..).zip(cores).zip(logs) {
        let (gate, opened) = channel();
        gates.push(gate);
        let place = Place {
            index,
            core,
            load: load.clone(),
        };
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

struct Place<F> {
    index: u32,
    core: usize,
    load: F,
}

fn run_thread<L: Load>(
    shared: &Arc<Shared>,
    place: &Place<impl Fn(&Arc<Shared>, u32, u64) -> L>,
    log: ThreadLog,
    ready: Sender<()>,
    opened: &Receiver<u64>,
) -> io::Result<ThreadReport> {
    let pinned = pin_current_thread(&[place.core]).map(|()| place.core);
    let mut engine = Engine::new(Arc::clone(shared), place.index, log)?;
    let n_connections = (place.load)(shared, place.index, 0).n_connections();
    engine.open_ahead(n_connections)?;
    drop(ready);
    let started_ns = opened
        .recv()
        .map_err(|_| io::Error::other("the run ended before its window opened"))?;
    let mut load = (place.load)(shared, place.index, started_ns);
    let (cpu_before_ns, queue_before_ns) = (thread_cpu_ns(), run_queue_ns());
    while shared.clock.now_ns() < started_ns && !shared.interrupt.load(Ordering::Relaxed) {
        std::hint::spin_loop();
    }
    engine.run(&mut load)?;
    let ended_ns = shared.clock.now_ns();
    let since = |before: Option<u64>| Some(run_queue_ns()?.saturating_sub(before?));
    let mut health = HealthRecord {
        thread: place.index,
        core: pinned.as_ref().ok().and_then(|core| u64::try_from(*core).ok()),
        window_ns: ended_ns.saturating_sub(started_ns),
        cpu_ns: thread_cpu_ns().saturating_sub(cpu_before_ns),
        run_queue_ns: since(queue_before_ns),
        n_dropped: load.n_dropped(),
        ..HealthRecord::default()
    };
    engine.describe(&mut health);
    Ok(ThreadReport {
        ended_ns,
        pinned,
        health,
        first_log_stall_ns: engine.first_log_stall_ns(),
    })
}
