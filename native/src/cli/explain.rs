//! `runbench explain`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use runbench_core::diag::{ExplainError, explain, explain_json};

use super::Exit;
use super::check::{JudgeBy, RULESETS_HELP};
use super::output::{complain, print};
use super::screen::reading_columns;

/// The longest report that is read: far beyond what `check` writes.
const LONGEST_REPORT: u64 = 256 << 20;

/// Show how a finding came about: its formula with the submission's numbers put in.
///
/// FINDING is the id that `check` prints below a finding, or the first four digits of it; a rule's id explains all
/// findings of the rule.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  runbench check acme -o report.json\n  runbench explain report.json point-duration"
)]
pub(super) struct ExplainArgs {
    /// The submission folder, or a report that `check -o` or `check --format json` wrote; `-` reads a report from stdin
    path: PathBuf,
    /// Id of a finding or of a rule
    finding: String,
    #[command(flatten)]
    judge_by: JudgeBy,
}

/// Runs the command.
pub(super) fn execute(args: &ExplainArgs) -> Exit {
    let columns = reading_columns();
    let explained = match report_file(&args.path) {
        Ok(Some(report)) => explain_json(&report, &args.finding, columns),
        Ok(None) => match args.judge_by.judge(&args.path) {
            Ok(report) => explain(&report, &args.finding, columns),
            Err(message) => return complain(Exit::Usage, &message, RULESETS_HELP),
        },
        Err(message) => {
            return complain(
                Exit::Usage,
                &message,
                "give a folder, or a report that `check -o FILE` wrote",
            );
        }
    };
    match explained {
        Ok(text) => {
            print(&text);
            Exit::Ok
        }
        Err(error) => {
            let help = match error {
                ExplainError::Unknown { .. } => {
                    "`runbench check PATH` prints the id of each finding in its last line"
                }
                ExplainError::Malformed(_) | ExplainError::Version(_) => {
                    "`runbench check PATH -o report.json` writes one"
                }
            };
            complain(Exit::Usage, &error.to_string(), help)
        }
    }
}

/// The text of a report, if the path is a file that can be one: `-`, or a name in `.json`.
fn report_file(path: &Path) -> Result<Option<String>, String> {
    let mut text = String::new();
    let failed = |error: std::io::Error| format!("`{}` can't be read: {error}", path.display());
    if path == Path::new("-") {
        let read = std::io::stdin()
            .lock()
            .take(LONGEST_REPORT)
            .read_to_string(&mut text);
        return read.map(|_| Some(text)).map_err(failed);
    }
    let is_json = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !path.is_file() || !is_json {
        return Ok(None);
    }
    let file = fs::File::open(path).map_err(failed)?;
    let read = file.take(LONGEST_REPORT).read_to_string(&mut text);
    read.map(|_| Some(text)).map_err(failed)
}
