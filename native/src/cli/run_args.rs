//! The options of `runbench run`: the one list of them, for flags, environment and config files alike.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use runbench_core::order::Order;
use runbench_core::schedule::OverCap;

use super::run_values::{
    CoreList, parse_cores, parse_goodput, parse_header, parse_json_integer, parse_json_number,
    parse_json_object, parse_rate,
};
use super::transport_args::TransportArgs;
use super::units::parse_duration;
use crate::dataset::{Columns, Format};
use crate::run::{Api, Load, RunOptions, Sampling, StopRule, WarmUpOptions};
use crate::tokens::TokenizerSource;

/// Load an endpoint, and report what it did.
///
/// Every option can also stand in a config file (`--config`, or `runbench init`) under its long name, and most in the
/// environment as RUNBENCH_ and its name; a flag beats the environment, and that the file. Exits 0 only when every
/// request succeeded and all tokens were counted; 1 when some were not; 4 when nothing could be measured.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct RunArgs {
    /// Options from a file, YAML or RON
    #[arg(long, short, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A server's root, such as `http://127.0.0.1:8000`; a trailing `/v1` is accepted. Given more than once, requests
    /// take turns
    #[arg(long = "endpoint", visible_alias = "base-url", value_name = "URL", env = "RUNBENCH_ENDPOINT", value_delimiter = ',',
        help_heading = TARGET)]
    pub(super) endpoints: Vec<String>,
    /// Name of the model, as the server's `/v1/models` lists it
    #[arg(long, env = "RUNBENCH_MODEL", help_heading = TARGET)]
    pub(super) model: Option<String>,
    /// Which route requests take
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_API", help_heading = TARGET)]
    api: ApiArg,
    /// Whether answers are streamed
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_STREAMING", help_heading = TARGET)]
    streaming: Switch,
    /// Environment variable that holds the API key
    #[arg(long, value_name = "NAME", env = "RUNBENCH_API_KEY_ENV", help_heading = TARGET)]
    api_key_env: Option<String>,
    /// Another header of every request, as `Name: value`; its value is written nowhere
    #[arg(long = "header", value_name = "HEADER", value_parser = parse_header, help_heading = TARGET)]
    headers: Vec<(String, String)>,
    /// Whether each request carries an `X-Request-ID`
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_REQUEST_IDS", help_heading = TARGET)]
    request_ids: Switch,

    /// Prompts: JSON Lines, a JSON list, or CSV; a `prompt` (or `messages`) in each row
    #[arg(long, value_name = "FILE", env = "RUNBENCH_DATASET", help_heading = DATA)]
    pub(super) dataset: Option<PathBuf>,
    /// Its format [default: by its ending]
    #[arg(long, value_enum, value_name = "FORMAT", env = "RUNBENCH_DATASET_FORMAT", help_heading = DATA)]
    dataset_format: Option<FormatArg>,
    /// Take a column from another one, such as `prompt=text_input`
    #[arg(long = "column", value_name = "TO=FROM", help_heading = DATA)]
    columns: Vec<String>,
    /// Order of the rows; `single` sends the row of `--sample-index` each time
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_ORDER", help_heading = DATA)]
    order: OrderArg,
    /// The row that `--order single` sends; the first is 0
    #[arg(long, value_name = "N", default_value_t = 0, env = "RUNBENCH_SAMPLE_INDEX", help_heading = DATA)]
    sample_index: u64,
    /// Seed of order and arrivals
    #[arg(long, value_name = "N", default_value_t = 42, env = "RUNBENCH_SEED", help_heading = DATA)]
    seed: u64,
    /// Seed of the order alone [default: --seed]
    #[arg(long, visible_alias = "dataloader-random-seed", value_name = "N", env = "RUNBENCH_ORDER_SEED", help_heading = DATA)]
    order_seed: Option<u64>,
    /// Seed of Poisson arrivals alone [default: --seed]
    #[arg(long, visible_alias = "scheduler-random-seed", value_name = "N", env = "RUNBENCH_SCHEDULE_SEED", help_heading = DATA)]
    schedule_seed: Option<u64>,

    /// Requests in flight; with a rate, the most of them [default: 1 without a rate, no limit with one]
    #[arg(long, visible_alias = "max-concurrency", value_name = "N", env = "RUNBENCH_CONCURRENCY", help_heading = LOAD,
        value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Requests a second, whatever the endpoint does; `inf` sends everything at once (with
    /// `--concurrency`: so many at a time)
    #[arg(long, visible_aliases = ["target-qps", "qps"], value_name = "RATE", value_parser = parse_rate, env = "RUNBENCH_REQUEST_RATE",
        help_heading = LOAD)]
    request_rate: Option<f64>,
    /// Gaps between requests at a rate
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_ARRIVALS", help_heading = LOAD)]
    arrivals: ArrivalsArg,
    /// What becomes of arrivals beyond `--concurrency`: they wait (latency from schedule shows it), or are dropped and
    /// counted as failed
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_OVER_CAP", help_heading = LOAD)]
    over_cap: OverCapArg,
    /// Send at least this many requests; the dataset is repeated if it has fewer rows [default: the dataset once]
    #[arg(long, visible_alias = "num-prompts", value_name = "N", env = "RUNBENCH_NUM_SAMPLES", help_heading = LOAD,
        value_parser = clap::value_parser!(u64).range(1..))]
    num_samples: Option<u64>,
    /// Go on for at least this long, such as 10s or 2m; with `--num-samples`, until both are reached. What is in
    /// flight then is waited for
    #[arg(long, visible_alias = "duration", value_name = "TIME", value_parser = parse_duration, env = "RUNBENCH_MIN_DURATION",
        help_heading = LOAD)]
    min_duration: Option<Duration>,
    /// Send nothing after this long, whatever else is asked
    #[arg(long, value_name = "TIME", value_parser = parse_duration, env = "RUNBENCH_MAX_DURATION", help_heading = LOAD)]
    max_duration: Option<Duration>,
    /// Send as many requests as the reference would for `--min-duration`, in place of going on that long
    #[arg(long, requires = "min_duration", conflicts_with = "num_samples", help_heading = LOAD)]
    reference_count: bool,
    /// Warm the endpoint up with N requests first, which are recorded nowhere; 0 sends the dataset once
    #[arg(long, visible_alias = "warmup-requests", value_name = "N", env = "RUNBENCH_WARMUP", help_heading = LOAD)]
    warmup: Option<u64>,
    /// Put a salt before each prompt of the warm-up, so that it fills no cache for the others
    #[arg(long, help_heading = LOAD)]
    warmup_salt: bool,
    /// Let the warm-up end before the measurement begins
    #[arg(long, help_heading = LOAD)]
    warmup_drain: bool,
    /// Seed of the warm-up
    #[arg(long, value_name = "N", default_value_t = 42, env = "RUNBENCH_WARMUP_SEED", help_heading = LOAD)]
    warmup_seed: u64,

    /// The most tokens an answer may have
    #[arg(long, visible_alias = "max-tokens", value_name = "N", default_value_t = 1024, env = "RUNBENCH_MAX_OUTPUT_TOKENS",
        value_parser = clap::value_parser!(u32).range(1..), help_heading = SAMPLING)]
    max_output_tokens: u32,
    /// The fewest (completions only)
    #[arg(long, value_name = "N", help_heading = SAMPLING)]
    min_output_tokens: Option<u32>,
    #[command(flatten)]
    sampling: SamplingArgs,

    /// `tokenizer.json` to count tokens with; without it, token figures are absent
    #[arg(long, value_name = "FILE", env = "RUNBENCH_TOKENIZER", help_heading = REPORT)]
    tokenizer: Option<PathBuf>,
    /// Limits in ms that a request must keep to count for goodput, such as `ttft:200 tpot:50 e2el:4000`
    #[arg(long, value_name = "LIMITS", num_args = 1.., value_delimiter = ' ', env = "RUNBENCH_GOODPUT", help_heading = REPORT)]
    goodput: Vec<String>,
    /// Whether `qps` and `tps` of a Poisson load are taken over LoadGen's window, as the reference does
    #[arg(long, value_enum, default_value_t, env = "RUNBENCH_LEGACY_LOADGEN_WINDOW", help_heading = REPORT)]
    legacy_loadgen_window: Switch,
    /// The report folder; made if it doesn't exist, and else empty
    #[arg(long, visible_alias = "report-dir", value_name = "DIR", env = "RUNBENCH_OUT", help_heading = REPORT)]
    pub(super) out: Option<PathBuf>,
    /// Replace an earlier run in the report folder
    #[arg(long, help_heading = REPORT)]
    overwrite: bool,

    /// Write `events.jsonl` too, the event log of the reference's format, once the run is over
    #[arg(long, help_heading = REPORT)]
    events_jsonl: bool,

    /// Client threads, each pinned to a core [default: a core is left to everything else]
    #[arg(long, value_name = "N", env = "RUNBENCH_THREADS", help_heading = CLIENT)]
    threads: Option<usize>,
    /// Cores for the client threads, such as 2,3 or 4-7 [default: the last ones allowed]
    #[arg(long, value_name = "LIST", value_parser = parse_cores, env = "RUNBENCH_CORES", help_heading = CLIENT)]
    cores: Option<CoreList>,
    /// Time-out of one request, from its issue to the answer's end
    #[arg(long, value_name = "TIME", default_value = "600s", value_parser = parse_duration, env = "RUNBENCH_REQUEST_TIMEOUT",
        help_heading = CLIENT)]
    request_timeout: Duration,
    /// How long requests in flight are waited for at the end [default: until each has ended or timed out]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, env = "RUNBENCH_PERFORMANCE_DRAIN_TIMEOUT", help_heading = CLIENT)]
    performance_drain_timeout: Option<Duration>,
    /// How long counting tokens may take after the run, such as 90s; 0 is no limit
    #[arg(long, visible_alias = "metrics-drain-timeout", value_name = "TIME", default_value = "0",
        value_parser = parse_duration, allow_hyphen_values = true,
        env = "RUNBENCH_DRAIN_TIMEOUT", help_heading = REPORT)]
    drain_timeout: Duration,
    /// Count tokens during the run too, on these cores, which no client thread may have: less is left to count
    /// afterwards, but the machine is busier while it measures [default: count after the run]
    #[arg(long, value_name = "LIST", value_parser = parse_cores, env = "RUNBENCH_LIVE_TOKENS", help_heading = REPORT)]
    live_tokens: Option<CoreList>,
    #[command(flatten)]
    transport: TransportArgs,
    /// Print no progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

const TARGET: &str = "Endpoint";
const DATA: &str = "Dataset";
const LOAD: &str = "Load";
const SAMPLING: &str = "Generation";
const REPORT: &str = "Report";
const CLIENT: &str = "Client";

/// Parameters that requests carry only if they are given.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = SAMPLING)]
struct SamplingArgs {
    /// Sent as `temperature`
    #[arg(long, value_name = "X", value_parser = parse_json_number, env = "RUNBENCH_TEMPERATURE")]
    temperature: Option<String>,
    /// Sent as `top_p`
    #[arg(long, value_name = "X", value_parser = parse_json_number)]
    top_p: Option<String>,
    /// Sent as `top_k`
    #[arg(long, value_name = "N", value_parser = parse_json_integer, allow_negative_numbers = true)]
    top_k: Option<String>,
    /// Sent as `repetition_penalty`
    #[arg(long, value_name = "X", value_parser = parse_json_number)]
    repetition_penalty: Option<String>,
    /// Sent as `presence_penalty`
    #[arg(long, value_name = "X", value_parser = parse_json_number, allow_negative_numbers = true)]
    presence_penalty: Option<String>,
    /// Sent as `frequency_penalty`
    #[arg(long, value_name = "X", value_parser = parse_json_number, allow_negative_numbers = true)]
    frequency_penalty: Option<String>,
    /// Sent as `seed` (chat only)
    #[arg(long, value_name = "N", value_parser = parse_json_integer, allow_negative_numbers = true)]
    model_seed: Option<String>,
    /// Sent as `chat_template_kwargs`: a JSON object (chat only)
    #[arg(long, value_name = "JSON", value_parser = parse_json_object)]
    chat_template_kwargs: Option<String>,
}

/// Which route requests take.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ApiArg {
    /// v1/chat/completions
    #[default]
    Chat,
    /// v1/completions
    Completions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// Yes
    #[default]
    On,
    /// No
    Off,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatArg {
    /// A JSON object on each line
    Jsonl,
    /// A JSON list of objects
    Json,
    /// Comma-separated values under a header
    Csv,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum OrderArg {
    /// Each row once a pass, shuffled anew for every pass
    #[default]
    Shuffled,
    /// Any row each time
    WithReplacement,
    /// As they stand in the file
    Sequential,
    /// Always the same one
    Single,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ArrivalsArg {
    /// At random, as independent users come
    #[default]
    Poisson,
    /// All equal
    Constant,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum OverCapArg {
    /// Sent as soon as there is a place
    #[default]
    Wait,
    /// Never sent
    Drop,
}

/// The options, or a sentence about what is missing or wrong.
pub(super) fn options(args: &RunArgs) -> Result<RunOptions, String> {
    let needed = |flag: &str, what: &str| format!("`--{flag}` is missing: {what}");
    if args.endpoints.is_empty() {
        return Err(needed(
            "endpoint",
            "the server's root, such as `http://127.0.0.1:8000`",
        ));
    }
    let model = args.model.clone();
    let dataset = args.dataset.clone();
    let out = args.out.clone();
    let order_seed = args.order_seed.unwrap_or(args.seed);
    let sampling = &args.sampling;
    Ok(RunOptions {
        endpoints: args.endpoints.clone(),
        model: model
            .ok_or_else(|| needed("model", "the model's name, as the server's `/v1/models` lists it"))?,
        dataset: dataset.ok_or_else(|| needed("dataset", "a file of prompts"))?,
        dataset_format: args.dataset_format.map(|format| match format {
            FormatArg::Jsonl => Format::Jsonl,
            FormatArg::Json => Format::Json,
            FormatArg::Csv => Format::Csv,
        }),
        columns: Columns::parse(args.columns.iter().map(String::as_str))
            .map_err(|error| error.to_string())?,
        api: match args.api {
            ApiArg::Chat => Api::Chat,
            ApiArg::Completions => Api::Completions,
        },
        load: match (args.request_rate, args.arrivals) {
            (None, _) => Load::Concurrency,
            // Everything at once with a limit is a fixed number in flight.
            (Some(rate), _) if rate.is_infinite() && args.concurrency.is_some() => Load::Concurrency,
            (Some(rate), _) if rate.is_infinite() => Load::MaxThroughput,
            (Some(qps), ArrivalsArg::Poisson) => Load::Poisson { qps },
            (Some(qps), ArrivalsArg::Constant) => Load::Constant { qps },
        },
        concurrency: args.concurrency.unwrap_or(1),
        max_in_flight: args.concurrency,
        over_cap: match args.over_cap {
            OverCapArg::Wait => OverCap::Wait,
            OverCapArg::Drop => OverCap::Drop,
        },
        stop: stop_rule(args),
        performance_drain_timeout: args.performance_drain_timeout,
        order: match args.order {
            OrderArg::Shuffled => Order::Shuffled { seed: order_seed },
            OrderArg::WithReplacement => Order::WithReplacement { seed: order_seed },
            OrderArg::Sequential => Order::Sequential,
            OrderArg::Single => Order::Single(args.sample_index),
        },
        schedule_seed: args.schedule_seed.unwrap_or(args.seed),
        warmup: args.warmup.map(|n| WarmUpOptions {
            n_requests: Some(n).filter(|n| *n > 0),
            salt: args.warmup_salt,
            drain: args.warmup_drain,
            seed: args.warmup_seed,
            ..WarmUpOptions::default()
        }),
        streaming: args.streaming == Switch::On,
        max_output_tokens: args.max_output_tokens,
        sampling: Sampling {
            temperature: sampling.temperature.clone(),
            seed: sampling.model_seed.clone(),
            top_p: sampling.top_p.clone(),
            top_k: sampling.top_k.clone(),
            repetition_penalty: sampling.repetition_penalty.clone(),
            presence_penalty: sampling.presence_penalty.clone(),
            frequency_penalty: sampling.frequency_penalty.clone(),
            chat_template_kwargs: sampling.chat_template_kwargs.clone(),
            min_output_tokens: args.min_output_tokens,
            skip_special_tokens: None,
        },
        headers: args.headers.clone(),
        request_ids: args.request_ids == Switch::On,
        api_key_env: args.api_key_env.clone(),
        tokenizer: args.tokenizer.clone().map(TokenizerSource::File),
        goodput: parse_goodput(&args.goodput)?,
        legacy_window: args.legacy_loadgen_window == Switch::On,
        threads: args.threads,
        cores: args.cores.as_ref().map(|cores| cores.0.clone()),
        live_tokens: args.live_tokens.as_ref().map(|cores| cores.0.clone()),
        request_timeout: args.request_timeout,
        drain_timeout: args.drain_timeout,
        limits: args.transport.limits(),
        insecure: args.transport.insecure,
        ca_file: args.transport.ca_file.clone(),
        out: out.ok_or_else(|| needed("out", "the report folder"))?,
        overwrite: args.overwrite,
        events_jsonl: args.events_jsonl,
    })
}

fn stop_rule(args: &RunArgs) -> StopRule {
    let max_duration = args.max_duration;
    match (args.num_samples, args.min_duration) {
        (_, Some(min_duration)) if args.reference_count => StopRule::ReferenceCount {
            min_duration,
            max_duration,
        },
        (Some(n), None) if max_duration.is_none() => StopRule::Samples(n),
        (None, Some(duration)) if max_duration.is_none() => StopRule::After(duration),
        (None, None) if max_duration.is_none() => StopRule::DatasetOnce,
        (samples, min_duration) => StopRule::Bounds {
            samples,
            min_duration: min_duration.unwrap_or_default(),
            max_duration,
        },
    }
}
