//! The threads: pinned, each with an event loop of its own, started together.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use runbench_core::record::HealthRecord;
use runbench_core::schedule::{LoadPattern, Schedule, Thread, share_of};

use super::engine::Engine;
use super::health::{run_queue_ns, thread_cpu_ns};
use super::{Phase, Shared, ThreadReport};
use crate::affinity::pin_current_thread;
use crate::event_files::ThreadLog;

/// From the signal to start to the start, so that every thread has seen it by then.
const WAKE_UP_NS: u64 = 5_000_000;

/// The running client threads.
#[derive(Debug)]
pub struct ClientThreads {
    handles: Vec<JoinHandle<io::Result<ThreadReport>>>,
    started_ns: u64,
}

/// Starts a client thread on each core of `cores`, and opens the timed window once all of them are ready: connected
/// and warmed up.
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
        let thread = Thread { index, of: n_threads };
        let place = Place { thread, core };
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
    thread: Thread,
    core: usize,
}

fn run_thread(
    shared: &Arc<Shared>,
    place: &Place,
    log: ThreadLog,
    ready: Sender<()>,
    opened: &Receiver<u64>,
) -> io::Result<ThreadReport> {
    let pinned = pin_current_thread(&[place.core]).map(|()| place.core);
    let main = schedule_of(&shared.main, place.thread)?;
    let warmup = shared.warmup.as_ref();
    let warmup = warmup.map(|warmup| schedule_of(&warmup.phase, place.thread));
    let index = place.thread.index;
    let mut engine = Engine::new(Arc::clone(shared), index, main, warmup.transpose()?, log)?;
    engine.open_ahead(n_connections(shared, place))?;
    engine.warm_up()?;
    drop(ready);
    let started_ns = engine
        .wait_for_gate(opened)?
        .ok_or_else(|| io::Error::other("the run ended before its window opened"))?;
    let (cpu_before_ns, queue_before_ns) = (thread_cpu_ns(), run_queue_ns());
    engine.run(started_ns)?;
    let ended_ns = shared.clock.now_ns();
    let queued_ns = |before_ns: Option<u64>| Some(run_queue_ns()?.saturating_sub(before_ns?));
    let core = pinned.as_ref().ok();
    let mut health = HealthRecord {
        thread: index,
        core: core.and_then(|core| u64::try_from(*core).ok()),
        window_ns: ended_ns.saturating_sub(started_ns),
        cpu_ns: thread_cpu_ns().saturating_sub(cpu_before_ns),
        run_queue_ns: queued_ns(queue_before_ns),
        ..HealthRecord::default()
    };
    engine.describe(&mut health);
    let (n_warmup, n_warmup_failed) = engine.n_warmup();
    Ok(ThreadReport {
        ended_ns,
        pinned,
        health,
        n_warmup,
        n_warmup_failed,
        n_waited: engine.n_waited(),
        first_log_stall_ns: engine.first_log_stall_ns(),
    })
}

/// A thread's part of a phase. Its start is not known yet.
fn schedule_of(phase: &Phase, thread: Thread) -> io::Result<Schedule> {
    Schedule::new(&phase.plan, thread, &phase.tickets, 0).map_err(io::Error::other)
}

/// Connections that are opened ahead for a load whose number in flight nobody knows.
const CONNECTIONS_FOR_A_RATE: u64 = 32;

/// How many connections a thread will need at once, as far as that is known.
fn n_connections(shared: &Shared, place: &Place) -> usize {
    let plan = &shared.main.plan;
    let Thread { index, of } = place.thread;
    let stop = plan.stop;
    let n_samples = if stop.min_duration_ns == 0 {
        stop.samples.unwrap_or(u64::MAX)
    } else {
        u64::MAX
    };
    let n = match (plan.cap(), plan.pattern) {
        (Some(cap), _) => u64::from(share_of(cap, index, of)),
        (None, LoadPattern::MaxThroughput) => n_samples.div_ceil(u64::from(of.max(1))),
        (None, _) => CONNECTIONS_FOR_A_RATE,
    };
    usize::try_from(n.min(n_samples)).unwrap_or(usize::MAX)
}
