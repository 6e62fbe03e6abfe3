//! Our client on one core for a while, and what it cost.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue};
use runbench::affinity::pin_current_thread;
use runbench::client::{self, Counters, Phase, Server, Shared, Target};
use runbench::clock::Clock;
use runbench::event_files::{EventLog, LogWriter, write_end};
use runbench::run::{Limits, Live};
use runbench_core::order::Order;
use runbench_core::record::{EndRecord, HeadRecord, HealthRecord, Record, RunState};
use runbench_core::schedule::{LoadPattern, Plan, StopRule};

/// The body of every request, also of the other clients'.
pub const BODY: &str = r#"{"model":"bench","messages":[{"role":"user","content":"Tell me something short."}],"max_completion_tokens":64,"stream":true}"#;

/// What a run cost and how late it sent.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Answers that came whole.
    pub n_completed: u64,
    /// Events of streams.
    pub n_events: u64,
    /// How the client thread fared.
    pub health: HealthRecord,
    /// Processor time of the whole process in the window, the server's thread included. Nanoseconds.
    pub process_ns: u64,
    /// Issue less schedule of each request, sorted. Nanoseconds.
    pub lateness_ns: Vec<u64>,
}

/// How the client is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The server.
    pub address: SocketAddr,
    /// The core of the client thread, and that of everything else.
    pub cores: (usize, usize),
    /// The load.
    pub pattern: LoadPattern,
    /// How long it issues.
    pub duration: Duration,
    /// Where the event log goes; emptied first.
    pub folder: &'a Path,
    /// Whether something reads the live figures ten times a second.
    pub live_view: bool,
}

/// Runs the load.
pub fn run(options: &Options<'_>) -> anyhow::Result<Ran> {
    let _absent = fs::remove_dir_all(options.folder);
    fs::create_dir_all(options.folder)?;
    pin_current_thread(&[options.cores.1])?;
    let duration_ns = u64::try_from(options.duration.as_nanos())?;
    let clock = Clock::start();
    let head = HeadRecord {
        run_id: [1; 16],
        thread: 0,
        origin_unix_ns: clock.origin_unix_ns(),
        config_sha256: [0; 32],
        program_version: "bench".to_owned(),
    };
    let writer = LogWriter::start(options.folder, std::slice::from_ref(&head), clock)?;
    let shared = Arc::new(Shared {
        clock,
        target: target(options.address)?,
        warmup: None,
        main: Phase {
            plan: Plan {
                stop: StopRule {
                    samples: None,
                    min_duration_ns: duration_ns,
                    max_duration_ns: Some(duration_ns),
                },
                order: Order::Sequential,
                ..Plan::new(options.pattern, 1)
            },
            tickets: Arc::default(),
            own_bodies: Vec::new(),
        },
        counters: vec![Counters::default()],
        may_spin: true,
        interrupt: Arc::new(AtomicBool::new(false)),
        log_failed: writer.failed(),
    });
    let before_ns = process_cpu_ns();
    let threads = client::start(&shared, &[options.cores.0], vec![writer.thread_log(0)])?;
    let started_ns = threads.started_ns();
    let mut shown = None;
    while !threads.are_finished() {
        std::thread::sleep(Duration::from_millis(if options.live_view { 100 } else { 20 }));
        if options.live_view {
            shown = Some(Live::default().with_times(shared.counters.iter().map(|it| &it.times)));
        }
    }
    std::hint::black_box(shown);
    let reports = threads.join()?;
    let process_ns = process_cpu_ns() - before_ns;
    let summary = writer.finish()?;
    let health: Vec<HealthRecord> = reports.iter().map(|report| report.health).collect();
    let end = EndRecord {
        state: RunState::Complete,
        started_ns,
        ended_ns: reports.iter().map(|report| report.ended_ns).max().unwrap_or(0),
    };
    write_end(options.folder, &head, summary.segments, &health, end)?;
    let mut lateness_ns = Vec::new();
    for record in EventLog::open(options.folder)?.records() {
        if let Record::Request(request) = record? {
            lateness_ns.push(request.issued_ns.saturating_sub(request.scheduled_ns));
        }
    }
    lateness_ns.sort_unstable();
    let counters = shared.counters.first();
    Ok(Ran {
        n_completed: counters.map_or(0, |it| it.completed.load(Ordering::Relaxed)),
        n_events: counters.map_or(0, |it| it.events.load(Ordering::Relaxed)),
        health: health.first().copied().unwrap_or_default(),
        process_ns,
        lateness_ns,
    })
}

fn target(address: SocketAddr) -> anyhow::Result<Target> {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_str(&address.to_string())?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    Ok(Target {
        servers: vec![Server {
            address,
            path: "/v1/chat/completions".parse()?,
            headers,
            tls: None,
        }],
        bodies: vec![Bytes::from_static(BODY.as_bytes())],
        streaming: true,
        request_id_prefix: None,
        request_timeout: Duration::from_secs(30),
        limits: Limits::default(),
    })
}

/// Processor time of this process. Nanoseconds.
fn process_cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let whole = u64::try_from(time.tv_sec)
        .unwrap_or(0)
        .saturating_mul(1_000_000_000);
    whole.saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}
