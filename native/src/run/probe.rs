//! One request outside of any run.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use runbench_core::answer::{self, Answer, Failure};
use runbench_core::order::Order;
use runbench_core::record::{Record, RequestRecord};

use super::{Api, Interrupt, Progress, RunError, RunOptions, StopRule, run};
use crate::event_files::{self, EventLog};

/// What to ask.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// The server's root.
    pub endpoint: String,
    /// Model name.
    pub model: String,
    /// What is asked.
    pub prompt: String,
    /// Chat or completions.
    pub api: Api,
    /// Whether the answer is streamed.
    pub streaming: bool,
    /// The most tokens that the answer may have.
    pub max_output_tokens: u32,
    /// Environment variable that holds the bearer key.
    pub api_key_env: Option<String>,
    /// Names and values of other headers.
    pub headers: Vec<(String, String)>,
    /// Time-out of the request.
    pub request_timeout: Duration,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The transport's view.
    pub record: RequestRecord,
    /// The answer that its bytes make, or why they make none.
    pub answer: Result<Answer, Failure>,
}

struct Silent;

impl Progress for Silent {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}
    fn phase(&mut self, _name: &str) {}
}

/// Sends one request through the same engine as a run, in a folder that is gone afterwards.
pub fn probe(options: &ProbeOptions, interrupt: &Interrupt) -> Result<Probed, RunError> {
    let folder = Scratch::new()?;
    let dataset = folder.0.join("prompt.jsonl");
    let row = serde_json::json!({ "prompt": options.prompt });
    let unwritable = |cause| RunError::FolderUnwritable {
        folder: folder.0.clone(),
        cause,
    };
    std::fs::write(&dataset, row.to_string()).map_err(unwritable)?;
    let out = folder.0.join("out");
    let mut run_options = RunOptions::new(&options.endpoint, &options.model, dataset, out.clone());
    run_options.api = options.api;
    run_options.streaming = options.streaming;
    run_options.max_output_tokens = options.max_output_tokens;
    run_options.api_key_env.clone_from(&options.api_key_env);
    run_options.headers.clone_from(&options.headers);
    run_options.request_timeout = options.request_timeout;
    run_options.stop = StopRule::Samples(1);
    run_options.order = Order::Sequential;
    run_options.threads = Some(1);
    run(&run_options, &mut Silent, interrupt)?;
    let log = EventLog::open(&event_files::folder(&out))?;
    for record in log.records() {
        if let Record::Request(record) = record? {
            let answer = answer::decode(&record);
            return Ok(Probed { record, answer });
        }
    }
    Err(RunError::BadOption(
        "interrupted before the request was sent".to_owned(),
    ))
}

/// A folder that is removed when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, RunError> {
        let root = std::env::temp_dir();
        let folder = |n: u32| root.join(format!("runbench-probe-{}-{n}", std::process::id()));
        // Another program with this id may have left one behind.
        let mut made = std::fs::create_dir(folder(0)).map(|()| folder(0));
        for n in 1..100 {
            match &made {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    made = std::fs::create_dir(folder(n)).map(|()| folder(n));
                }
                _ => break,
            }
        }
        made.map(Self).map_err(|cause| RunError::FolderUnwritable {
            folder: root.clone(),
            cause,
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind in the system's folder for such things harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
