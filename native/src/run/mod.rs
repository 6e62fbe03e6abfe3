//! One run: load the endpoint, count tokens, write the report folder.

mod client_notes;
mod config_yaml;
mod error;
mod explain;
mod prepare;
mod report_folder;
mod request_headers;
mod window;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use runbench_core::record::{FailureClass, HealthRecord, RunState};

use crate::endpoint::find_address;
use crate::report_files::{self, RunInfo};
use crate::tokens::{TokenModel, TokenizerSource};

pub use client_notes::client_notes;
pub use error::RunError;
pub use explain::{Asked, FailureExample, FailureExamples, explain};

/// Which route a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `v1/chat/completions`.
    Chat,
    /// `v1/completions`.
    Completions,
}

/// When to stop issuing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopRule {
    /// After each row of the dataset was sent once.
    DatasetOnce,
    /// After this many requests were issued.
    Samples(u64),
    /// After this long; what is in flight then is waited for.
    After(Duration),
}

/// Limits on what one request may take, beside its time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection is there.
    pub connect_timeout: Duration,
    /// From a streamed request's issue to the first text of its answer; `None` sets no limit of its own.
    pub first_token_timeout: Option<Duration>,
    /// Between two reads of an answer; `None` sets no limit of its own.
    pub stall_timeout: Option<Duration>,
    /// Body of one answer. Bytes.
    pub answer_bytes: u64,
    /// How long requests in flight may go on after an interrupt.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            first_token_timeout: None,
            stall_timeout: None,
            answer_bytes: 64 << 20,
            grace: Duration::from_secs(2),
        }
    }
}

/// What to run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The server's root; a trailing `/v1` is accepted.
    pub endpoint: String,
    /// Model name sent in every request.
    pub model: String,
    /// JSON Lines file of prompts.
    pub dataset: PathBuf,
    /// Chat or completions.
    pub api: Api,
    /// Requests in flight.
    pub concurrency: u32,
    /// When to stop issuing.
    pub stop: StopRule,
    /// Whether answers are streamed.
    pub streaming: bool,
    /// `max_completion_tokens` or `max_tokens` of every request.
    pub max_output_tokens: u32,
    /// Environment variable that holds the bearer key; the key itself is never logged.
    pub api_key_env: Option<String>,
    /// Who counts tokens; without it token figures are absent.
    pub tokenizer: Option<TokenizerSource>,
    /// Client threads; `None` chooses by the cores allowed.
    pub threads: Option<usize>,
    /// Cores that the client threads may be pinned to; `None` means all allowed ones.
    pub cores: Option<Vec<usize>>,
    /// Time-out of one request, from its issue to the answer's end.
    pub request_timeout: Duration,
    /// Limits on what one request may take.
    pub limits: Limits,
    /// The report folder; made if it doesn't exist, and else empty.
    pub out: PathBuf,
    /// Whether an earlier run in `out` is replaced.
    pub overwrite: bool,
}

impl RunOptions {
    /// The defaults: chat, streamed, one request at a time, the dataset once.
    pub fn new(endpoint: &str, model: &str, dataset: PathBuf, out: PathBuf) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            model: model.to_owned(),
            dataset,
            api: Api::Chat,
            concurrency: 1,
            stop: StopRule::DatasetOnce,
            streaming: true,
            max_output_tokens: 1024,
            api_key_env: None,
            tokenizer: None,
            threads: None,
            cores: None,
            request_timeout: Duration::from_mins(10),
            limits: Limits::default(),
            out,
            overwrite: false,
        }
    }
}

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
    /// A new phase began, such as `counting tokens`.
    fn phase(&mut self, name: &str);
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
    let address =
        find_address(&prepared.endpoint, options.limits.connect_timeout).map_err(|unreachable| {
            RunError::Unreachable {
                url: prepared.endpoint.url(),
                tries: unreachable.tries,
                cause: unreachable.cause,
            }
        })?;
    // Waited for here: a bad file must not be found out after hours of load, nor be loaded on a client's core.
    let counter = counter.join().map_err(|_| RunError::TokenizerThread)??;
    report_folder::prepare(&options.out, options.overwrite)?;
    progress.phase("sending requests");
    let window = window::run(options, prepared, address, progress, interrupt)?;
    let mut info = RunInfo::from(options);
    info.client_notes.clone_from(&window.notices);
    // An interrupted run is still counted and reported; a second signal ends the program at once.
    let never = AtomicBool::new(false);
    let interrupt = if window.state == RunState::Interrupted {
        &never
    } else {
        &**interrupt
    };
    let finished = report_files::finish(&options.out, &info, counter.as_ref(), interrupt, progress)?;
    // A signal during the counting interrupts the run too, though its window is complete.
    let was_cut = finished.metrics.n_pending_tasks > 0 && interrupt.load(Ordering::Relaxed);
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
        notices: window.notices,
        report: finished.text,
    })
}
