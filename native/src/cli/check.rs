//! `runbench check`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use runbench_core::check::{Replacement, Replacements, check_with};
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::ruleset::RuleSet;

use super::Exit;
use super::output::{Color, complain, print};
use crate::submission;

/// Judge a submission folder by a ruleset.
///
/// Prints the findings with their places and the verdict. The official answer equals that of the ruleset's reference
/// checker, and the exit code is that answer's: 0 without errors, 1 with errors (or with warnings and --strict). What
/// runbench finds beyond the reference is shown apart.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// The folder: v0.1 the organisation's (with systems/ and pareto/), v1.5 the submission's (with results/) or the one
    /// above; or a .zip, .tar or .tar.gz of it, or `-` for one of these on stdin
    path: PathBuf,
    /// Ruleset to judge by (see `runbench rules sets`)
    #[arg(
        long,
        value_name = "NAME",
        default_value = "v0.1",
        conflicts_with = "ruleset_file"
    )]
    ruleset: String,
    /// Judge by a ruleset of your own, in the layout of configs/rulesets/
    #[arg(long, value_name = "FILE")]
    ruleset_file: Option<PathBuf>,
    /// Published seed sets that replace the ruleset's (v1.5)
    #[arg(long, value_name = "FILE", env = "MLPERF_ENDPOINTS_SEED_SETS")]
    seed_sets: Option<PathBuf>,
    /// Approved drafters that replace the ruleset's (v1.5)
    #[arg(long, value_name = "FILE", env = "MLPERF_ENDPOINTS_APPROVED_DRAFTERS")]
    approved_drafters: Option<PathBuf>,
    /// What to print on stdout
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Exit with 1 on warnings too; findings stay as they are
    #[arg(long)]
    strict: bool,
    /// Exit with 1 on errors of our own too, not only on official ones
    #[arg(long, value_enum, value_name = "WHO")]
    fail_on: Option<FailOn>,
    /// Print errors and the verdict only
    #[arg(short, long)]
    quiet: bool,
    /// Also write the JSON report to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Whose errors count for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Official errors and our own
    Own,
}

/// Runs the command.
pub(super) fn execute(args: &CheckArgs, color: Color) -> Exit {
    let ruleset = match load_ruleset(&args.ruleset, args.ruleset_file.as_deref()) {
        Ok(ruleset) => ruleset,
        Err(message) => return complain(Exit::Usage, &message, "`runbench rules sets` lists the rulesets"),
    };
    let submission = submission::open(&args.path);
    let replacements = Replacements {
        seed_sets: args.seed_sets.as_deref().map(replacement),
        approved_drafters: args.approved_drafters.as_deref().map(replacement),
    };
    let report = check_with(&*submission.tree, &submission.shown, &ruleset, &replacements);
    let json = to_json(&report);
    if let Some(output) = &args.output
        && let Err(error) = fs::write(output, &json)
    {
        let message = format!(
            "the report could not be written to `{}`: {error}",
            output.display()
        );
        return complain(
            Exit::Findings,
            &message,
            "choose a file in a folder that you may write to",
        );
    }
    let style = Style {
        color: color.on_stdout(),
        quiet: args.quiet,
        strict: args.strict,
    };
    print(&match args.format {
        Format::Text => to_text(&report, style),
        Format::Json => json,
    });
    let own_errors = report.counts(runbench_core::diag::Origin::Runbench).errors;
    let own_fails = args.fail_on == Some(FailOn::Own) && own_errors > 0;
    if report.official_exit_code(args.strict) == 0 && !own_fails {
        Exit::Ok
    } else {
        Exit::Findings
    }
}

/// A file that replaces a list; one that can't be read is a finding.
fn replacement(path: &Path) -> Replacement {
    Replacement {
        path: path.display().to_string(),
        content: fs::read(path).map_err(|error| error.to_string()),
    }
}

/// The ruleset of a file, or an embedded one.
pub(super) fn load_ruleset(name: &str, file: Option<&Path>) -> Result<RuleSet, String> {
    let Some(file) = file else {
        return RuleSet::embedded(name).map_err(|error| error.to_string());
    };
    let text = fs::read_to_string(file).map_err(|error| format!("ruleset `{}`: {error}", file.display()))?;
    RuleSet::from_ron(&text).map_err(|error| format!("ruleset `{}`: {error}", file.display()))
}
