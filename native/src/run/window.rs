//! The timed window: log open, threads running, log closed.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runbench_core::record::{
    EndRecord, HeadRecord, HealthRecord, Record, RunState, SampleRecord, SegmentRecord,
};
use sha2::{Digest, Sha256};

use super::client_notes::client_notes;
use super::prepare::{Prepared, PreparedServer};
use super::{ClientHealth, Interrupt, Live, Progress, RunError, RunOptions};
use crate::affinity::{CorePlan, cores_in_words, pin_current_thread};
use crate::client::{self, ClientThreads, Counters, Server, Shared, Target, ThreadReport};
use crate::clock::Clock;
use crate::drain::{HeadStart, LiveCounter};
use crate::event_files::{self, EventLog, EventLogError, LogWriteError, LogWriter, SegmentWriter, write_end};
use crate::report_files::RunInfo;
use crate::tokens::TokenModel;

/// How often the main thread looks whether the client threads are done.
const POLL: Duration = Duration::from_millis(10);

/// How many polls go by between two calls of [`Progress::tick`].
const POLLS_PER_TICK: u32 = 10;

/// What the window left, beside the log.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) state: RunState,
    pub(super) health: ClientHealth,
    pub(super) notices: Vec<String>,
    /// What was counted of the tokens meanwhile, if that was asked for.
    pub(super) head_start: Option<HeadStart>,
}

pub(super) fn run(
    options: &RunOptions,
    mut prepared: Prepared,
    addresses: &[SocketAddr],
    counter: Option<&Arc<TokenModel>>,
    progress: &mut dyn Progress,
    interrupt: &Interrupt,
) -> Result<Window, RunError> {
    let folder = event_files::folder(&options.out);
    let unwritable = |cause| RunError::FolderUnwritable {
        folder: options.out.clone(),
        cause,
    };
    std::fs::write(options.out.join("config.yaml"), &prepared.config_yaml).map_err(unwritable)?;
    let clock = Clock::start();
    let head = head(&prepared.config_yaml, clock).map_err(unwritable)?;
    let log_failed = |error| RunError::LogWrite {
        error,
        folder: folder.clone(),
    };
    // For a report on a run that was killed; written anew when there is more to say.
    RunInfo::from(options)
        .keep(&options.out, &head)
        .map_err(log_failed)?;
    // They are in the log then, and need not be held through the run.
    let samples = std::mem::take(&mut prepared.samples);
    let mut segments = vec![write_samples(&folder, &head, samples).map_err(log_failed)?];

    let mut notices = Vec::new();
    // Threads that this one starts inherit its cores: the log writer stays off the clients' cores.
    if let Err(error) = pin_current_thread(&prepared.cores.others) {
        notices.push(format!("the main thread may run on the clients' cores: {error}"));
    }
    let cores = prepared.cores.clients.clone();
    let heads: Vec<HeadRecord> = (0_u32..)
        .zip(&cores)
        .map(|(thread, _)| HeadRecord {
            thread,
            ..head.clone()
        })
        .collect();
    let writer = LogWriter::start(&folder, &heads, clock).map_err(log_failed)?;
    let logs = (0..cores.len()).map(|thread| writer.thread_log(thread)).collect();
    let core_plan = prepared.cores.clone();
    let allowed_cores = prepared.allowed_cores.clone();
    let shared = Arc::new(shared(
        options,
        prepared,
        addresses,
        clock,
        interrupt,
        &writer,
        head.run_id,
    ));
    let n_connections = u64::from(shared.main.plan.cap().unwrap_or(0));
    client::raise_open_files(n_connections)?;
    client::check_ports(n_connections, addresses)?;
    let live = live_counter(&folder, counter, &core_plan.live)?;
    let threads = client::start(&shared, &cores, logs).map_err(RunError::Thread)?;
    let started_ns = threads.started_ns();
    watch(&threads, &shared, live.as_ref(), progress);
    let reports = threads.join();
    if let Some(live) = &live {
        live.stop();
    }
    let summary = writer.finish();
    let live = live.map(LiveCounter::finish);
    // From here on nothing is timed; what counts tokens may use every core.
    let _stays_narrow = pin_current_thread(&allowed_cores);

    let is_cut = interrupt.load(Ordering::Relaxed) || summary.is_err() || reports.is_err();
    let state = if is_cut {
        RunState::Interrupted
    } else {
        RunState::Complete
    };
    let ended_ns = match &reports {
        Ok(reports) => last_end_ns(reports).unwrap_or(started_ns),
        Err(_) => clock.now_ns(),
    };
    let health: Vec<HealthRecord> = reports.iter().flatten().map(|report| report.health).collect();
    let max_log_lag_ns = summary.as_ref().map_or(0, |summary| summary.max_lag_ns);
    let (thread_segments, log_error) = match summary {
        Ok(summary) => (summary.segments, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    segments.extend(thread_segments);
    let ended = write_end(
        &folder,
        &head,
        segments,
        &health,
        EndRecord {
            state,
            started_ns,
            ended_ns,
        },
    );
    if let Some(error) = log_error.or(ended.err()) {
        return Err(log_failed(error));
    }
    let reports = reports.map_err(RunError::Thread)?;
    notices.extend(notices_of(&reports, &core_plan, started_ns));
    let head_start = live.map(|live| {
        notices.push(live_note(&core_plan.live, live.head_start.n_requests()));
        notices.extend(live.notices);
        live.head_start
    });
    Ok(Window {
        state,
        health: health_of(&reports, max_log_lag_ns),
        notices,
        head_start,
    })
}

fn last_end_ns(reports: &[ThreadReport]) -> Option<u64> {
    reports.iter().map(|report| report.ended_ns).max()
}

/// Starts counting what the client threads' segments, which are there already, will hold; if that is asked for.
fn live_counter(
    folder: &Path,
    counter: Option<&Arc<TokenModel>>,
    cores: &[usize],
) -> Result<Option<LiveCounter>, EventLogError> {
    let Some(counter) = counter.filter(|_| !cores.is_empty()) else {
        return Ok(None);
    };
    let log = EventLog::open(folder)?;
    LiveCounter::start(&log, Arc::<TokenModel>::clone(counter), cores).map(Some)
}

fn live_note(cores: &[usize], n_requests: usize) -> String {
    format!(
        "tokens of {n_requests} requests were counted during the run, on {}: that takes memory bandwidth and shared \
         cache from what is measured on this machine",
        cores_in_words(cores)
    )
}

fn head(config_yaml: &str, clock: Clock) -> std::io::Result<HeadRecord> {
    let mut run_id = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut run_id)?;
    Ok(HeadRecord {
        run_id,
        thread: 0,
        origin_unix_ns: clock.origin_unix_ns(),
        config_sha256: Sha256::digest(config_yaml).into(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// What every `X-Request-ID` of a run begins with: half of its id.
fn request_id_prefix(run_id: [u8; 16]) -> String {
    let hex = run_id.iter().take(8).map(|byte| format!("{byte:02x}"));
    format!("runbench-{}", hex.collect::<String>())
}

fn write_samples(
    folder: &Path,
    head: &HeadRecord,
    samples: Vec<SampleRecord>,
) -> Result<SegmentRecord, LogWriteError> {
    let mut writer = SegmentWriter::create(&folder.join(event_files::SAMPLES), head)?;
    for sample in samples {
        writer.push(&Record::Sample(sample))?;
    }
    writer.finish()
}

fn shared(
    options: &RunOptions,
    prepared: Prepared,
    addresses: &[SocketAddr],
    clock: Clock,
    interrupt: &Interrupt,
    writer: &LogWriter,
    run_id: [u8; 16],
) -> Shared {
    let server = |(server, address): (PreparedServer, &SocketAddr)| Server {
        address: *address,
        path: server.path,
        headers: server.headers,
        tls: server.tls,
    };
    let target = Target {
        servers: prepared.servers.into_iter().zip(addresses).map(server).collect(),
        bodies: prepared.bodies,
        streaming: options.streaming,
        request_id_prefix: options.request_ids.then(|| request_id_prefix(run_id)),
        request_timeout: options.request_timeout,
        limits: options.limits,
    };
    Shared {
        clock,
        target,
        warmup: prepared.warmup,
        main: prepared.main,
        counters: prepared
            .cores
            .clients
            .iter()
            .map(|_| Counters::default())
            .collect(),
        may_spin: !prepared.cores.shared,
        interrupt: Arc::clone(interrupt),
        log_failed: writer.failed(),
    }
}

/// Shows progress until the threads are done.
fn watch(threads: &ClientThreads, shared: &Shared, live: Option<&LiveCounter>, progress: &mut dyn Progress) {
    let mut n_polls: u32 = 0;
    while !threads.are_finished() {
        std::thread::sleep(POLL);
        n_polls = n_polls.wrapping_add(1);
        if n_polls.is_multiple_of(POLLS_PER_TICK) {
            show(threads, shared, live, progress);
        }
    }
    show(threads, shared, live, progress);
}

fn show(
    threads: &ClientThreads,
    shared: &Shared,
    counter: Option<&LiveCounter>,
    progress: &mut dyn Progress,
) {
    let sum = |which: fn(&Counters) -> &AtomicU64| {
        shared
            .counters
            .iter()
            .map(|counters| which(counters).load(Ordering::Relaxed))
            .sum()
    };
    let elapsed = Duration::from_nanos(shared.clock.now_ns().saturating_sub(threads.started_ns()));
    let live = Live {
        elapsed,
        issued: sum(|it| &it.issued),
        completed: sum(|it| &it.completed),
        failed: sum(|it| &it.failed),
        tokens: counter.map(LiveCounter::totals),
        stop: shared.main.plan.stop,
        ..Live::default()
    };
    progress.tick(live.elapsed, live.issued, live.completed, live.failed);
    progress.live(&live.with_times(shared.counters.iter().map(|it| &it.times)));
}

fn health_of(reports: &[ThreadReport], max_log_lag_ns: u64) -> ClientHealth {
    let threads: Vec<HealthRecord> = reports.iter().map(|report| report.health).collect();
    let sum = |of: fn(&HealthRecord) -> u64| threads.iter().map(of).sum();
    ClientHealth {
        cores: reports
            .iter()
            .map(|report| report.pinned.as_ref().ok().copied())
            .collect(),
        n_connects: sum(|it| it.n_connects),
        n_reconnects: sum(|it| it.n_resent),
        n_log_stalls: sum(|it| it.n_log_stalls),
        max_log_lag_ns,
        threads,
    }
}

fn notices_of(reports: &[ThreadReport], cores: &CorePlan, started_ns: u64) -> Vec<String> {
    let mut notices = Vec::new();
    if cores.others_on_live {
        notices.push(format!(
            "there are not enough cores for all: what writes the event log shares {} with the counting of tokens",
            cores_in_words(&cores.live)
        ));
    }
    if cores.shared {
        notices.push(
            "there are not enough cores for all: a client thread shares its core with other threads of this program, \
             so stamps can be late"
                .to_owned(),
        );
    }
    for (index, report) in reports.iter().enumerate() {
        if let Err(error) = &report.pinned {
            notices.push(format!("client thread {index} is not pinned to a core: {error}"));
        }
    }
    if let Some(first_ns) = reports
        .iter()
        .filter_map(|report| report.first_log_stall_ns)
        .min()
    {
        let since = Duration::from_nanos(first_ns.saturating_sub(started_ns));
        notices.push(format!(
            "the disk was too slow for the event log: from {:.1} s into the run client threads waited for it",
            since.as_secs_f64()
        ));
    }
    let n_warmup: u64 = reports.iter().map(|report| report.n_warmup).sum();
    let n_warmup_failed: u64 = reports.iter().map(|report| report.n_warmup_failed).sum();
    if n_warmup > 0 {
        notices.push(format!(
            "{n_warmup} requests warmed the endpoint up, {n_warmup_failed} of them failed; they are in no figure"
        ));
    }
    let n_waited: u64 = reports.iter().map(|report| report.n_waited).sum();
    if n_waited > 0 {
        notices.push(format!(
            "{n_waited} arrivals had to wait until fewer requests were in flight; latency from schedule holds the wait"
        ));
    }
    let threads: Vec<HealthRecord> = reports.iter().map(|report| report.health).collect();
    notices.extend(client_notes(&threads));
    notices
}
