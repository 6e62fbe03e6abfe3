//! Everything that can be checked and built before anything is sent or written.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::uri::PathAndQuery;
use runbench_core::record::SampleRecord;
use runbench_core::schedule::{LoadPattern, Plan};

use super::config_yaml::config_yaml;
use super::request_headers::headers;
use super::{RunError, RunOptions, StopRule};
use crate::affinity::{CorePlan, allowed_cores};
use crate::dataset;
use crate::endpoint::Endpoint;
use crate::request_body::{self, BodyOptions};

/// A run, ready to go.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) endpoint: Endpoint,
    pub(super) path: PathAndQuery,
    pub(super) headers: HeaderMap,
    /// What the log keeps of each row that may be sent, and the body that sends it.
    pub(super) samples: Vec<SampleRecord>,
    pub(super) bodies: Vec<Bytes>,
    pub(super) plan: Plan,
    pub(super) n_tickets: u64,
    pub(super) cores: CorePlan,
    pub(super) allowed_cores: Vec<usize>,
    pub(super) config_yaml: String,
}

pub(super) fn prepare(options: &RunOptions) -> Result<Prepared, RunError> {
    check_values(options)?;
    let endpoint = Endpoint::parse(&options.endpoint)?;
    let path = endpoint.path(options.api);
    let path = path
        .parse()
        .map_err(|error| RunError::BadOption(format!("`{path}` is no path: {error}")))?;
    let headers = headers(&endpoint, options.api_key_env.as_deref(), options.streaming)?;
    let (cores, allowed_cores) = plan_cores(options)?;
    let mut rows = dataset::load(&options.dataset, options.api)?;
    let n_rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let (n_tickets, max_duration_ns) = match options.stop {
        StopRule::DatasetOnce => (n_rows, None),
        StopRule::Samples(n) => (n, None),
        StopRule::After(duration) => (
            u64::MAX,
            Some(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)),
        ),
    };
    rows.truncate(usize::try_from(n_tickets).unwrap_or(usize::MAX));
    let body = BodyOptions {
        api: options.api,
        model: &options.model,
        max_output_tokens: options.max_output_tokens,
        streaming: options.streaming,
    };
    let bodies = rows
        .iter()
        .map(|row| request_body::build(row, body))
        .collect::<Result<_, _>>();
    Ok(Prepared {
        endpoint,
        path,
        headers,
        samples: (0..).zip(&rows).map(|(index, row)| row.sample(index)).collect(),
        bodies: bodies
            .map_err(|error| RunError::BadOption(format!("a request can't be written: {error}")))?,
        plan: Plan {
            pattern: LoadPattern::Concurrency {
                in_flight: options.concurrency,
            },
            max_duration_ns,
        },
        n_tickets,
        cores,
        allowed_cores,
        config_yaml: config_yaml(options),
    })
}

fn check_values(options: &RunOptions) -> Result<(), RunError> {
    let bad = |message: &str| Err(RunError::BadOption(message.to_owned()));
    match options.stop {
        StopRule::Samples(0) => return bad("0 samples are no run; the number of samples must be at least 1"),
        StopRule::After(duration) if duration.is_zero() => {
            return bad("a duration of 0 is no run; give one such as `10s`");
        }
        _ => {}
    }
    if options.concurrency == 0 {
        return bad("the concurrency is 0; at least 1 request must be in flight");
    }
    if options.threads == Some(0) {
        return bad("0 threads can't send anything; give at least 1");
    }
    if options.max_output_tokens == 0 {
        return bad("answers of at most 0 tokens can't be measured; give at least 1");
    }
    if options.request_timeout.is_zero() {
        return bad("with a time-out of 0 every request fails; give one such as `600s`");
    }
    if options.model.trim().is_empty() {
        return bad("the model's name is empty; the server's `/v1/models` lists what it serves");
    }
    Ok(())
}

fn plan_cores(options: &RunOptions) -> Result<(CorePlan, Vec<usize>), RunError> {
    let allowed = allowed_cores().map_err(RunError::Cores)?;
    if let Some(cores) = &options.cores {
        if cores.is_empty() {
            return Err(RunError::BadOption("the list of cores is empty".to_owned()));
        }
        if let Some(core) = cores.iter().find(|core| !allowed.contains(core)) {
            let message = format!("core {core} may not be used by this process; allowed are {allowed:?}");
            return Err(RunError::BadOption(message));
        }
    }
    let max_threads = usize::try_from(options.concurrency).unwrap_or(usize::MAX);
    let plan = CorePlan::new(&allowed, options.cores.as_deref(), options.threads, max_threads);
    Ok((plan, allowed))
}
