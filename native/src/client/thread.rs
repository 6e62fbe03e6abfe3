//! The threads: pinned, each with a runtime of its own, started together.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use runbench_core::schedule::{LoadPattern, Schedule, Thread, share_of};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::connection::Pool;
use super::engine::Engine;
use super::{Phase, Shared, ThreadReport};
use crate::affinity::pin_current_thread;
use crate::event_files::ThreadLog;

/// From the signal to start to the start, so that every thread is awake by then.
const WAKE_UP_NS: u64 = 5_000_000;

/// How often a thread whose warm-up still runs looks whether the window opens.
const GATE_POLL: Duration = Duration::from_millis(1);

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
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let local = LocalSet::new();
    let n_servers = shared.target.servers.len().max(1);
    let pools: Vec<Rc<Pool>> = (0..n_servers)
        .map(|server| Rc::new(Pool::new(shared.clock, server)))
        .collect();
    let n_each = n_connections(shared, place).div_ceil(n_servers);
    for pool in &pools {
        local.block_on(&runtime, Rc::clone(pool).open_ahead(Arc::clone(shared), n_each));
    }
    let index = usize::try_from(place.thread.index).unwrap_or(usize::MAX);
    let engine = Rc::new(Engine::new(
        Arc::clone(shared),
        index,
        pools,
        main,
        warmup.transpose()?,
        log,
    ));
    let ticks = local.spawn_local(Rc::clone(&engine).tick());
    local.block_on(&runtime, Rc::clone(&engine).warm_up());
    drop(ready);
    let started_ns = local
        .block_on(&runtime, wait_for_gate(opened))
        .ok_or_else(|| io::Error::other("the run ended before its window opened"))?;
    engine.open_window(started_ns);
    while shared.clock.now_ns() < started_ns {
        std::hint::spin_loop();
    }
    local.block_on(&runtime, Rc::clone(&engine).run());
    ticks.abort();
    let mut report = engine.report();
    report.pinned = pinned;
    Ok(report)
}

/// When the window opens; `None` if it never does. Answers to warm-up requests are read meanwhile.
async fn wait_for_gate(opened: &Receiver<u64>) -> Option<u64> {
    loop {
        match opened.try_recv() {
            Ok(started_ns) => return Some(started_ns),
            Err(TryRecvError::Empty) => tokio::time::sleep(GATE_POLL).await,
            Err(TryRecvError::Disconnected) => return None,
        }
    }
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
