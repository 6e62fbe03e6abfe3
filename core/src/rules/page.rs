//! The rules page, made from the registry.

use std::fmt::Write as _;

use crate::diag::Origin;
use crate::rules::{Meta, catalogue};
use crate::ruleset::RuleSet;

/// `docs/rules.md`: every rule with what it checks, why, and how to fix what it finds.
pub fn rules_page() -> String {
    let mut text = String::from(
        "# Rules\n\n\
         Made from the registry by `cargo xtask generate`; do not edit. `runbench rules show ID` prints one of them.\n\n\
         Official rules decide as the reference checker does, quirks included. Rules of our own are reported beside \
         them and never change the official answer.\n",
    );
    for name in RuleSet::names() {
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
                    meta.title
                );
            }
            for meta in rules().filter(|meta| meta.origin == origin) {
                entry(&mut text, name, meta);
            }
        }
    }
    text
}

fn entry(text: &mut String, ruleset: &str, meta: &Meta) {
    let code = |words: &[&str]| {
        words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let _ = write!(text, "\n### {ruleset} {}\n\n{}\n\n", meta.id, meta.what);
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

/// A text with a capital in front and a full stop behind.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map_or(String::new(), |c| c.to_uppercase().collect());
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
