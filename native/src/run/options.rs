//! What to run.

use std::path::PathBuf;
use std::time::Duration;

use runbench_core::metrics::Slo;
use runbench_core::order::Order;
use runbench_core::schedule::OverCap;

use crate::dataset::{Columns, Format};
use crate::tokens::TokenizerSource;

/// Which route a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `v1/chat/completions`.
    Chat,
    /// `v1/completions`.
    Completions,
}

/// How load is offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// [`RunOptions::concurrency`] requests in flight.
    Concurrency,
    /// Everything at once.
    MaxThroughput,
    /// Random arrivals, so many a second on average.
    Poisson {
        /// Requests a second.
        qps: f64,
    },
    /// Arrivals at equal gaps.
    Constant {
        /// Requests a second.
        qps: f64,
    },
}

/// When to stop issuing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopRule {
    /// After each row of the dataset was sent once.
    DatasetOnce,
    /// After this many requests were issued.
    Samples(u64),
    /// After this long, and not before; what is in flight then is waited for.
    After(Duration),
    /// Once both floors are reached, and in any case at the maximum.
    Bounds {
        /// At least so many requests; `None` means the dataset once, or with a minimum duration no number.
        samples: Option<u64>,
        /// At least so long.
        min_duration: Duration,
        /// At most so long.
        max_duration: Option<Duration>,
    },
    /// After as many requests as the reference would issue for this duration (loadgen section 4).
    ReferenceCount {
        /// The reference's `min_duration_ms`.
        min_duration: Duration,
        /// At most so long.
        max_duration: Option<Duration>,
    },
}

/// What is sent before the timed window, and recorded nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUpOptions {
    /// Requests; `None` means each row of the dataset once.
    pub n_requests: Option<u64>,
    /// Whether each prompt gets a salt of its own, so that it fills no cache that the measured ones could use.
    pub salt: bool,
    /// Whether its requests must have ended before the window opens.
    pub drain: bool,
    /// Seed of its rate; its order takes the next number, its salts the one after that.
    pub seed: u64,
    /// How long its requests are waited for with `drain`.
    pub drain_timeout: Option<Duration>,
}

impl Default for WarmUpOptions {
    fn default() -> Self {
        Self {
            n_requests: None,
            salt: false,
            drain: false,
            seed: 42,
            drain_timeout: Some(Duration::from_mins(4)),
        }
    }
}

/// Parameters of generation that every request carries; an absent one is not sent. `temperature` and the like are the
/// JSON texts of their numbers, which are sent as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sampling {
    /// `temperature`.
    pub temperature: Option<String>,
    /// `seed`, chat only.
    pub seed: Option<String>,
    /// `top_p`.
    pub top_p: Option<String>,
    /// `top_k`.
    pub top_k: Option<String>,
    /// `repetition_penalty`.
    pub repetition_penalty: Option<String>,
    /// `presence_penalty`.
    pub presence_penalty: Option<String>,
    /// `frequency_penalty`.
    pub frequency_penalty: Option<String>,
    /// `chat_template_kwargs`, chat only: a JSON object.
    pub chat_template_kwargs: Option<String>,
    /// `min_tokens`, completions only; 1 when absent.
    pub min_output_tokens: Option<u32>,
    /// `skip_special_tokens`, completions only; true when absent.
    pub skip_special_tokens: Option<bool>,
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
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of a run: independent of each other"
)]
pub struct RunOptions {
    /// Roots of the servers that share the load; a trailing `/v1` is accepted. At least one.
    pub endpoints: Vec<String>,
    /// Model name sent in every request.
    pub model: String,
    /// File of prompts.
    pub dataset: PathBuf,
    /// Its format; `None` goes by its ending.
    pub dataset_format: Option<Format>,
    /// Which of its columns stand for others.
    pub columns: Columns,
    /// Chat or completions.
    pub api: Api,
    /// How load is offered.
    pub load: Load,
    /// Requests in flight, with [`Load::Concurrency`].
    pub concurrency: u32,
    /// The most requests in flight, with any other load.
    pub max_in_flight: Option<u32>,
    /// What becomes of arrivals beyond `max_in_flight`.
    pub over_cap: OverCap,
    /// When to stop issuing.
    pub stop: StopRule,
    /// How long requests in flight are waited for after that; `None`: until each has ended or timed out.
    pub performance_drain_timeout: Option<Duration>,
    /// Which row each request sends.
    pub order: Order,
    /// Seed of Poisson arrivals.
    pub schedule_seed: u64,
    /// What is sent before the timed window.
    pub warmup: Option<WarmUpOptions>,
    /// Whether answers are streamed.
    pub streaming: bool,
    /// `max_completion_tokens` or `max_tokens` of every request.
    pub max_output_tokens: u32,
    /// Other parameters of every request.
    pub sampling: Sampling,
    /// Names and values of headers that every request carries too.
    pub headers: Vec<(String, String)>,
    /// Whether each request carries an `X-Request-ID`.
    pub request_ids: bool,
    /// Environment variable that holds the bearer key; the key itself is never logged.
    pub api_key_env: Option<String>,
    /// Who counts tokens; without it token figures are absent.
    pub tokenizer: Option<TokenizerSource>,
    /// Limits that a request must meet to count for goodput.
    pub goodput: Slo,
    /// Whether QPS and TPS of a Poisson load are those of LoadGen's window too.
    pub legacy_window: bool,
    /// Client threads; `None` chooses by the cores allowed.
    pub threads: Option<usize>,
    /// Cores that the client threads may be pinned to; `None` means all allowed ones.
    pub cores: Option<Vec<usize>>,
    /// Cores on which tokens are counted while the run goes on, none of them a client thread's; `None` counts them all
    /// after the run.
    pub live_tokens: Option<Vec<usize>>,
    /// Whether any certificate of a server is trusted.
    pub insecure: bool,
    /// Certificates in PEM form that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Time-out of one request, from its issue to the answer's end.
    pub request_timeout: Duration,
    /// How long counting tokens may take after the run; zero is no limit.
    pub drain_timeout: Duration,
    /// Limits on what one request may take.
    pub limits: Limits,
    /// The report folder; made if it doesn't exist, and else empty.
    pub out: PathBuf,
    /// Whether an earlier run in `out` is replaced.
    pub overwrite: bool,
    /// Whether the reference's `events.jsonl` is written too.
    pub events_jsonl: bool,
}

impl RunOptions {
    /// The defaults: chat, streamed, one request at a time, each row of the dataset once, in an order shuffled by
    /// seed 42.
    pub fn new(endpoint: &str, model: &str, dataset: PathBuf, out: PathBuf) -> Self {
        Self {
            endpoints: vec![endpoint.to_owned()],
            model: model.to_owned(),
            dataset,
            dataset_format: None,
            columns: Columns::default(),
            api: Api::Chat,
            load: Load::Concurrency,
            concurrency: 1,
            max_in_flight: None,
            over_cap: OverCap::Wait,
            stop: StopRule::DatasetOnce,
            performance_drain_timeout: None,
            order: Order::Shuffled { seed: 42 },
            schedule_seed: 42,
            warmup: None,
            streaming: true,
            max_output_tokens: 1024,
            sampling: Sampling::default(),
            headers: Vec::new(),
            request_ids: true,
            api_key_env: None,
            tokenizer: None,
            goodput: Slo::default(),
            legacy_window: true,
            threads: None,
            cores: None,
            live_tokens: None,
            insecure: false,
            ca_file: None,
            request_timeout: Duration::from_mins(10),
            drain_timeout: Duration::ZERO,
            limits: Limits::default(),
            out,
            overwrite: false,
            events_jsonl: false,
        }
    }

    /// The first of the endpoints; empty if there is none.
    pub fn endpoint(&self) -> &str {
        self.endpoints.first().map_or("", String::as_str)
    }

    /// Requests a second that the load aims at.
    pub fn target_qps(&self) -> Option<f64> {
        match self.load {
            Load::Poisson { qps } | Load::Constant { qps } => Some(qps),
            Load::Concurrency | Load::MaxThroughput => None,
        }
    }

    /// Requests in flight that the load aims at, if that is what controls it.
    pub fn target_concurrency(&self) -> Option<u32> {
        (self.load == Load::Concurrency).then_some(self.concurrency)
    }

    /// Whether the load itself makes requests wait past their time: everything is due at once, or arrivals wait for a
    /// place in flight.
    pub fn sends_may_wait(&self) -> bool {
        match self.load {
            Load::Concurrency => false,
            Load::MaxThroughput => true,
            Load::Poisson { .. } | Load::Constant { .. } => {
                self.max_in_flight.is_some() && self.over_cap == OverCap::Wait
            }
        }
    }

    /// The load's name: the reference's where it has one.
    pub fn load_name(&self) -> &'static str {
        match self.load {
            Load::Concurrency => "concurrency",
            Load::MaxThroughput => "max_throughput",
            Load::Poisson { .. } => "poisson",
            Load::Constant { .. } => "constant",
        }
    }

    /// Seed of the order, where it has one.
    pub fn order_seed(&self) -> Option<u64> {
        match self.order {
            Order::Shuffled { seed } | Order::WithReplacement { seed } => Some(seed),
            Order::Sequential | Order::Single(_) => None,
        }
    }

    /// What is offered, how, and until when.
    pub fn load_in_words(&self) -> String {
        let load = match self.load {
            Load::Concurrency => format!("concurrency {}", self.concurrency),
            Load::MaxThroughput => "everything at once".to_owned(),
            Load::Poisson { qps } => format!("{qps} requests/s, Poisson"),
            Load::Constant { qps } => format!("{qps} requests/s, equal gaps"),
        };
        let cap = match (self.load, self.max_in_flight) {
            (Load::Concurrency, _) | (_, None) => String::new(),
            (_, Some(cap)) => format!(", at most {cap} in flight"),
        };
        let streaming = if self.streaming {
            "streamed answers"
        } else {
            "whole answers"
        };
        let up_to =
            |limit: Option<Duration>| limit.map_or(String::new(), |limit| format!(", at most {limit:?}"));
        let stop = match self.stop {
            StopRule::DatasetOnce => "the dataset once".to_owned(),
            StopRule::Samples(samples) => format!("{samples} requests"),
            StopRule::After(duration) => format!("{duration:?}"),
            StopRule::Bounds {
                samples,
                min_duration,
                max_duration,
            } => {
                let floors = match (samples, min_duration.is_zero()) {
                    (None, true) => "the dataset once".to_owned(),
                    (None, false) => format!("at least {min_duration:?}"),
                    (Some(samples), true) => format!("{samples} requests"),
                    (Some(samples), false) => format!("at least {samples} requests and {min_duration:?}"),
                };
                format!("{floors}{}", up_to(max_duration))
            }
            StopRule::ReferenceCount {
                min_duration,
                max_duration,
            } => format!(
                "the reference's count for {min_duration:?}{}",
                up_to(max_duration)
            ),
        };
        format!("{load}{cap}, {streaming}, {stop}")
    }
}
