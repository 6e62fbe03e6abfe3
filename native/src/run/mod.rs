//! One run: load the endpoint, count tokens, write the report folder.

mod answer_notes;
mod check;
mod client_notes;
mod config_yaml;
mod error;
mod explain;
mod live;
mod options;
mod plan;
mod prepare;
mod probe;
mod report_folder;
mod request_headers;
mod window;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use runbench_core::record::{FailureClass, HealthRecord, RunState};

use crate::endpoint::{Endpoint, find_address};
use crate::report_files::{self, RunInfo};
use crate::tokens::TokenModel;

pub use answer_notes::AnswerNotes;
pub use check::{Checked, check};
pub use client_notes::client_notes;
pub use error::RunError;
pub use explain::{Asked, FailureExample, FailureExamples, explain, explain_one, printable};
pub use live::{Live, LiveHistogram, LiveTimes};
pub use options::{Api, Limits, Load, RunOptions, Sampling, StopRule, WarmUpOptions};
pub use probe::{ProbeOptions, Probed, probe};

/// What came of it. The figures themselves are in the report folder's files.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Complete or interrupted.
    pub state: RunState,
    /// Requests issued.
    pub n_issued: u64,
    /// Requests answered well.
    pub n_completed: u64,
    /// Requests that failed, by class.
    pub failures: BTreeMap<FailureClass, u64>,
    /// Requests whose tokens were not counted though they should have been.
    pub n_pending_tasks: u64,
    /// The first failure of each class.
    pub examples: FailureExamples,
    /// How the client itself fared.
    pub health: ClientHealth,
    /// What a reader of the figures must know, a sentence each.
    pub notices: Vec<String>,
    /// The report in words, as in `report.txt`.
    pub report: String,
}

/// How the client itself fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientHealth {
    /// Cores of the client threads; `None` for a thread that could not be pinned.
    pub cores: Vec<Option<usize>>,
    /// Connections opened.
    pub n_connects: u64,
    /// Requests sent a second time because a kept connection was closed already.
    pub n_reconnects: u64,
    /// How often a client thread had to wait for the log writer.
    pub n_log_stalls: u64,
    /// The longest time from a request's end until its record was safe. Nanoseconds.
    pub max_log_lag_ns: u64,
    /// How each thread fared, as the log holds it.
    pub threads: Vec<HealthRecord>,
}

/// Progress while a run is going on; called from the main thread some times a second.
pub trait Progress {
    /// `issued`, `completed` and `failed` so far, `elapsed` since the start.
    fn tick(&mut self, elapsed: Duration, issued: u64, completed: u64, failed: u64);
    /// The same with all that can be seen at that moment.
    fn live(&mut self, _live: &Live) {}
    /// A new phase began, such as `counting tokens`.
    fn phase(&mut self, name: &str);
    /// Something that the user should not miss.
    fn note(&mut self, text: &str) {
        self.phase(text);
    }
}

/// Set by SIGINT or SIGTERM; every thread looks at it.
pub type Interrupt = Arc<AtomicBool>;

/// Loads the endpoint as `options` say, and writes the report folder.
///
/// Failed requests are part of the outcome; an error means that there is no run to report on, or that its log could
/// not be written.
pub fn run(
    options: &RunOptions,
    progress: &mut dyn Progress,
    interrupt: &Interrupt,
) -> Result<RunOutcome, RunError> {
    let source = options.tokenizer.clone();
    let counter = thread::spawn(move || source.as_ref().map(TokenModel::load).transpose());
    progress.phase("reading the dataset");
    let prepared = prepare::prepare(options)?;
    progress.phase("connecting");
    let addresses = find_addresses(&prepared, options.limits.connect_timeout, interrupt)?;
    // Waited for here: a bad file must not be found out after hours of load, nor be loaded on a client's core.
    let counter = counter.join().map_err(|_| RunError::TokenizerThread)??;
    let counter = counter.map(Arc::new);
    report_folder::prepare(&options.out, options.overwrite)?;
    progress.phase(if prepared.warmup.is_some() {
        "warming up"
    } else {
        "sending requests"
    });
    let window = window::run(
        options,
        prepared,
        &addresses,
        counter.as_ref(),
        progress,
        interrupt,
    )?;
    if window.state == RunState::Interrupted {
        let counting = if counter.is_some() {
            " and counting its tokens"
        } else {
            ""
        };
        progress.note(&format!(
            "interrupted: reporting what was measured until now{counting}; a second signal ends the program at once"
        ));
    }
    let mut info = RunInfo::from(options);
    info.client_notes.clone_from(&window.notices);
    if let (Some(info), Some(head_start)) = (&mut info.live_tokens, &window.head_start) {
        info.n_requests = u64::try_from(head_start.n_requests()).ok();
    }
    report_files::keep_info(&options.out, &info)?;
    // An interrupted run is still counted and reported; a second signal ends the program at once.
    let never = AtomicBool::new(false);
    let interrupt = if window.state == RunState::Interrupted {
        &never
    } else {
        &**interrupt
    };
    let finished = report_files::finish_within(
        &options.out,
        &info,
        counter.as_deref(),
        window.head_start.as_ref(),
        interrupt,
        options.drain_timeout,
        progress,
    )?;
    if options.events_jsonl {
        progress.phase("writing events.jsonl");
        report_files::write_events_jsonl(&options.out)?;
    }
    let mut notices = window.notices;
    notices.extend(
        finished
            .counted
            .iter()
            .flat_map(|counted| counted.notices.clone()),
    );
    // A signal during the counting interrupts the run too, though its window is complete.
    let was_cut = finished.metrics.n_pending_tasks > 0 && interrupt.load(Ordering::Relaxed);
    notices.extend(finished.answer_notes);
    Ok(RunOutcome {
        state: if was_cut {
            RunState::Interrupted
        } else {
            finished.metrics.state
        },
        n_issued: finished.metrics.n_issued,
        n_completed: finished.metrics.n_completed,
        failures: finished.metrics.failures,
        n_pending_tasks: finished.metrics.n_pending_tasks,
        examples: finished.examples,
        health: window.health,
        notices,
        report: finished.text,
    })
}

/// How often it is looked whether a signal came while the servers' addresses are found.
const INTERRUPT_POLL: Duration = Duration::from_millis(20);

/// An address of each server that takes connections. A signal ends the search at once.
fn find_addresses(
    prepared: &prepare::Prepared,
    connect_timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Vec<SocketAddr>, RunError> {
    let endpoints: Vec<Endpoint> = prepared
        .servers
        .iter()
        .map(|server| server.endpoint.clone())
        .collect();
    let (sender, found) = channel();
    // Resolving a name can't be given up, so it is left behind.
    thread::spawn(move || {
        let find = |endpoint: &Endpoint| {
            find_address(endpoint, connect_timeout).map_err(|unreachable| RunError::Unreachable {
                url: endpoint.url(),
                tries: unreachable.tries,
                cause: unreachable.cause,
            })
        };
        let _nobody_waits = sender.send(endpoints.iter().map(find).collect());
    });
    loop {
        if interrupt.load(Ordering::Relaxed) {
            return Err(RunError::Interrupted);
        }
        match found.recv_timeout(INTERRUPT_POLL) {
            Ok(addresses) => return addresses,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(RunError::Thread(std::io::Error::other(
                    "the search for addresses failed",
                )));
            }
        }
    }
}
