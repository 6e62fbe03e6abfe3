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
    let mut text = page_head(meta, values);
    for (head, body) in parts(meta, values) {
        write_part(&mut text, head, &body, columns);
    }
    text
}

/// As [`rule_page`], without what the page of the same id in an earlier ruleset has said in the same words.
pub fn rule_page_after(earlier: (&Meta, &Values), meta: &Meta, values: &Values, columns: usize) -> String {
    let mut text = page_head(meta, values);
    let said = parts(earlier.0, earlier.1);
    let (alike, other): (Vec<_>, Vec<_>) = parts(meta, values)
        .into_iter()
        .partition(|part| said.contains(part));
    for (head, body) in other {
        write_part(&mut text, head, &body, columns);
    }
    if !alike.is_empty() {
        let heads: Vec<String> = alike.iter().map(|(head, _)| head.to_lowercase()).collect();
        let head = format!("As in {}", earlier.0.rulesets.join(", "));
        write_part(&mut text, &head, &heads.join("; "), columns);
    }
    text
}

fn page_head(meta: &Meta, values: &Values) -> String {
    let origin = match meta.origin {
        Origin::Official => format!("official, section {}", meta.section),
        Origin::Runbench => "ours, beyond the reference".to_owned(),
    };
    format!(
        "{}: {}\n{origin}; ruleset {}; at worst: {}\n",
        meta.id,
        values.fill(meta.title),
        meta.rulesets.join(", "),
        meta.severity.word()
    )
}

/// Headings and texts of a rule's page, those that are empty left out.
fn parts(meta: &Meta, values: &Values) -> Vec<(&'static str, String)> {
    let judged_by = meta.parameters.iter().flat_map(|parameter| {
        let below: Vec<String> = values
            .below(parameter)
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        if below.is_empty() {
            vec![(*parameter).to_owned()]
        } else {
            below
        }
    });
    let whose = if meta.parameters.iter().any(|name| name.starts_with("own.")) {
        "Judges by (`own.`: values of configs/own.ron)"
    } else {
        "Judges by (values of the ruleset)"
    };
    [
        ("What it checks", values.fill(meta.what)),
        ("Must hold", values.fill(meta.formula)),
        ("Why it matters", meta.why.to_owned()),
        ("How to fix", meta.fix.to_owned()),
        ("Reads", meta.reads.join("\n")),
        (whose, judged_by.collect::<Vec<_>>().join("\n")),
    ]
    .into_iter()
    .filter(|(_, body)| !body.is_empty())
    .collect()
}

fn write_part(text: &mut String, head: &str, body: &str, columns: usize) {
    // Writing to a `String` can't fail.
    let _ = write!(text, "\n{head}\n  {}\n", wrapped(body, 2, columns));
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
    fn a_second_page_says_only_what_differs() {
        let sets = ["v0.1", "v1.5"].map(|name| RuleSet::embedded(name).unwrap());
        let [old, new] = &sets;
        let of = |set: &RuleSet| of_ruleset(set).find(|meta| meta.id == "rate-mismatch").unwrap();
        let page = rule_page_after((of(old), &old.values()), of(new), &new.values(), 0);
        assert!(
            page.contains("Reads\n") && page.contains("As in v0.1\n  what it checks; why it matters"),
            "{page}"
        );
        assert!(!page.contains("How to fix\n"), "{page}");
        assert!(rule_page(of(old), &old.values(), 0).contains("own.rate_tolerance_ratio: 0.01"));
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
