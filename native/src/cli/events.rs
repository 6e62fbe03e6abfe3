//! `runbench events`: what an event log holds, for other programs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Exit;
use super::output::complain;
use crate::event_export::{ExportError, RowFormat, export};
use crate::event_files::{self, EventLog};
use crate::reference_events::write_reference_events;

/// What an event log holds, for other programs.
#[derive(Args, Debug)]
pub(super) struct EventsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Write a row for each request: its times, its failure, its token counts; or the reference's events
    Export {
        /// The report folder of a run
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// How to write rows
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Where to write [default: stdout]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// A JSON object a line
    #[default]
    Jsonl,
    /// Comma-separated values with a heading
    Csv,
    /// The reference's `events.jsonl`: a line for each issue, first chunk, error and end
    Reference,
}

/// Runs the command.
pub(super) fn execute(args: &EventsArgs) -> Exit {
    let What::Export {
        folder,
        format,
        output,
    } = &args.what;
    let log = match EventLog::open(&event_files::folder(folder)) {
        Ok(log) => log,
        Err(error) => {
            let help = "give the report folder of a run, which holds `events/`";
            return complain(Exit::Setup, &error.to_string(), help);
        }
    };
    let mut out: BufWriter<Box<dyn Write>> = BufWriter::new(match output {
        None => Box::new(io::stdout().lock()),
        Some(path) => match File::create(path) {
            Ok(file) => Box::new(file),
            Err(error) => {
                return complain(
                    Exit::Setup,
                    &format!("can't write `{}`: {error}", path.display()),
                    "",
                );
            }
        },
    });
    let result = match format {
        Format::Jsonl => export(&log, RowFormat::Jsonl, &mut out).map(|_n_rows| ()),
        Format::Csv => export(&log, RowFormat::Csv, &mut out).map(|_n_rows| ()),
        Format::Reference => write_reference_events(&log, &mut out),
    };
    match result {
        Ok(()) => Exit::Ok,
        // A reader that has gone away is no error.
        Err(ExportError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Ok,
        Err(error) => complain(Exit::Execution, &error.to_string(), ""),
    }
}
