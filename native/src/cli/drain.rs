//! `runbench drain`: tokens counted again from an event log.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;

use super::Exit;
use super::output::{complain, note, print};
use super::progress::StderrProgress;
use super::run_values::{CoreList, parse_cores};
use super::units::parse_duration;
use crate::drain::{Ended, Stop, WorkerPlan, WorkerWish};
use crate::event_files::{self, EventLog};
use crate::report_files::{self, Counting, RunInfo};
use crate::signals;
use crate::tokens::{TokenModel, TokenizerSource};

/// Count the tokens of a run again from its event log, and rewrite the report
///
/// Exits 0 when all tokens were counted; 1 when time ran out before that; 130 when a signal came. What was counted is
/// kept, and for the rest the counts that the log held before, if the tokenizer is the same.
#[derive(Args, Debug)]
pub(super) struct DrainArgs {
    /// The report folder of a run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The model's `tokenizer.json` [default: the file that the run was given]
    #[arg(long, value_name = "F")]
    tokenizer: Option<PathBuf>,
    /// How long counting may take, such as 90s; 0 is no limit
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = parse_duration, allow_hyphen_values = true)]
    drain_timeout: Duration,
    /// Cores to count on, such as 2,3 or 4-7 [default: all that may be used]
    #[arg(long, value_name = "LIST", value_parser = parse_cores)]
    cores: Option<CoreList>,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn execute(args: &DrainArgs) -> Exit {
    match drain(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn drain(args: &DrainArgs) -> Result<Exit, Exit> {
    let interrupt = signals::install()
        .map_err(|error| complain(Exit::Setup, &format!("can't watch for signals: {error}"), ""))?;
    let stop = Stop::new(&interrupt, args.drain_timeout);
    let info = info_of(&args.folder)?;
    let Some(tokenizer) = args.tokenizer.clone().or_else(|| info.tokenizer.clone()) else {
        return Err(complain(
            Exit::Usage,
            "the log does not say which tokenizer file the run was given",
            "give the model's tokenizer.json with `--tokenizer F`",
        ));
    };
    let source = TokenizerSource::File(tokenizer);
    let loading = thread::spawn(move || {
        let model = TokenModel::load(&source)?;
        model.load_oracle()?;
        Ok(model)
    });
    let plan = WorkerPlan::here(&WorkerWish {
        cores: args.cores.as_ref().map(|cores| cores.0.clone()),
        ..WorkerWish::default()
    });
    let model = loading
        .join()
        .map_err(|_| complain(Exit::Setup, "the tokenizer could not be loaded", ""))?
        .map_err(|error: crate::tokens::TokenizerError| complain(Exit::Usage, &error.to_string(), ""))?;
    let counting = Counting {
        tokenizer: &model.record(),
        counters: &model,
        plan: &plan,
        stop: &stop,
        head_start: None,
        again: true,
    };
    let mut progress = StderrProgress::new(args.quiet);
    let result = report_files::report(&args.folder, &info, Some(counting), &mut progress);
    progress.clear();
    let finished = result.map_err(|error| complain(Exit::Execution, &error.to_string(), ""))?;
    print(&finished.text);
    let counted = finished.counted.as_ref();
    let ended = counted.map_or(Ended::Finished, |counted| counted.ended);
    for notice in counted.into_iter().flat_map(|counted| &counted.notices) {
        note(notice);
    }
    let n_pending = finished.metrics.n_pending_tasks;
    if n_pending == 0 {
        return Ok(Exit::Ok);
    }
    let message = format!("the tokens of {n_pending} requests are not counted; token figures are incomplete");
    Ok(match ended {
        Ended::Interrupted => complain(Exit::Interrupted, &message, ""),
        Ended::TimedOut => complain(Exit::Findings, &message, "give more time with `--drain-timeout`"),
        Ended::Finished => complain(Exit::Findings, &message, ""),
    })
}

/// What the log says of the run; what can be guessed, with a note, if it says nothing.
pub(super) fn info_of(folder: &std::path::Path) -> Result<RunInfo, Exit> {
    let unreadable = |error: crate::event_files::EventLogError| {
        complain(
            Exit::Setup,
            &error.to_string(),
            "give the report folder of a run, which holds `events/`",
        )
    };
    let log = EventLog::open(&event_files::folder(folder)).map_err(unreadable)?;
    if let Some(info) = RunInfo::of_log(&log).map_err(unreadable)? {
        return Ok(info);
    }
    note("the log does not hold what was asked of the run, so the report says less about it");
    RunInfo::guess(&log).map_err(unreadable)
}
