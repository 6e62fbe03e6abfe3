//! One run: load the endpoint, count tokens, write the report folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use runbench_core::record::{FailureClass, RunState};

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
    /// After this many requests were issued.
    Samples(u64),
    /// After this long; what is in flight then is waited for.
    After(Duration),
}

/// Where the tokenizer's file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenizerSource {
    /// A `tokenizer.json` on disk.
    File(PathBuf),
    /// One that the program carries (the demo's).
    Embedded(&'static [u8]),
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
    /// The report folder.
    pub out: PathBuf,
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
