//! `runbench report`: the report folder's files, made again from the event log alone.

use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::drain::info_of;
use super::output::{complain, print};
use super::progress::StderrProgress;
use crate::report_files;

/// Compute all figures of a run again from its event log, and rewrite the report's files
///
/// The files of a run come out byte for byte the same. Token counts are those that the log holds; `runbench drain`
/// counts them again.
#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// The report folder of a run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn execute(args: &ReportArgs) -> Exit {
    let info = match info_of(&args.folder) {
        Ok(info) => info,
        Err(exit) => return exit,
    };
    let mut progress = StderrProgress::new(args.quiet);
    let result = report_files::report(&args.folder, &info, None, &mut progress);
    progress.clear();
    match result {
        Ok(finished) => {
            print(&finished.text);
            Exit::Ok
        }
        Err(error) => complain(Exit::Execution, &error.to_string(), ""),
    }
}
