//! `runbench rules`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use runbench_core::diag::{Origin, Severity};
use runbench_core::rules::{
    Meta, RuleFilter, catalogue, of_ruleset, rule_page, rule_page_after, rules_diff, rules_json, rules_list,
    rules_markdown,
};
use runbench_core::ruleset::{RuleSet, Values};
use runbench_core::suggest::did_you_mean;

use super::Exit;
use super::check::{RULESETS_HELP, load_ruleset, ruleset_of_file};
use super::output::{complain, print};
use super::screen::reading_columns;

/// The catalogue of rules.
#[derive(Args, Debug)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// One line per rule, in the order of evaluation
    List(ListArgs),
    /// What a rule checks, why, and how to fix what it finds, in every ruleset that has it
    Show {
        /// The rule's id, such as `point-duration`
        id: String,
        /// Only as this ruleset has it
        #[arg(long, value_name = "NAME")]
        ruleset: Option<String>,
        /// With the values of a ruleset of your own
        #[arg(long, value_name = "FILE", conflicts_with = "ruleset")]
        ruleset_file: Option<PathBuf>,
    },
    /// What differs between two rulesets: rules, their texts, and the values they judge by
    ///
    /// A name in `.ron` is a file in the layout of configs/rulesets/.
    Diff {
        /// Name or file of the first
        from: String,
        /// Name or file of the second
        to: String,
        /// What to print
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// The rulesets that the program carries
    Sets,
}

#[derive(Args, Debug)]
struct ListArgs {
    /// Ruleset whose rules to list
    #[arg(
        long,
        value_name = "NAME",
        default_value = "v0.1",
        conflicts_with = "ruleset_file"
    )]
    ruleset: String,
    /// List the rules with the values of a ruleset of your own
    #[arg(long, value_name = "FILE")]
    ruleset_file: Option<PathBuf>,
    /// Only rules of this origin
    #[arg(long, value_enum, value_name = "WHO")]
    origin: Option<Who>,
    /// Only rules that are at worst this
    #[arg(long, value_enum, value_name = "SEVERITY")]
    severity: Option<Worst>,
    /// Only rules of this section of the published rules, such as 9 or 9.1
    #[arg(long, value_name = "NUMBER")]
    section: Option<String>,
    /// Only rules whose id or texts hold this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `list` and `diff` print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs, with all texts
    Json,
    /// For a page
    Markdown,
}

/// Whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Who {
    /// The published ruleset's
    Official,
    /// Ours, beyond the reference
    #[value(alias = "runbench")]
    Own,
}

/// The worst that a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Worst {
    /// Fails the submission
    Error,
    /// Fails it in strict mode only
    Warning,
    /// A remark
    Info,
}

/// Runs the command.
pub(super) fn execute(args: &RulesArgs) -> Exit {
    let text = match &args.what {
        What::List(args) => list(args),
        What::Show {
            id,
            ruleset,
            ruleset_file,
        } => return show(id, ruleset.as_deref(), ruleset_file.as_ref()),
        What::Diff { from, to, format } => diff(from, to, *format),
        What::Sets => return sets(),
    };
    match text {
        Ok(text) => {
            print(&text);
            Exit::Ok
        }
        Err(message) => complain(Exit::Usage, &message, RULESETS_HELP),
    }
}

fn list(args: &ListArgs) -> Result<String, String> {
    let ruleset = match &args.ruleset_file {
        Some(file) => ruleset_of_file(file)?,
        None => load_ruleset(&args.ruleset)?,
    };
    let filter = RuleFilter {
        origin: args.origin.map(|who| match who {
            Who::Official => Origin::Official,
            Who::Own => Origin::Runbench,
        }),
        severity: args.severity.map(|worst| match worst {
            Worst::Error => Severity::Error,
            Worst::Warning => Severity::Warning,
            Worst::Info => Severity::Info,
        }),
        section: args.section.clone(),
        text: args.search.clone(),
    };
    Ok(match args.format {
        Format::Text => rules_list(&ruleset, &filter),
        Format::Json => rules_json(&ruleset, &filter),
        Format::Markdown => rules_markdown(&ruleset, &filter),
    })
}

fn diff(from: &str, to: &str, format: Format) -> Result<String, String> {
    let load = |name: &str| {
        let path = PathBuf::from(name);
        if path.extension().is_some_and(|extension| extension == "ron") {
            ruleset_of_file(&path)
        } else {
            load_ruleset(name)
        }
    };
    let diff = rules_diff(&load(from)?, &load(to)?);
    Ok(match format {
        Format::Text => diff.to_text(reading_columns()),
        Format::Json => diff.to_json(),
        Format::Markdown => diff.to_markdown(),
    })
}

fn show(id: &str, ruleset: Option<&str>, file: Option<&PathBuf>) -> Exit {
    let sets = match (file, ruleset) {
        (Some(file), _) => ruleset_of_file(file).map(|set| vec![set]),
        (None, Some(name)) => load_ruleset(name).map(|set| vec![set]),
        (None, None) => RuleSet::names().map(load_ruleset).collect(),
    };
    let sets = match sets {
        Ok(sets) => sets,
        Err(message) => return complain(Exit::Usage, &message, RULESETS_HELP),
    };
    let mut pages = Vec::new();
    let mut earlier: Option<(&Meta, Values)> = None;
    for set in &sets {
        let values = set.values();
        let Some(meta) = of_ruleset(set).find(|meta| meta.id == id) else {
            continue;
        };
        pages.push(match &earlier {
            None => rule_page(meta, &values, reading_columns()),
            Some((before, values_before)) => {
                rule_page_after((*before, values_before), meta, &values, reading_columns())
            }
        });
        earlier = Some((meta, values));
    }
    if pages.is_empty() {
        let known = if sets.len() == 1 {
            catalogue()
                .filter(|meta| meta.id == id)
                .map(|meta| meta.rulesets.join(", "))
                .next()
        } else {
            None
        };
        let (message, help) = match known {
            Some(others) => (
                format!("this ruleset has no rule `{id}`; {others} has"),
                "leave `--ruleset` out to see it",
            ),
            None => (
                format!(
                    "no rule has the id `{id}`{}",
                    did_you_mean(id, catalogue().map(|meta| meta.id))
                ),
                "`runbench rules list` shows all; `--search TEXT` looks into their texts",
            ),
        };
        return complain(Exit::Usage, &message, help);
    }
    print(&pages.join("\n"));
    Exit::Ok
}

fn sets() -> Exit {
    let mut text = String::new();
    for name in RuleSet::names() {
        match RuleSet::embedded(name) {
            Ok(set) => {
                // Writing to a `String` can't fail.
                let _ = writeln!(
                    text,
                    "{name}  {}  (as {})\n      sha256 {}",
                    set.title, set.reference, set.sha256
                );
            }
            Err(error) => {
                return complain(
                    Exit::Execution,
                    &format!("embedded ruleset `{name}`: {error}"),
                    "this is a bug in runbench",
                );
            }
        }
    }
    print(&text);
    Exit::Ok
}
