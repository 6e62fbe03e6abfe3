//! The `runbench` binary.

use std::process::ExitCode;

use clap::Parser;
use runbench::cli::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}
