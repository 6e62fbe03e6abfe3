//! The catalogue of a ruleset's rules, whole or filtered.

use std::fmt::Write as _;

use serde::Serialize;

use super::diff::cell;
use crate::diag::{Origin, Severity};
use crate::rules::{Family, Meta, of_ruleset};
use crate::ruleset::RuleSet;

/// Which rules to list; an empty filter lists all.
#[derive(Clone, Debug, Default)]
pub struct RuleFilter {
    /// Only rules of this origin.
    pub origin: Option<Origin>,
    /// Only rules that are at worst this.
    pub severity: Option<Severity>,
    /// Only rules of this section, with or without its sign; `9` takes `§9.1` too.
    pub section: Option<String>,
    /// Only rules whose id or texts hold this, case aside.
    pub text: Option<String>,
}

impl RuleFilter {
    fn wants(&self, meta: &Meta) -> bool {
        let holds = |text: &String| {
            let text = text.to_lowercase();
            [meta.id, meta.title, meta.what, meta.formula, meta.why, meta.fix]
                .iter()
                .any(|known| known.to_lowercase().contains(&text))
        };
        self.origin.is_none_or(|origin| origin == meta.origin)
            && self.severity.is_none_or(|severity| severity == meta.severity)
            && self.text.as_ref().is_none_or(holds)
            && self
                .section
                .as_ref()
                .is_none_or(|section| in_section(meta.section, section))
    }
}

/// Whether one of a rule's sections is the one wanted, or below it.
fn in_section(sections: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches(['#', '\u{a7}']);
    sections
        .split(", ")
        .map(|section| section.trim_start_matches(['#', '\u{a7}']))
        .any(|section| {
            let (first, last) = section.split_once('\u{2013}').unwrap_or((section, section));
            let number = |text: &str| text.parse::<u32>().ok();
            let between = number(wanted)
                .is_some_and(|n| number(first) <= Some(n) && number(last).is_some_and(|last| n <= last));
            let below = section
                .strip_prefix(wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            below || (first != last && between)
        })
}

fn filtered<'a>(ruleset: &'a RuleSet, filter: &'a RuleFilter) -> impl Iterator<Item = &'static Meta> + 'a {
    of_ruleset(ruleset).filter(|meta| filter.wants(meta))
}

/// One line per rule, in the order of evaluation.
pub fn rules_list(ruleset: &RuleSet, filter: &RuleFilter) -> String {
    let values = ruleset.values();
    let width = filtered(ruleset, filter)
        .map(|meta| meta.id.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for meta in filtered(ruleset, filter) {
        let section = match meta.origin {
            Origin::Official => meta.section,
            Origin::Runbench => "ours",
        };
        // Writing to a `String` can't fail.
        let _ = writeln!(
            text,
            "{:<width$}  {:<7}  {section:<6}  {}",
            meta.id,
            meta.severity.word(),
            values.fill(meta.title)
        );
    }
    text
}

#[derive(Serialize)]
struct JsonList<'a> {
    format_version: u32,
    ruleset: &'a str,
    ruleset_sha256: &'a str,
    ruleset_custom: bool,
    rules: Vec<JsonMeta>,
}

#[derive(Serialize)]
struct JsonMeta {
    rule: &'static str,
    family: Family,
    origin: Origin,
    rulesets: &'static [&'static str],
    severity: Severity,
    section: &'static str,
    reads: &'static [&'static str],
    parameters: &'static [&'static str],
    title: String,
    what: String,
    formula: String,
    why: &'static str,
    fix: &'static str,
}

/// The same for programs, with all texts; indented by 2, with a newline at the end.
pub fn rules_json(ruleset: &RuleSet, filter: &RuleFilter) -> String {
    let values = ruleset.values();
    let rules = filtered(ruleset, filter).map(|meta| JsonMeta {
        rule: meta.id,
        family: meta.family,
        origin: meta.origin,
        rulesets: meta.rulesets,
        severity: meta.severity,
        section: meta.section,
        reads: meta.reads,
        parameters: meta.parameters,
        title: values.fill(meta.title),
        what: values.fill(meta.what),
        formula: values.fill(meta.formula),
        why: meta.why,
        fix: meta.fix,
    });
    let list = JsonList {
        format_version: 1,
        ruleset: &ruleset.name,
        ruleset_sha256: &ruleset.sha256,
        ruleset_custom: ruleset.custom,
        rules: rules.collect(),
    };
    // Text and lists only, so this can't fail.
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}

/// The same as a Markdown table.
pub fn rules_markdown(ruleset: &RuleSet, filter: &RuleFilter) -> String {
    let values = ruleset.values();
    let mut text = String::from(
        "| rule | origin | at worst | section | holds when |\n| --- | --- | --- | --- | --- |\n",
    );
    for meta in filtered(ruleset, filter) {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            meta.id,
            meta.origin.word(),
            meta.severity.word(),
            meta.section,
            cell(&values.fill(meta.title))
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_with_and_without_sign_and_below() {
        for (sections, wanted, holds) in [
            ("#2, #8", "8", true),
            ("#2, #8", "#2", true),
            ("\u{a7}9.1", "9", true),
            ("\u{a7}9.1", "\u{a7}9.1", true),
            ("\u{a7}10", "1", false),
            ("#3\u{2013}6", "5", true),
            ("#3\u{2013}6", "7", false),
        ] {
            assert_eq!(in_section(sections, wanted), holds, "{sections} {wanted}");
        }
    }

    #[test]
    fn filters_are_met_together() {
        let ruleset = RuleSet::embedded("v1.5").unwrap();
        let all = of_ruleset(&ruleset).count();
        let count = |filter: &RuleFilter| rules_list(&ruleset, filter).lines().count();
        assert_eq!(count(&RuleFilter::default()), all);
        let own = RuleFilter {
            origin: Some(Origin::Runbench),
            ..RuleFilter::default()
        };
        let official = RuleFilter {
            origin: Some(Origin::Official),
            ..RuleFilter::default()
        };
        assert_eq!(count(&own) + count(&official), all);
        let both = RuleFilter {
            text: Some("LATENCY".to_owned()),
            severity: Some(Severity::Warning),
            ..official
        };
        assert!(count(&both) < count(&RuleFilter::default()));
    }
}
