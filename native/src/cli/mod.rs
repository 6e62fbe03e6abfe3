//! The command line: one file per subcommand. The only place that prints.

pub mod mock;
pub mod units;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure an LLM endpoint, prove the number, judge the submission
#[derive(Debug, Parser)]
#[command(name = "runbench", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Mock(mock::MockArgs),
}

/// Runs the command and gives the exit code.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Mock(args) => mock::mock(args),
    }
}
