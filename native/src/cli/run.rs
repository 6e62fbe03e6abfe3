//! `runbench run`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use runbench_core::record::RunState;

use super::Exit;
use super::output::{complain, print};
use super::progress::StderrProgress;
use super::units::parse_duration;
use crate::endpoint::Endpoint;
use crate::run::{
    Api, Asked, FailureExamples, Limits, RunError, RunOptions, RunOutcome, StopRule, explain, run,
};
use crate::signals;
use crate::tokens::TokenizerSource;

/// Load an endpoint, and report what it did.
///
/// Exits 0 only when every request succeeded and all tokens were counted; 1 when some were not; 4 when nothing could be
/// measured.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// The server's root, such as `http://127.0.0.1:8000`; a trailing `/v1` is accepted
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// Name of the model, as the server's `/v1/models` lists it
    #[arg(long)]
    model: String,
    /// Prompts: JSON Lines, a `prompt` (or `messages`) in each row
    #[arg(long, value_name = "F.jsonl")]
    dataset: PathBuf,
    /// Which route requests take
    #[arg(long, value_enum, default_value_t)]
    api: ApiArg,
    /// Requests in flight
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Stop after this many requests; the dataset is repeated if it has fewer rows [default: the dataset once]
    #[arg(long, alias = "num-prompts", value_name = "N", conflicts_with = "duration",
        value_parser = clap::value_parser!(u64).range(1..))]
    num_samples: Option<u64>,
    /// Issue requests for this long, such as 10s or 2m, then wait for what is in flight
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Whether answers are streamed
    #[arg(long, value_enum, default_value_t)]
    streaming: Switch,
    /// The most tokens an answer may have
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    max_output_tokens: u32,
    /// Environment variable that holds the API key
    #[arg(long, value_name = "NAME")]
    api_key_env: Option<String>,
    /// `tokenizer.json` to count tokens with; without it, token figures are absent
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
    /// Client threads, each pinned to a core [default: a core is left to everything else]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Cores for the client threads, such as 2,3 or 4-7 [default: the last ones allowed]
    #[arg(long, value_name = "LIST", value_parser = parse_cores)]
    cores: Option<CoreList>,
    /// Time-out of one request, from its issue to the answer's end
    #[arg(long, value_name = "TIME", default_value = "600s", value_parser = parse_duration)]
    request_timeout: Duration,
    /// How long counting tokens may take after the run, such as 90s; 0 is no limit
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = parse_duration, allow_hyphen_values = true)]
    drain_timeout: Duration,
    /// Replace an earlier run in the report folder
    #[arg(long)]
    overwrite: bool,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
    /// The report folder; made if it doesn't exist, and else empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
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

/// Cores by number. A type of its own, because clap takes a bare `Vec` for a repeated flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CoreList(pub(super) Vec<usize>);

/// The largest core number that Linux's fixed-size masks hold.
const MAX_CORE: usize = 1023;

/// Reads `2`, `2,3` or `4-7,9`.
pub(super) fn parse_cores(text: &str) -> Result<CoreList, String> {
    let complaint = || {
        format!("`{text}` is not a list of cores; write it as `2,3` or `4-7`, with cores up to {MAX_CORE}")
    };
    let number = |text: &str| {
        text.trim()
            .parse::<usize>()
            .ok()
            .filter(|core| *core <= MAX_CORE)
            .ok_or_else(complaint)
    };
    let mut cores = Vec::new();
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        if first > last {
            return Err(complaint());
        }
        cores.extend(first..=last);
    }
    Ok(CoreList(cores))
}

/// Runs the command.
pub(super) fn execute(args: &RunArgs) -> Exit {
    let interrupt = match signals::install() {
        Ok(interrupt) => interrupt,
        Err(error) => return complain(Exit::Setup, &format!("can't watch for signals: {error}"), ""),
    };
    let options = options(args);
    let mut progress = StderrProgress::new(args.quiet);
    let result = run(&options, &mut progress, &interrupt);
    progress.clear();
    match result {
        Ok(outcome) => {
            print(&outcome.report);
            conclude(&options, &outcome)
        }
        Err(error) => complain(exit_of(&error), &error.to_string(), ""),
    }
}

fn options(args: &RunArgs) -> RunOptions {
    RunOptions {
        endpoint: args.endpoint.clone(),
        model: args.model.clone(),
        dataset: args.dataset.clone(),
        api: match args.api {
            ApiArg::Chat => Api::Chat,
            ApiArg::Completions => Api::Completions,
        },
        concurrency: args.concurrency,
        stop: match (args.num_samples, args.duration) {
            (Some(n), _) => StopRule::Samples(n),
            (None, Some(duration)) => StopRule::After(duration),
            (None, None) => StopRule::DatasetOnce,
        },
        streaming: args.streaming == Switch::On,
        max_output_tokens: args.max_output_tokens,
        api_key_env: args.api_key_env.clone(),
        tokenizer: args.tokenizer.clone().map(TokenizerSource::File),
        threads: args.threads,
        cores: args.cores.as_ref().map(|cores| cores.0.clone()),
        request_timeout: args.request_timeout,
        drain_timeout: args.drain_timeout,
        limits: Limits::default(),
        out: args.out.clone(),
        overwrite: args.overwrite,
    }
}

fn exit_of(error: &RunError) -> Exit {
    match error.exit_code() {
        2 => Exit::Usage,
        3 => Exit::Setup,
        _ => Exit::Execution,
    }
}

/// Says on stderr what went wrong, and gives the exit code.
fn conclude(options: &RunOptions, outcome: &RunOutcome) -> Exit {
    let mut text = String::new();
    for notice in &outcome.notices {
        let _ = writeln!(text, "note: {notice}");
    }
    for failure in failures(options, outcome, &outcome.examples) {
        let _ = writeln!(text, "error: {failure}");
    }
    if outcome.n_pending_tasks > 0 {
        let _ = writeln!(
            text,
            "warning: the tokens of {} requests were not counted; token figures are incomplete",
            outcome.n_pending_tasks
        );
    }
    let lag_ms = outcome.health.max_log_lag_ns.div_ceil(1_000_000);
    let _ = writeln!(
        text,
        "the report lies in `{}`; its event log was never more than {lag_ms} ms behind",
        options.out.display()
    );
    let exit = if outcome.state == RunState::Interrupted {
        let _ = writeln!(text, "interrupted: the files hold what was measured until then");
        Exit::Interrupted
    } else if outcome.n_completed == 0 {
        let _ = writeln!(text, "error: nothing could be measured: no request succeeded");
        Exit::Execution
    } else if outcome.n_completed < outcome.n_issued || outcome.n_pending_tasks > 0 {
        Exit::Findings
    } else {
        Exit::Ok
    };
    eprint_text(&text);
    exit
}

fn failures(options: &RunOptions, outcome: &RunOutcome, examples: &FailureExamples) -> Vec<String> {
    let Ok(endpoint) = Endpoint::parse(&options.endpoint) else {
        return Vec::new();
    };
    let (url, path) = (endpoint.url(), endpoint.path(options.api));
    let asked = Asked {
        url: &url,
        path: &path,
        model: &options.model,
        with_key: options.api_key_env.is_some(),
    };
    let explain_class = |(class, n): (&_, &u64)| explain(*class, *n, examples.0.get(class), &asked);
    outcome.failures.iter().map(explain_class).collect()
}

fn eprint_text(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_cores() {
        assert_eq!(parse_cores("2"), Ok(CoreList(vec![2])));
        assert_eq!(parse_cores("4-6, 9"), Ok(CoreList(vec![4, 5, 6, 9])));
        for text in ["", "a", "3-1", "1,,2", "-1", "0-99999999999"] {
            assert!(parse_cores(text).is_err(), "{text}");
        }
    }
}
