//! What a mock endpoint is asked to be.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of a mock endpoint. Shares are of 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct MockOptions {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// From a request's arrival to the first token, before jitter and slow-down.
    pub ttft: Duration,
    /// Between two tokens, before jitter and slow-down.
    pub gap: Duration,
    /// Tokens of an answer, counted by [`super::tokenizer::TOKENIZER`]. A solved problem takes more if it must.
    pub tokens: usize,
    /// Every time is multiplied by a random factor of `1 - jitter` to `1 + jitter`.
    pub jitter: f64,
    /// Each further request in flight makes every time longer by this share: a server that shares its power.
    pub load_slope: f64,
    /// Share of requests answered with status 500, evenly spread by number of arrival.
    pub failure_rate: f64,
    /// Share of problems that are answered wrongly, chosen by content.
    pub wrong_rate: f64,
    /// Seed of jitter and of what is answered wrongly.
    pub seed: u64,
    /// The one model that is served; `None` takes any name.
    pub model: Option<String>,
    /// The bearer key that requests must bring; `None` takes requests without one.
    pub api_key: Option<String>,
    /// Cores to pin to, one thread each; empty means one thread that is not pinned.
    pub cores: Vec<usize>,
    /// Where to write when each token went to its socket; `None` keeps no trace.
    pub trace: Option<PathBuf>,
}

impl Default for MockOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            ttft: Duration::from_millis(20),
            gap: Duration::from_millis(2),
            tokens: 32,
            jitter: 0.1,
            load_slope: 0.0,
            failure_rate: 0.0,
            wrong_rate: 0.0,
            seed: 42,
            model: None,
            api_key: None,
            cores: Vec::new(),
            trace: None,
        }
    }
}

impl MockOptions {
    /// The name under which the mock lists itself when any name is taken.
    pub const ANY_MODEL: &'static str = "runbench-mock";

    /// The model listed by `/v1/models`.
    pub fn listed_model(&self) -> &str {
        self.model.as_deref().unwrap_or(Self::ANY_MODEL)
    }
}
