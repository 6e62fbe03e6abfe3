//! `runbench run`.

use std::fmt::Write as _;

use runbench_core::record::RunState;

use super::Exit;
use super::output::{complain, print};
use super::progress::StderrProgress;
use super::run_args::{RunArgs, options};
use crate::endpoint::Endpoint;
use crate::run::{Asked, FailureExamples, RunError, RunOptions, RunOutcome, explain, run};
use crate::signals;

/// Runs the command.
pub(super) fn execute(args: &RunArgs) -> Exit {
    let options = match options(args) {
        Ok(options) => options,
        Err(message) => return complain(Exit::Usage, &message, "`runbench run --help` lists all options"),
    };
    let interrupt = match signals::install() {
        Ok(interrupt) => interrupt,
        Err(error) => return complain(Exit::Setup, &format!("can't watch for signals: {error}"), ""),
    };
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

pub(super) fn exit_of(error: &RunError) -> Exit {
    match error.exit_code() {
        2 => Exit::Usage,
        3 => Exit::Setup,
        crate::signals::INTERRUPTED => Exit::Interrupted,
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
    let Ok(endpoint) = Endpoint::parse(options.endpoint()) else {
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
