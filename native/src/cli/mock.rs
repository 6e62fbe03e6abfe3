//! `runbench mock`: a mock endpoint until a signal comes.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Exit;
use super::output::{complain, print};
use super::run_values::{CoreList, parse_cores};
use super::units::{parse_duration, parse_not_negative, parse_share};
use crate::mock::{MockError, MockOptions, Server};
use crate::parent;

/// Serve a mock of an OpenAI-compatible endpoint with known timing
///
/// Prints `listening on URL` as its first line, then serves until SIGINT or SIGTERM. It solves the demo's word
/// problems and answers anything else with filler. Tokens are those of the demo's tokenizer; a stream brings one
/// token an event. Timers fire in steps of a whole millisecond.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct MockArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Time from a request's arrival to the first token
    #[arg(long, default_value = "20ms", value_parser = parse_duration, value_name = "TIME")]
    ttft: Duration,
    /// Time between two tokens
    #[arg(long, default_value = "2ms", value_parser = parse_duration, value_name = "TIME")]
    gap: Duration,
    /// Tokens of an answer (solving a problem may take more; the request's limit cuts it)
    #[arg(long, default_value = "32", value_name = "N")]
    tokens: NonZeroUsize,
    /// Multiply each time by a random factor of 1 - J to 1 + J, equal for equal requests
    #[arg(long, default_value = "0.1", value_parser = parse_share, value_name = "J")]
    jitter: f64,
    /// Lengthen all times by this share for each further request in flight
    #[arg(long, default_value = "0", value_parser = parse_not_negative, value_name = "SHARE")]
    load_slope: f64,
    /// Share of requests answered with status 500, evenly spread by arrival
    #[arg(long, default_value = "0", value_parser = parse_share, value_name = "SHARE")]
    failure_rate: f64,
    /// Share of problems answered wrongly, chosen by the request's content
    #[arg(long, default_value = "0", value_parser = parse_share, value_name = "SHARE")]
    wrong_rate: f64,
    /// Seed of jitter and wrong answers
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Serve only this model; without it any name is taken
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Demand this bearer key
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// Cores to pin to, one thread each, such as `0,2-3`; without it one thread that is not pinned
    #[arg(long, value_name = "LIST", value_parser = parse_cores)]
    cores: Option<CoreList>,
    /// Write when each token went to its socket, a JSON object a line
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// End when the process of this id, which must be the parent, ends (Linux)
    #[arg(long, value_name = "PID")]
    exit_with_parent: Option<u32>,
}

/// Serves until a signal comes.
pub(super) fn execute(args: &MockArgs) -> Exit {
    match serve(args) {
        Ok(()) => Exit::Ok,
        Err(refusal) => refusal,
    }
}

fn serve(args: &MockArgs) -> Result<(), Exit> {
    let setup = |message: &str, help: &str| complain(Exit::Setup, message, help);
    // Before the first line is printed: a parent that reads it may send a signal at once.
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| setup(&format!("can't wait for signals: {error}"), ""))?;
    if let Some(parent) = args.exit_with_parent {
        let help = "give the id of the process that starts the mock, such as `$$` in a shell";
        parent::end_with(parent).map_err(|error| setup(&error.to_string(), help))?;
    }
    let options = MockOptions {
        host: args.host,
        port: args.port,
        ttft: args.ttft,
        gap: args.gap,
        tokens: args.tokens.get(),
        jitter: args.jitter,
        load_slope: args.load_slope,
        failure_rate: args.failure_rate,
        wrong_rate: args.wrong_rate,
        seed: args.seed,
        model: args.model.clone(),
        api_key: args.api_key.clone(),
        cores: args
            .cores
            .as_ref()
            .map(|cores| cores.0.clone())
            .unwrap_or_default(),
        trace: args.trace.clone(),
    };
    let server = Server::start(options).map_err(|error| setup(&error.to_string(), what_to_try(&error)))?;
    print(&format!("listening on {}\n", server.url()));
    signals.forever().next();
    Ok(())
}

fn what_to_try(error: &MockError) -> &'static str {
    match error {
        MockError::Listen { .. } => "`--port 0` takes a free port",
        MockError::Pin { .. } => "leave out `--cores`, or name cores that `taskset -p $$` lists",
        MockError::Trace(_) => "name a file in a folder that you may write to",
        MockError::Thread(_) | MockError::Tokenizer(_) => "",
    }
}
