//! The rules page, made from the registry.

use std::fmt::Write as _;

use super::diff::cell;
use crate::diag::{Origin, wrapped};
use crate::rules::{Meta, catalogue};
use crate::ruleset::{RuleSet, Values};

/// `docs/rules.md`: every rule with what it checks, why, and how to fix what it finds.
pub fn rules_page() -> String {
    let mut text = String::from(
        "# Rules\n\n\
         Made from the registry by `cargo xtask generate`; do not edit. `runbench rules show ID` prints one of them.\n\n\
         Official rules decide as the reference checker does, quirks included. Rules of our own are reported beside \
         them and never change the official answer.\n",
    );
    for name in RuleSet::names() {
        // Every embedded ruleset loads; a test says so.
        let values = RuleSet::embedded(name)
            .map(|set| set.values())
            .unwrap_or_default();
        let rules = || catalogue().filter(move |meta| meta.rulesets.contains(&name));
        for (origin, heading) in [
            (Origin::Official, "official rules"),
            (Origin::Runbench, "our own rules"),
        ] {
            let _ = write!(
                text,
                "\n## {name}: {heading}\n\n| rule | at worst | section | holds when |\n| --- | --- | --- | --- |\n"
            );
            for meta in rules().filter(|meta| meta.origin == origin) {
                let _ = writeln!(
                    text,
                    "| [`{}`](#{}-{0}) | {} | {} | {} |",
                    meta.id,
                    name.replace('.', ""),
                    meta.severity.word(),
                    meta.section,
                    cell(&values.fill(meta.title))
                );
            }
            for meta in rules().filter(|meta| meta.origin == origin) {
                entry(&mut text, name, meta, &values);
            }
        }
    }
    text
}

fn entry(text: &mut String, ruleset: &str, meta: &Meta, values: &Values) {
    let code = |words: &[&str]| {
        words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let what = values.fill(meta.what);
    let _ = write!(text, "\n### {ruleset} {}\n\n{what}\n\n", meta.id);
    if !meta.formula.is_empty() {
        let _ = write!(text, "```text\n{}\n```\n\n", values.fill(meta.formula));
    }
    let _ = write!(
        text,
        "**Why it matters.** {}\n\n**How to fix.** {}\n",
        sentence(meta.why),
        sentence(meta.fix)
    );
    if !meta.reads.is_empty() {
        let _ = write!(text, "\n**Reads** {}\n", code(meta.reads));
    }
    if !meta.parameters.is_empty() {
        let own = meta.parameters.iter().any(|name| name.starts_with("own."));
        let _ = write!(
            text,
            "\n**Judges by** {} of the ruleset{}\n",
            code(meta.parameters),
            if own {
                " (`own.` stands for `configs/own.ron`)"
            } else {
                ""
            }
        );
    }
}

/// One rule of a ruleset for a terminal: what it checks, its formula, why, how to fix, and the values it judges by.
/// Lines are broken at `columns`; 0 breaks none.
pub fn rule_page(meta: &Meta, values: &Values, columns: usize) -> String {
    let origin = match meta.origin {
        Origin::Official => format!("official, section {}", meta.section),
        Origin::Runbench => "ours, beyond the reference".to_owned(),
    };
    let mut text = format!(
        "{}: {}\n{origin}; ruleset {}; at worst: {}\n",
        meta.id,
        values.fill(meta.title),
        meta.rulesets.join(", "),
        meta.severity.word()
    );
    let judged_by: Vec<String> = meta
        .parameters
        .iter()
        .flat_map(|parameter| {
            let below: Vec<String> = values
                .below(parameter)
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            if below.is_empty() {
                vec![(*parameter).to_owned()]
            } else {
                below
            }
        })
        .collect();
    for (head, body) in [
        ("What it checks", values.fill(meta.what)),
        ("Must hold", values.fill(meta.formula)),
        ("Why it matters", meta.why.to_owned()),
        ("How to fix", meta.fix.to_owned()),
        ("Reads", meta.reads.join("\n")),
        ("Judges by (values of the ruleset)", judged_by.join("\n")),
    ] {
        if !body.is_empty() {
            let _ = write!(text, "\n{head}\n  {}\n", wrapped(&body, 2, columns));
        }
    }
    text
}

/// A text with a capital in front and a full stop behind.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map_or(String::new(), |c| c.to_uppercase().collect());
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::of_ruleset;

    #[test]
    fn every_value_that_a_text_quotes_exists_and_so_does_every_parameter() {
        for name in RuleSet::names() {
            let set = RuleSet::embedded(name).unwrap();
            let values = set.values();
            for meta in of_ruleset(&set) {
                for text in [meta.title, meta.what, meta.formula] {
                    let filled = values.fill(text);
                    assert!(!filled.contains('{'), "{name} {}: {filled}", meta.id);
                }
            }
        }
    }

    #[test]
    fn a_rule_s_page_shows_formula_and_values() {
        let set = RuleSet::embedded("v1.5").unwrap();
        let meta = of_ruleset(&set).find(|meta| meta.id == "point-count").unwrap();
        let page = rule_page(meta, &set.values(), 80);
        for part in ["points >= least", "point_count.min: 7", "at least 7 points"] {
            assert!(page.contains(part), "{page}");
        }
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }
}
