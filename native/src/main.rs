//! The `runbench` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(runbench::cli::main().code())
}
