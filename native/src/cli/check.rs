//! `runbench check`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use runbench_core::check::{Replacement, Replacements, Report, check_with};
use runbench_core::diag::{Origin, Style, to_github, to_json, to_markdown, to_sarif, to_text};
use runbench_core::ruleset::{Choice, RuleSet, recognise};
use runbench_core::suggest::did_you_mean;

use super::Exit;
use super::output::{Color, complain, print, write_file};
use super::screen::terminal_columns;
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
    #[arg(value_parser = any_path())]
    path: PathBuf,
    #[command(flatten)]
    judge_by: JudgeBy,
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

/// What to judge a submission by.
#[derive(Args, Debug)]
pub(super) struct JudgeBy {
    /// Ruleset to judge by (see `runbench rules sets`); `auto` takes the one whose layout the folder has
    #[arg(
        long,
        value_name = "NAME",
        default_value = AUTO,
        conflicts_with = "ruleset_file"
    )]
    ruleset: String,
    /// Judge by a ruleset of your own, in the layout of configs/rulesets/
    #[arg(long, value_name = "FILE")]
    ruleset_file: Option<PathBuf>,
    /// Published seed sets that replace the ruleset's (v1.5)
    #[arg(long, value_name = "FILE", env = "MLPERF_ENDPOINTS_SEED_SETS", value_parser = any_path())]
    seed_sets: Option<PathBuf>,
    /// Approved drafters that replace the ruleset's (v1.5)
    #[arg(
        long,
        value_name = "FILE",
        env = "MLPERF_ENDPOINTS_APPROVED_DRAFTERS",
        value_parser = any_path()
    )]
    approved_drafters: Option<PathBuf>,
}

/// The ruleset that is chosen by the folder's layout.
const AUTO: &str = "auto";

/// What `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; every key is explained in docs/output.md
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// For a comment on a pull request
    Markdown,
    /// Workflow commands, which GitHub shows as annotations
    Github,
}

/// Whose errors count for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Official errors and our own
    Own,
}

/// Runs the command.
pub(super) fn execute(args: &CheckArgs, color: Color) -> Exit {
    let report = match args.judge_by.judge(&args.path) {
        Ok(report) => report,
        Err(message) => return complain(Exit::Usage, &message, RULESETS_HELP),
    };
    let own_fails = args.fail_on == Some(FailOn::Own) && report.counts(Origin::Runbench).errors > 0;
    let exit = if report.official_exit_code(args.strict) == 0 && !own_fails {
        Exit::Ok
    } else {
        Exit::Findings
    };
    print(&match args.format {
        Format::Text => to_text(
            &report,
            Style {
                color: color.on_stdout(),
                quiet: args.quiet,
                strict: args.strict,
                columns: terminal_columns(),
            },
        ),
        Format::Json => to_json(&report),
        Format::Sarif => to_sarif(&report, exit.code()),
        Format::Markdown => to_markdown(&report),
        Format::Github => to_github(&report),
    });
    // The report is on stdout by now: a file that can't be written costs nobody the answer.
    if let Some(output) = &args.output
        && let Err(error) = write_file(output, to_json(&report).as_bytes())
    {
        return complain(
            Exit::Findings,
            &format!(
                "the report could not be written to `{}`: {error}",
                output.display()
            ),
            "choose a file in a folder that you may write to",
        );
    }
    exit
}

impl JudgeBy {
    /// Judges what stands at a path.
    pub(super) fn judge(&self, path: &Path) -> Result<Report, String> {
        // The reference takes an empty path for the current folder.
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let submission = submission::open(path);
        let tree = &*submission.tree;
        let (ruleset, choice) = match &self.ruleset_file {
            Some(file) => (ruleset_of_file(file)?, Choice::file()),
            None if self.ruleset == AUTO => {
                let (name, choice) = recognise(tree);
                (load_ruleset(name)?, choice)
            }
            None => (load_ruleset(&self.ruleset)?, Choice::named()),
        };
        let replacements = Replacements {
            seed_sets: self.seed_sets.as_deref().and_then(replacement),
            approved_drafters: self.approved_drafters.as_deref().and_then(replacement),
        };
        let report = check_with(tree, &submission.shown, &ruleset, &replacements);
        Ok(Report {
            ruleset_choice: choice,
            ..report
        })
    }
}

/// A path that may be empty, as the reference's may.
fn any_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A file that replaces a list; one that can't be read is a finding, and an empty path (an empty variable of the
/// environment) is none.
fn replacement(path: &Path) -> Option<Replacement> {
    (!path.as_os_str().is_empty()).then(|| Replacement {
        path: path.display().to_string(),
        content: fs::read(path).map_err(|error| error.to_string()),
    })
}

/// What to try when there is no such ruleset.
pub(super) const RULESETS_HELP: &str = "`runbench rules sets` lists the rulesets";

/// An embedded ruleset.
pub(super) fn load_ruleset(name: &str) -> Result<RuleSet, String> {
    RuleSet::embedded(name)
        .map_err(|error| format!("{error}{}", did_you_mean(name, RuleSet::names().chain([AUTO]))))
}

/// The ruleset of a file.
pub(super) fn ruleset_of_file(file: &Path) -> Result<RuleSet, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("ruleset `{}`: {error}", file.display()))?;
    RuleSet::from_ron(&text).map_err(|error| format!("ruleset `{}`: {error}", file.display()))
}
