//! Records and answers to the figures of a run (loadgen section 12).
//!
//! Headline figures are those of successful requests. Failed ones are counted apart, by class; what the reference
//! would have said, whose "completed" includes failed requests, is kept in [`ReferenceCompat`].

mod counts;
mod goodput;
mod recorder;
mod timeline;

use std::collections::BTreeMap;

use crate::record::{CountMethod, CountingRecord, FailureClass, RunState, TokenizerRecord};
use crate::stats::{Percentile, SeriesSummary};

pub use counts::{TokenCount, TokenCounts};
pub use goodput::{Goodput, Slo};
pub use recorder::{CHUNK_DELTA_CAPACITY, MetricsOptions, Recorder};
pub use timeline::{Step, Timeline};

/// How often each finish reason was given, of successful requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FinishReasons {
    /// `stop`.
    pub stop: u64,
    /// `length`.
    pub length: u64,
    /// `tool_calls`.
    pub tool_calls: u64,
    /// `content_filter`.
    pub content_filter: u64,
    /// `function_call`.
    pub function_call: u64,
    /// Any other text. Answers without a reason count nowhere.
    pub other: u64,
}

impl FinishReasons {
    /// The reasons with the names that the files give them, in the files' order.
    pub fn entries(&self) -> [(&'static str, u64); 6] {
        [
            ("stop", self.stop),
            ("length", self.length),
            ("tool_calls", self.tool_calls),
            ("content_filter", self.content_filter),
            ("function_call", self.function_call),
            ("other", self.other),
        ]
    }

    fn add(&mut self, reason: &str) {
        let count = match reason {
            "stop" => &mut self.stop,
            "length" => &mut self.length,
            "tool_calls" => &mut self.tool_calls,
            "content_filter" => &mut self.content_filter,
            "function_call" => &mut self.function_call,
            _ => &mut self.other,
        };
        *count = count.saturating_add(1);
    }
}

/// The series of a run; each is `None` without samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// End less issue. Nanoseconds.
    pub sample_latency_ns: Option<SeriesSummary>,
    /// End less scheduled time, in which a client that sends late shows. Nanoseconds.
    pub latency_from_schedule_ns: Option<SeriesSummary>,
    /// First chunk less issue; streamed answers with a chunk only. Nanoseconds.
    pub ttft_ns: Option<SeriesSummary>,
    /// First chunk of the answer's own text (not reasoning, not blank) less issue. Nanoseconds.
    pub first_text_ns: Option<SeriesSummary>,
    /// Gaps between successive chunks of an answer; not gaps between tokens. Nanoseconds.
    pub chunk_delta_ns: Option<SeriesSummary>,
    /// (Last chunk less first chunk) / tokens after the first chunk: the mean gap between tokens of each answer.
    /// Nanoseconds a token.
    pub itl_token_ns: Option<SeriesSummary>,
    /// (End less first chunk) / tokens after the first chunk. Nanoseconds a token.
    pub tpot_ns: Option<SeriesSummary>,
    /// Tokens of the prompt.
    pub isl: Option<SeriesSummary>,
    /// Tokens of the answer.
    pub osl: Option<SeriesSummary>,
    /// Issue less scheduled time, of every request that got a connection, failed ones too: the client's own lateness.
    /// Nanoseconds.
    pub send_lag_ns: Option<SeriesSummary>,
}

/// What the reference reports where it counts otherwise: its "completed" includes failed requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReferenceCompat {
    /// Requests that ended, well or badly. Those abandoned by an interrupt are not among them.
    pub n_samples_completed: u64,
    /// Those of them that failed.
    pub n_samples_failed: u64,
    /// `n_samples_completed` a second.
    pub qps: Option<f64>,
}

/// Percentiles in which every failed request is an infinite sample; empty without a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WithFailures {
    /// [`Series::ttft_ns`]; empty also without streaming.
    pub ttft_ns: Vec<(Percentile, f64)>,
    /// [`Series::tpot_ns`]; empty also without streaming or token counts.
    pub tpot_ns: Vec<(Percentile, f64)>,
    /// [`Series::sample_latency_ns`].
    pub sample_latency_ns: Vec<(Percentile, f64)>,
}

/// The figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunMetrics {
    /// How the run ended; a log without an end is that of an interrupted run.
    pub state: RunState,
    /// Requests issued: always completed + failed.
    pub n_issued: u64,
    /// Requests answered well.
    pub n_completed: u64,
    /// Requests that failed.
    pub n_failed: u64,
    /// The failed ones by class.
    pub failures: BTreeMap<FailureClass, u64>,
    /// One message of each class, the first that was met.
    pub failure_examples: BTreeMap<FailureClass, String>,
    /// Successful requests whose tokens should have been counted and weren't; 0 without a tokenizer.
    pub n_pending_tasks: u64,
    /// Who counted; `None` if nobody did.
    pub tokenizer: Option<TokenizerRecord>,
    /// How it was counted, where the log says so: one of version 1 doesn't.
    pub counting: Option<CountingRecord>,
    /// Requests in flight at once; `None` if that wasn't what the load was controlled by.
    pub concurrency: Option<u32>,
    /// Whether answers came as streams: series of chunks exist then, even if empty.
    pub streaming: bool,
    /// Last end of a request, good or failed, less the start; `None` if nothing ended. Nanoseconds.
    pub duration_ns: Option<u64>,
    /// End of the request issued last less the first issue, over all that ended. Nanoseconds.
    pub legacy_window_ns: u64,
    /// Whether QPS and TPS are those of LoadGen's window where there is one (loadgen section 12.4).
    pub use_legacy_window: bool,
    /// End of the run less its start. Nanoseconds.
    pub total_duration_ns: u64,
    /// The series.
    pub series: Series,
    /// The percentiles of a user who counts failures.
    pub with_failures: WithFailures,
    /// Requests that kept the limits given; `None` without limits.
    pub goodput: Option<Goodput>,
    /// Rates and requests in flight over time.
    pub timeline: Timeline,
    /// Whether the client kept up.
    pub late_sends: LateSends,
    /// Why servers stopped.
    pub finish_reasons: FinishReasons,
    /// Requests whose answer carried the server's own token counts, and what those add up to.
    pub server_usage: ServerUsage,
    /// The reference's own figures.
    pub reference: ReferenceCompat,
}

/// Lateness of the client from which a request counts as sent late. Nanoseconds.
const LATE_NS: u64 = 1_000_000;

/// Requests that the client sent late, once it was under way.
///
/// The opening burst is left out: with a fixed concurrency its requests are all due at the same instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateSends {
    /// Requests after the opening burst that got a connection.
    pub n_sent: u64,
    /// Those of them that were sent 1 ms or more after their time.
    pub n_late: u64,
}

impl LateSends {
    fn push(&mut self, id: u64, lag_ns: u64, concurrency: Option<u32>) {
        if id >= concurrency.map_or(0, u64::from) {
            self.n_sent = self.n_sent.saturating_add(1);
            self.n_late = self.n_late.saturating_add(u64::from(lag_ns >= LATE_NS));
        }
    }

    /// Whether more than 1 % were late: then the client, not the endpoint, may have been the limit.
    pub fn client_may_be_limit(self) -> bool {
        self.n_late.saturating_mul(100) > self.n_sent
    }
}

/// Sum of the counts that servers claim. Evidence beside ours, never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerUsage {
    /// Successful answers with a `completion_tokens`.
    pub answers: u64,
    /// Sum of `prompt_tokens`.
    pub prompt_tokens: u64,
    /// Sum of `completion_tokens`.
    pub completion_tokens: u64,
}

impl RunMetrics {
    /// Whether the run ended by itself and every token was counted.
    pub fn is_complete(&self) -> bool {
        self.state == RunState::Complete && self.n_pending_tasks == 0
    }

    /// How tokens were counted, in the words of files: `fast_verified`, `oracle`, or `incomplete` while some are
    /// pending. `None` without a tokenizer.
    pub fn count_method(&self) -> Option<&'static str> {
        self.tokenizer.as_ref()?;
        // Those who wrote a log of version 1 knew nothing but the oracle.
        let method = self
            .counting
            .map_or(CountMethod::Oracle, |counting| counting.method);
        Some(match method {
            _ if self.n_pending_tasks > 0 => "incomplete",
            CountMethod::FastVerified => "fast_verified",
            CountMethod::Oracle => "oracle",
        })
    }

    /// [`Self::duration_ns`] in seconds.
    pub fn duration_s(&self) -> Option<f64> {
        self.duration_ns.and_then(counts::seconds)
    }

    /// Successful requests a second.
    pub fn qps(&self) -> Option<f64> {
        Some(counts::float(self.n_completed) / self.duration_s()?)
    }

    /// LoadGen's window, where rates are to be taken over it: asked for, not empty, and at least two requests.
    /// Nanoseconds.
    pub fn loadgen_window_ns(&self) -> Option<u64> {
        let is_usable = self.use_legacy_window && self.legacy_window_ns > 0 && self.n_completed >= 2;
        is_usable.then_some(self.legacy_window_ns)
    }

    /// The reference's `qps`: over LoadGen's window one request less, else [`Self::qps`].
    pub fn reported_qps(&self) -> Option<f64> {
        match self.loadgen_window_ns().and_then(counts::seconds) {
            Some(window_s) => Some(counts::float(self.n_completed.saturating_sub(1)) / window_s),
            None => self.qps(),
        }
    }

    /// The reference's `tps`: over LoadGen's window, else [`Self::system_tps`].
    pub fn reported_tps(&self) -> Option<f64> {
        match self.loadgen_window_ns().and_then(counts::seconds) {
            Some(window_s) => Some(self.series.osl.as_ref()?.total.to_f64() / window_s),
            None => self.system_tps(),
        }
    }

    /// Output tokens of successful requests a second, of the whole system under test. `None` without token counts.
    pub fn system_tps(&self) -> Option<f64> {
        Some(self.series.osl.as_ref()?.total.to_f64() / self.duration_s()?)
    }

    /// TPS per user as ruleset v0.1 defines it: system TPS / concurrency.
    pub fn tps_per_user_of_system(&self) -> Option<f64> {
        let concurrency = self.concurrency.filter(|concurrency| *concurrency > 0)?;
        Some(self.system_tps()? / f64::from(concurrency))
    }

    /// TPS per user as ruleset v1.5 defines it: 1000 / (90th percentile of TPOT in milliseconds).
    pub fn tps_per_user_of_tpot(&self) -> Option<f64> {
        let tpot_p90_ms = self.series.tpot_ns.as_ref()?.percentile(90.0)? / 1e6;
        Some(1000.0 / tpot_p90_ms).filter(|tps| tps.is_finite())
    }
}
