//! What the report says of a run beside its figures, kept in the log so that the log alone gives the report again.

use std::path::{Path, PathBuf};

use runbench_core::metrics::Slo;
use runbench_core::record::{HeadRecord, Record};
use runbench_core::report::{LiveTokensInfo, WarmUpInfo};
use serde::{Deserialize, Serialize};

use crate::affinity::cores_in_words;
use crate::event_files::{self, EventLog, EventLogError, LogWriteError};
use crate::run::{Load, RunOptions};
use crate::tokens::TokenizerSource;

/// What the configuration says of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunInfo {
    /// The reference's name of the load pattern, such as `concurrency`.
    pub load_pattern: String,
    /// Requests in flight.
    pub concurrency: Option<u32>,
    /// Requests a second that the load aimed at.
    pub target_qps: Option<f64>,
    /// Whether answers were asked for as streams.
    pub streaming: bool,
    /// Whether rates are taken over LoadGen's window; `None` where the load has no such choice.
    pub use_legacy_window: Option<bool>,
    /// The warm-up; `None` without one.
    pub warmup: Option<WarmUpInfo>,
    /// Seed of the arrivals.
    pub scheduler_random_seed: Option<u64>,
    /// Seed of the order of samples.
    pub dataloader_random_seed: Option<u64>,
    /// Limits that a request must keep to count for goodput.
    pub slo: Slo,
    /// Whether the load itself makes requests wait past their time.
    pub sends_may_wait: bool,
    /// What the text report shows beside: a label and a value each.
    pub facts: Vec<(String, String)>,
    /// What the client noticed about itself, a line each.
    pub client_notes: Vec<String>,
    /// The tokenizer's file, if it was one.
    pub tokenizer: Option<PathBuf>,
    /// The counting of tokens during the run; `None` if there was none.
    pub live_tokens: Option<LiveTokensInfo>,
}

impl From<&RunOptions> for RunInfo {
    fn from(options: &RunOptions) -> Self {
        let live = options.live_tokens.as_deref();
        let fact = |label: &str, value: String| (label.to_owned(), value);
        Self {
            load_pattern: options.load_name().to_owned(),
            concurrency: options.target_concurrency(),
            target_qps: options.target_qps(),
            streaming: options.streaming,
            use_legacy_window: matches!(options.load, Load::Poisson { .. }).then_some(options.legacy_window),
            warmup: options.warmup.map(|warmup| WarmUpInfo {
                n_requests: warmup.n_requests,
                salt: warmup.salt,
                drain: warmup.drain,
                seed: warmup.seed,
            }),
            scheduler_random_seed: Some(options.schedule_seed),
            dataloader_random_seed: options.order_seed(),
            slo: options.goodput,
            sends_may_wait: options.sends_may_wait(),
            facts: [
                Some(fact("endpoint", options.endpoints.join(", "))),
                Some(fact("model", options.model.clone())),
                Some(fact("dataset", options.dataset.display().to_string())),
                Some(fact("load", options.load_in_words())),
                live.map(|cores| {
                    fact(
                        "live tokens",
                        format!("counted during the run, on {}", cores_in_words(cores)),
                    )
                }),
            ]
            .into_iter()
            .flatten()
            .collect(),
            client_notes: Vec::new(),
            tokenizer: match &options.tokenizer {
                Some(TokenizerSource::File(path)) => Some(path.clone()),
                Some(TokenizerSource::Embedded(_)) | None => None,
            },
            live_tokens: live.map(|cores| LiveTokensInfo {
                cores: cores.to_vec(),
                n_requests: None,
            }),
        }
    }
}

impl RunInfo {
    /// Keeps it in the log of the report in `out`, in place of what was kept before.
    pub fn keep(&self, out: &Path, head: &HeadRecord) -> Result<(), LogWriteError> {
        let folder = event_files::folder(out);
        let json = serde_json::to_string(self).map_err(|error| LogWriteError {
            path: folder.join(event_files::INFO),
            cause: error.into(),
        })?;
        event_files::replace(&folder, event_files::INFO, head, |writer| {
            writer.push(&Record::Info(json))
        })
    }

    /// What a log holds; `None` if it holds nothing that can be read, as one of version 1.
    pub fn of_log(log: &EventLog) -> Result<Option<Self>, EventLogError> {
        let mut info = None;
        for record in log.info_records()? {
            if let Record::Info(json) = record? {
                info = serde_json::from_str(&json).ok();
            }
        }
        Ok(info)
    }

    /// What can be said of a run whose log doesn't hold it: whether anything was streamed.
    pub fn guess(log: &EventLog) -> Result<Self, EventLogError> {
        let mut streaming = false;
        for record in log.records() {
            if let Record::Request(request) = record? {
                streaming = request.event_stream;
                if streaming {
                    break;
                }
            }
        }
        Ok(Self {
            streaming,
            ..Self::default()
        })
    }
}
