//! The command line: one file per subcommand. The only place that prints.

mod check;
mod demo;
mod demo_progress;
mod explain;
mod mock;
mod output;
mod progress;
mod regions;
mod rules;
mod run;
mod screen;
mod serve;
mod units;

use clap::{Parser, Subcommand};

use output::Color;

/// How a command ended (design.md C5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Valid, or done.
    Ok,
    /// Findings, or failed requests.
    Findings,
    /// Bad usage.
    Usage,
    /// Setup failed.
    Setup,
    /// Execution failed.
    Execution,
    /// Interrupted by a signal.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Setup => 3,
            Self::Execution => 4,
            Self::Interrupted => 130,
        }
    }
}

/// Measure an LLM endpoint, prove the number, judge the submission.
#[derive(Parser, Debug)]
#[command(
    name = "runbench",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(
    after_help = "Exit codes: 0 valid or done, 1 findings or failed requests, 2 bad usage, 3 setup failed, \
                        4 execution failed, 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(check::CheckArgs),
    Demo(demo::DemoArgs),
    Explain(explain::ExplainArgs),
    Mock(mock::MockArgs),
    Regions(regions::RegionsArgs),
    Rules(rules::RulesArgs),
    Run(run::RunArgs),
    Serve(serve::ServeArgs),
}

/// Reads the process's arguments and runs the command.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that has gone away is no error.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let exit = match &cli.command {
        Command::Check(args) => check::execute(args, cli.color),
        Command::Demo(args) => demo::execute(args, cli.color),
        Command::Explain(args) => explain::execute(args),
        Command::Mock(args) => mock::execute(args),
        Command::Regions(args) => regions::execute(args),
        Command::Rules(args) => rules::execute(args),
        Command::Run(args) => run::execute(args),
        Command::Serve(args) => serve::execute(args),
    };
    if output::stdout_failed() {
        Exit::Execution
    } else {
        exit
    }
}
