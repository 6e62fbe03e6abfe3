//! Everything that can be checked and built before anything is sent or written.

use std::sync::Arc;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::uri::PathAndQuery;
use runbench_core::order::{Salts, SampleOrder};
use runbench_core::record::SampleRecord;
use runbench_core::schedule::{Plan, Tickets};

use super::config_yaml::config_yaml;
use super::plan::{main_plan, rows_to_send, warmup_plan};
use super::request_headers::headers;
use super::{RunError, RunOptions, StopRule, WarmUpOptions};
use crate::affinity::{CorePlan, allowed_cores, cores_in_words};
use crate::client::{Phase, TlsTarget, WarmUp};
use crate::dataset::{self, Row};
use crate::endpoint::Endpoint;
use crate::request_body::{self, BodyOptions};

/// A run, ready to go.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) servers: Vec<PreparedServer>,
    /// What the log keeps of each row that may be sent.
    pub(super) samples: Vec<SampleRecord>,
    /// The body of each row; empty for a row that can't be sent.
    pub(super) bodies: Vec<Bytes>,
    pub(super) main: Phase,
    pub(super) warmup: Option<WarmUp>,
    pub(super) cores: CorePlan,
    pub(super) allowed_cores: Vec<usize>,
    pub(super) config_yaml: String,
}

/// One of the servers, its address not yet found.
#[derive(Debug)]
pub(super) struct PreparedServer {
    pub(super) endpoint: Endpoint,
    pub(super) path: PathAndQuery,
    pub(super) headers: HeaderMap,
    pub(super) tls: Option<TlsTarget>,
}

pub(super) fn prepare(options: &RunOptions) -> Result<Prepared, RunError> {
    check_values(options)?;
    let servers = options
        .endpoints
        .iter()
        .map(|url| server(options, url))
        .collect::<Result<_, _>>()?;
    let (cores, allowed_cores) = plan_cores(options)?;
    let rows = dataset::load(
        &options.dataset,
        options.dataset_format,
        &options.columns,
        options.api,
    )?;
    let n_rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let main = main_plan(options, n_rows)?;
    let warmup = warmup_plan(options, n_rows)?;
    let body = BodyOptions {
        api: options.api,
        model: &options.model,
        max_output_tokens: options.max_output_tokens,
        streaming: options.streaming,
        sampling: &options.sampling,
    };
    // Without a warm-up only the rows that the plan names can be sent; with one, any.
    let wanted = rows_to_send(&main).filter(|_| warmup.is_none());
    let is_wanted = |index: u64| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.binary_search(&index).is_ok())
    };
    let n_rows = rows.len();
    let warmup = match (warmup, options.warmup) {
        (Some(plan), Some(asked)) => Some(prepare_warmup(&plan, asked, &rows, body)?),
        _ => None,
    };
    let mut samples = Vec::new();
    let mut bodies = Vec::with_capacity(n_rows);
    // Row by row, so that a large dataset isn't held twice.
    for (index, row) in (0..).zip(rows) {
        if is_wanted(index) {
            bodies.push(build(&row, body)?);
            samples.push(row.into_sample(index));
        } else {
            bodies.push(Bytes::new());
        }
    }
    Ok(Prepared {
        servers,
        samples,
        bodies,
        main: phase(main, Vec::new()),
        warmup,
        cores,
        allowed_cores,
        config_yaml: config_yaml(options),
    })
}

fn server(options: &RunOptions, url: &str) -> Result<PreparedServer, RunError> {
    let endpoint = Endpoint::parse(url)?;
    let path = endpoint.path(options.api);
    let path = path
        .parse()
        .map_err(|error| RunError::BadOption(format!("`{path}` is no path: {error}")))?;
    let tls = endpoint
        .is_tls
        .then(|| TlsTarget::new(&endpoint.host, options.insecure, options.ca_file.as_deref()))
        .transpose()?;
    Ok(PreparedServer {
        path,
        tls,
        headers: headers(
            &endpoint,
            options.api_key_env.as_deref(),
            options.streaming,
            &options.headers,
        )?,
        endpoint,
    })
}

fn build(row: &Row, body: BodyOptions<'_>) -> Result<Bytes, RunError> {
    request_body::build(row, body)
        .map_err(|error| RunError::BadOption(format!("a request can't be written: {error}")))
}

fn phase(plan: Plan, own_bodies: Vec<Bytes>) -> Phase {
    Phase {
        plan,
        tickets: Arc::new(Tickets::default()),
        own_bodies,
    }
}

/// With salts each request of a warm-up has a body of its own, built here because there is no time for it later.
fn prepare_warmup(
    plan: &Plan,
    asked: WarmUpOptions,
    rows: &[Row],
    body: BodyOptions<'_>,
) -> Result<WarmUp, RunError> {
    let mut own_bodies = Vec::new();
    if asked.salt {
        let mut order = SampleOrder::new(plan.order, plan.n_samples)
            .map_err(|error| RunError::BadOption(error.to_string()))?;
        let mut salts = Salts::new(asked.seed.wrapping_add(2));
        for ticket in 0..plan.stop.samples.unwrap_or(0) {
            let index = order.sample(ticket);
            let row = usize::try_from(index).ok().and_then(|index| rows.get(index));
            let salted = row.and_then(|row| row.salted(&mut salts)).ok_or_else(|| {
                RunError::BadOption(format!(
                    "row {index} of the dataset (the first is 0) can't be salted: only a text `prompt` can, neither \
                     `messages` nor token ids; leave `--warmup-salt` out"
                ))
            })?;
            own_bodies.push(build(&salted, body)?);
        }
    }
    Ok(WarmUp {
        phase: phase(*plan, own_bodies),
        drain: asked.drain,
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
    if options.endpoints.is_empty() {
        return bad("no endpoint is given");
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
    if options.sampling.min_output_tokens > Some(options.max_output_tokens) {
        return bad("the least number of output tokens is above the most");
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
    for (option, cores) in [("cores", &options.cores), ("live-tokens", &options.live_tokens)] {
        let Some(cores) = cores else { continue };
        if cores.is_empty() {
            return Err(RunError::BadOption(format!("`--{option}` names no core")));
        }
        if let Some(core) = cores.iter().find(|core| !allowed.contains(core)) {
            let message = format!(
                "`--{option}` names core {core}, which this process may not use; allowed are {allowed:?}"
            );
            return Err(RunError::BadOption(message));
        }
    }
    let live = options.live_tokens.as_deref().unwrap_or_default();
    check_live_cores(options, &allowed, live).map_err(RunError::BadOption)?;
    let most_in_flight = options.target_concurrency().or(options.max_in_flight);
    let max_threads = most_in_flight.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let cores = options.cores.as_deref();
    let plan = CorePlan::new(&allowed, cores, options.threads, max_threads, live);
    Ok((plan, allowed))
}

/// Counting tokens on a load thread's core would spoil what is measured, so that is refused.
fn check_live_cores(options: &RunOptions, allowed: &[usize], live: &[usize]) -> Result<(), String> {
    if options.live_tokens.is_some() && options.tokenizer.is_none() {
        return Err(
            "`--live-tokens` counts tokens during the run, but there is no `--tokenizer` to count them with"
                .to_owned(),
        );
    }
    let clients = options.cores.as_deref().unwrap_or_default();
    let on_both: Vec<usize> = live
        .iter()
        .copied()
        .filter(|core| clients.contains(core))
        .collect();
    if !on_both.is_empty() {
        return Err(format!(
            "`--cores` and `--live-tokens` both name {}; tokens can't be counted where client threads run",
            cores_in_words(&on_both)
        ));
    }
    if allowed.iter().all(|core| live.contains(core)) {
        return Err(format!(
            "`--live-tokens` takes every core that this process may use, {allowed:?}; the client threads need at least one"
        ));
    }
    Ok(())
}
