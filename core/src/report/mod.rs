//! The figures of a run as files: pure functions to text.
//!
//! [`result_summary`] and [`final_snapshot`] write the files that the reference's own readers and the submission
//! checkers take (loadgen section 14), with our additions behind the reference's keys; [`text`] writes the report for
//! people. The same figures give the same bytes, wherever they are computed.

mod json;
mod reference_events;
mod result_summary;
mod sample_idx_map;
mod snapshot;
mod text;
mod timeline;

pub use reference_events::{SessionEvent, end_lines, first_chunk_line, issued_line, session_line};
pub use result_summary::result_summary;
pub use sample_idx_map::{SampleIdxMap, sample_uuid};
pub use snapshot::final_snapshot;
pub use text::text;
pub use timeline::timeline;

use crate::record::{FailureClass, RunState};

/// Version of the keys that we add to the reference's files. A reader that knows a lower one may go on reading.
pub const FORMAT_VERSION: u32 = 1;

/// What the files say of a run beside its figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportInfo {
    /// Program and version that made the run, such as `runbench 0.1.0`.
    pub version: String,
    /// Commit that the program was built from, if known.
    pub git_sha: Option<String>,
    /// The reference's name of the load pattern, such as `concurrency`.
    pub load_pattern: String,
    /// Requests a second that the load aimed at.
    pub target_qps: Option<f64>,
    /// Requests in flight that the load aimed at.
    pub target_concurrency: Option<u32>,
    /// Whether rates are taken over LoadGen's window; `None` where the load has no such choice.
    pub use_legacy_window: Option<bool>,
    /// The warm-up; `None` without one.
    pub warmup: Option<WarmUpInfo>,
    /// Seed of the arrivals.
    pub scheduler_random_seed: Option<u64>,
    /// Seed of the order of samples.
    pub dataloader_random_seed: Option<u64>,
    /// When the run ended. Nanoseconds since the Unix epoch.
    pub ended_unix_ns: u64,
    /// What else the text report says about the run: a label and a value each, such as `endpoint`.
    pub facts: Vec<(String, String)>,
    /// What makes the figures doubtful beside what they say themselves, a line each.
    pub warnings: Vec<String>,
    /// What the client noticed about itself, a line each.
    pub client_notes: Vec<String>,
    /// The counting of tokens during the run; `None` if there was none.
    pub live_tokens: Option<LiveTokensInfo>,
}

/// What the files say of tokens that were counted while the run went on.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LiveTokensInfo {
    /// On which cores.
    pub cores: Vec<usize>,
    /// Requests whose tokens were counted by the end of the run; `None` if the run didn't come to its end.
    pub n_requests: Option<u64>,
}

/// What the files say of a warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct WarmUpInfo {
    /// Requests; `None` means the dataset once.
    pub n_requests: Option<u64>,
    /// Whether prompts were salted.
    pub salt: bool,
    /// Whether it ended before the window opened.
    pub drain: bool,
    /// Its seed.
    pub seed: u64,
}

/// The name of a class in files.
pub fn class_name(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Connect => "connect",
        FailureClass::Disconnected => "disconnected",
        FailureClass::Protocol => "protocol",
        FailureClass::Status => "status",
        FailureClass::TimedOut => "timed_out",
        FailureClass::TooLarge => "too_large",
        FailureClass::Unreadable => "unreadable",
        FailureClass::ErrorInStream => "error_in_stream",
        FailureClass::CutShort => "cut_short",
        FailureClass::Abandoned => "abandoned",
        FailureClass::Dropped => "dropped",
        FailureClass::ConnectTimedOut => "connect_timed_out",
        FailureClass::FirstTokenTimedOut => "first_token_timed_out",
        FailureClass::Stalled => "stalled",
        FailureClass::OutOfResources => "out_of_resources",
        FailureClass::Tls => "tls",
    }
}

/// Lower-case hexadecimal digits, as files write a hash.
fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The name of a state in files.
fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Complete => "complete",
        RunState::Interrupted => "interrupted",
    }
}

#[cfg(test)]
mod fixtures {
    use crate::metrics::RunMetrics;
    use crate::metrics::{MetricsOptions, Recorder, TokenCounts};
    use crate::record::{
        CountMethod, CountingRecord, EndRecord, FailureClass, Read, RequestRecord, RunState, TokenRecord,
        TokenizerRecord, TransportEnd,
    };

    use super::ReportInfo;

    pub(super) fn info() -> ReportInfo {
        ReportInfo {
            version: "runbench 0.1.0".to_owned(),
            load_pattern: "concurrency".to_owned(),
            target_concurrency: Some(4),
            ended_unix_ns: 1_700_000_000_000_000_001,
            facts: vec![("endpoint".to_owned(), "http://127.0.0.1:8000".to_owned())],
            ..ReportInfo::default()
        }
    }

    fn request(id: u64, class: Option<FailureClass>) -> RequestRecord {
        let body = "data: {\"choices\":[{\"text\":\"a\"}]}\n\ndata: {\"choices\":[{\"text\":\"b\"}]}\n\ndata: [DONE]\n\n";
        let length = |part: usize| u64::try_from(part).unwrap();
        let issued_ns = 1_000_000 * (id + 1);
        RequestRecord {
            id,
            sample_index: 0,
            scheduled_ns: issued_ns,
            issued_ns: issued_ns + 1000,
            head_ns: Some(issued_ns + 2000),
            done_ns: issued_ns + 9_000_000,
            http_status: Some(200),
            event_stream: true,
            reads: vec![
                Read {
                    at_ns: issued_ns + 3_000_000,
                    body_end: length(40),
                },
                Read {
                    at_ns: issued_ns + 9_000_000,
                    body_end: length(body.len()),
                },
            ],
            body: body.as_bytes().to_vec(),
            connection: crate::record::ConnectionUse::default(),
            end: class.map_or(TransportEnd::Complete, |class| {
                TransportEnd::Failed(class, "no answer within 2 s".to_owned())
            }),
        }
    }

    /// 20 good requests and 2 failed ones; token counts of all but `uncounted` of the good ones, or of none.
    pub(super) fn run(tokenizer: bool, uncounted: u64, state: RunState) -> RunMetrics {
        let mut tokens = TokenCounts::default();
        for id in uncounted..20 {
            tokens.push(&TokenRecord {
                id,
                isl: 7,
                osl: Some(10 + id),
                after_first: Some(9 + id),
            });
        }
        tokens.sort();
        let mut recorder = Recorder::new(MetricsOptions {
            concurrency: Some(4),
            streaming: true,
            end: Some(EndRecord {
                state,
                started_ns: 1_000_000,
                ended_ns: 40_000_000,
            }),
            tokenizer: tokenizer.then(|| TokenizerRecord {
                sha256: [0xAB; 32],
                counter: "tokenizers 0.23.2".to_owned(),
                add_special_tokens: false,
            }),
            counting: tokenizer.then_some(CountingRecord {
                method: CountMethod::FastVerified,
                n_checked: 60,
                difference: None,
            }),
            tokens,
            ..MetricsOptions::default()
        });
        for id in 0..22 {
            let class = (id >= 20).then_some(FailureClass::TimedOut);
            let request = request(id, class);
            recorder.push(&request, &crate::answer::decode(&request));
        }
        recorder.finish()
    }
}
