//! `runbench rules`.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use runbench_core::diag::Origin;
use runbench_core::rules::{Meta, catalogue, of_ruleset};
use runbench_core::ruleset::RuleSet;

use super::Exit;
use super::check::load_ruleset;
use super::output::{complain, print};

/// The catalogue of rules.
#[derive(Args, Debug)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// One line per rule, in the order of evaluation
    List {
        /// Ruleset whose rules to list
        #[arg(long, value_name = "NAME", default_value = "v0.1")]
        ruleset: String,
    },
    /// What a rule checks, why, and how to fix what it finds, in every ruleset that has it
    Show {
        /// The rule's id, such as `point-duration`
        id: String,
    },
    /// The rulesets that the program carries
    Sets,
}

/// Runs the command.
pub(super) fn execute(args: &RulesArgs) -> Exit {
    match &args.what {
        What::List { ruleset } => list(ruleset),
        What::Show { id } => show(id),
        What::Sets => sets(),
    }
}

fn list(name: &str) -> Exit {
    let ruleset = match load_ruleset(name, None) {
        Ok(ruleset) => ruleset,
        Err(message) => return complain(Exit::Usage, &message, "`runbench rules sets` lists the rulesets"),
    };
    let width = of_ruleset(&ruleset).map(|meta| meta.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for meta in of_ruleset(&ruleset) {
        let section = if meta.origin == Origin::Official {
            meta.section
        } else {
            "ours"
        };
        // Writing to a `String` can't fail.
        let _ = writeln!(
            text,
            "{:<width$}  {:<7}  {section:<6}  {}",
            meta.id,
            meta.severity.word(),
            meta.title
        );
    }
    print(&text);
    Exit::Ok
}

fn show(id: &str) -> Exit {
    let pages: Vec<String> = catalogue().filter(|meta| meta.id == id).map(page).collect();
    if pages.is_empty() {
        let near = catalogue()
            .map(|meta| meta.id)
            .min_by_key(|known| distance(known, id));
        let help = near.map_or(String::new(), |near| {
            format!("did you mean `{near}`? `runbench rules list` shows all")
        });
        return complain(Exit::Usage, &format!("no rule has the id `{id}`"), &help);
    }
    print(&pages.join("\n"));
    Exit::Ok
}

fn page(meta: &Meta) -> String {
    let origin = if meta.origin == Origin::Official {
        format!("official, section {}", meta.section)
    } else {
        "ours, beyond the reference".to_owned()
    };
    let mut text = format!(
        "{}: {}\n{origin}; ruleset {}; at worst: {}\n",
        meta.id,
        meta.title,
        meta.rulesets.join(", "),
        meta.severity.word()
    );
    for (head, body) in [
        ("What it checks", meta.what.to_owned()),
        ("Why it matters", meta.why.to_owned()),
        ("How to fix", meta.fix.to_owned()),
        ("Reads", meta.reads.join("\n")),
        ("Judges by (values in the ruleset)", meta.parameters.join(", ")),
    ] {
        if !body.is_empty() {
            let _ = write!(text, "\n{head}\n{}\n", wrapped(&body));
        }
    }
    text
}

/// Text in lines of at most 96 characters, indented by 2.
fn wrapped(body: &str) -> String {
    let mut text = String::new();
    for paragraph in body.lines() {
        let mut length = 0_usize;
        for word in paragraph.split_whitespace() {
            let needed = word.chars().count();
            if length == 0 || length.saturating_add(needed) >= 96 {
                text.push_str(if text.is_empty() { "  " } else { "\n  " });
                length = 2;
            } else {
                text.push(' ');
            }
            text.push_str(word);
            length = length.saturating_add(needed).saturating_add(1);
        }
    }
    text
}

fn sets() -> Exit {
    let mut text = String::new();
    for name in RuleSet::names() {
        match RuleSet::embedded(name) {
            Ok(set) => {
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

/// Edit distance: insertions, deletions and changes of one character.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        let mut next = vec![left];
        for (b, up) in other.iter().zip(row.iter().skip(1)) {
            let here = diagonal
                .saturating_add(usize::from(a != *b))
                .min(left.saturating_add(1))
                .min(up.saturating_add(1));
            diagonal = *up;
            left = here;
            next.push(here);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        for (one, other, edits) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("point-cap", "point-cop", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), edits, "{one} {other}");
        }
    }
}
