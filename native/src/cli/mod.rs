//! The command line: one file per subcommand. The only place that prints.

mod check;
mod config_file;
mod demo;
mod demo_progress;
mod drain;
mod events;
mod explain;
mod init;
mod live_line;
mod mock;
mod output;
mod probe;
mod progress;
mod regions;
mod report;
mod rules;
mod run;
mod run_args;
mod run_values;
mod screen;
mod serve;
mod tokens;
mod transport_args;
mod units;
mod validate;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use config_file::FileArguments;

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
    Drain(drain::DrainArgs),
    Events(events::EventsArgs),
    Explain(explain::ExplainArgs),
    Init(init::InitArgs),
    Mock(mock::MockArgs),
    Probe(probe::ProbeArgs),
    Regions(regions::RegionsArgs),
    Report(report::ReportArgs),
    Rules(rules::RulesArgs),
    Run(Box<run_args::RunArgs>),
    Serve(serve::ServeArgs),
    Tokens(tokens::TokensArgs),
    Validate(validate::ValidateArgs),
}

/// Reads the process's arguments and runs the command.
pub fn main() -> Exit {
    let cli = match read_arguments(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let exit = match &cli.command {
        Command::Check(args) => check::execute(args, cli.color),
        Command::Demo(args) => demo::execute(args, cli.color),
        Command::Drain(args) => drain::execute(args),
        Command::Events(args) => events::execute(args),
        Command::Explain(args) => explain::execute(args),
        Command::Init(args) => match Cli::command().find_subcommand("run") {
            Some(run) => init::execute(args, run),
            None => Exit::Usage,
        },
        Command::Mock(args) => mock::execute(args),
        Command::Probe(args) => probe::execute(args),
        Command::Regions(args) => regions::execute(args),
        Command::Report(args) => report::execute(args),
        Command::Rules(args) => rules::execute(args),
        Command::Run(args) => run::execute(args),
        Command::Serve(args) => serve::execute(args),
        Command::Tokens(args) => tokens::execute(args),
        Command::Validate(args) => match read_arguments(validate_as_run(&args.file)) {
            Ok(Cli {
                command: Command::Run(args),
                ..
            }) => validate::execute(&args),
            Ok(_) => Exit::Usage,
            Err(exit) => exit,
        },
    };
    if output::stdout_failed() {
        Exit::Execution
    } else {
        exit
    }
}

/// The arguments of `run` that read a config file.
fn validate_as_run(file: &std::path::Path) -> Vec<OsString> {
    ["runbench", "run", "--config"]
        .map(OsString::from)
        .into_iter()
        .chain([file.as_os_str().to_owned()])
        .collect()
}

/// Reads arguments, and those of the config file that they name.
fn read_arguments(mut arguments: Vec<OsString>) -> Result<Cli, Exit> {
    let parse = |arguments: &[OsString]| Cli::command().try_get_matches_from(arguments);
    let matches = parse(&arguments).map_err(|error| show(&error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| show(&error))?;
    let config: Option<PathBuf> = match &cli.command {
        Command::Run(args) => args.config.clone(),
        _ => None,
    };
    let (Some(config), Some((name, of_command))) = (config, matches.subcommand()) else {
        return Ok(cli);
    };
    let whole = Cli::command();
    let Some(command) = whole.find_subcommand(name) else {
        return Ok(cli);
    };
    let from_file = FileArguments::read(&config, command, of_command)
        .map_err(|message| output::complain(Exit::Usage, &message, "`runbench init -` shows every option"))?;
    arguments.extend(from_file.words().cloned());
    let again = parse(&arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    again.map_err(|error| {
        let message = error.to_string();
        let message = message.strip_prefix("error: ").unwrap_or(&message).trim_end();
        output::complain(
            Exit::Usage,
            &format!("{}: {message}", from_file.place(message)),
            "",
        )
    })
}

/// Prints what the parser says: help or version on stdout, a complaint on stderr.
fn show(error: &clap::Error) -> Exit {
    // A reader that has gone away is no error.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Ok }
}
