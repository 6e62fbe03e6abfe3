//! `runbench validate`: what a config file means, without sending anything.

use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::output::{complain, print};
use super::run::exit_of;
use super::run_args::{RunArgs, options};
use crate::run::check;

/// Check a config file without sending anything
///
/// Reads file, environment and dataset as `runbench run --config FILE` would, and prints the resolved configuration.
#[derive(Args, Debug)]
pub(super) struct ValidateArgs {
    /// The config file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

/// Runs the command with the options that the file gives.
pub(super) fn execute(args: &RunArgs) -> Exit {
    let options = match options(args) {
        Ok(options) => options,
        Err(message) => {
            return complain(
                Exit::Usage,
                &message,
                "put it into the file, or give it as a flag of `runbench run`",
            );
        }
    };
    match check(&options) {
        Ok(checked) => {
            print(&checked.config_yaml);
            print(&format!(
                "# valid: {} rows, {}\n",
                checked.n_rows,
                options.load_in_words()
            ));
            Exit::Ok
        }
        Err(error) => complain(exit_of(&error), &error.to_string(), ""),
    }
}
