//! What differs between two rulesets: rules, what they say of themselves, and the values they judge by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::diag::{Origin, wrapped};
use crate::rules::{Meta, of_ruleset};
use crate::ruleset::{RuleSet, Values};

/// What differs between two rulesets.
#[derive(Clone, Debug, Serialize)]
pub struct RulesDiff {
    format_version: u32,
    /// Name of the first.
    pub from: String,
    /// Name of the second.
    pub to: String,
    /// Rules that only the second has, in its order.
    pub added: Vec<RuleName>,
    /// Rules that only the first has, in its order.
    pub removed: Vec<RuleName>,
    /// Rules of both that differ, in the second's order.
    pub changed: Vec<RuleChange>,
    /// Values that differ, by name.
    pub values: Vec<ValueChange>,
}

/// A rule that one of the two has.
#[derive(Clone, Debug, Serialize)]
pub struct RuleName {
    /// Its id.
    pub rule: &'static str,
    /// Whose rule it is.
    pub origin: Origin,
    /// What holds when it passes.
    pub title: String,
}

/// A rule that both have.
#[derive(Clone, Debug, Serialize)]
pub struct RuleChange {
    /// Its id.
    pub rule: &'static str,
    /// Each field that differs: severity, section, formula, reads, parameters, title, what, why, fix.
    pub fields: Vec<FieldChange>,
}

/// A field of a rule.
#[derive(Clone, Debug, Serialize)]
pub struct FieldChange {
    /// Which.
    pub field: &'static str,
    /// In the first.
    pub from: String,
    /// In the second.
    pub to: String,
}

/// A value of the ruleset.
#[derive(Clone, Debug, Serialize)]
pub struct ValueChange {
    /// Its dotted name.
    pub name: String,
    /// In the first; `None` where it has none.
    pub from: Option<String>,
    /// In the second; `None` where it has none.
    pub to: Option<String>,
}

/// Compares two rulesets.
pub fn rules_diff(from: &RuleSet, to: &RuleSet) -> RulesDiff {
    let (old_values, new_values) = (from.values(), to.values());
    let old: BTreeMap<&str, &Meta> = of_ruleset(from).map(|meta| (meta.id, meta)).collect();
    let new: BTreeSet<&str> = of_ruleset(to).map(|meta| meta.id).collect();
    let name = |meta: &Meta, values: &Values| RuleName {
        rule: meta.id,
        origin: meta.origin,
        title: values.fill(meta.title),
    };
    let changed = of_ruleset(to).filter_map(|meta| {
        let fields = fields(old.get(meta.id)?, &old_values, meta, &new_values);
        (!fields.is_empty()).then_some(RuleChange {
            rule: meta.id,
            fields,
        })
    });
    RulesDiff {
        format_version: 1,
        from: from.name.clone(),
        to: to.name.clone(),
        added: of_ruleset(to)
            .filter(|meta| !old.contains_key(meta.id))
            .map(|meta| name(meta, &new_values))
            .collect(),
        removed: of_ruleset(from)
            .filter(|meta| !new.contains(meta.id))
            .map(|meta| name(meta, &old_values))
            .collect(),
        changed: changed.collect(),
        values: value_changes(&old_values, &new_values),
    }
}

fn fields(old: &Meta, old_values: &Values, new: &Meta, new_values: &Values) -> Vec<FieldChange> {
    let text = |from: &str, to: &str| (old_values.fill(from), new_values.fill(to));
    let words = |from: &[&str], to: &[&str]| (from.join(", "), to.join(", "));
    let plain = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    [
        ("severity", plain(old.severity.word(), new.severity.word())),
        ("section", plain(old.section, new.section)),
        ("formula", text(old.formula, new.formula)),
        ("reads", words(old.reads, new.reads)),
        ("parameters", words(old.parameters, new.parameters)),
        ("title", text(old.title, new.title)),
        ("what", text(old.what, new.what)),
        ("why", plain(old.why, new.why)),
        ("fix", plain(old.fix, new.fix)),
    ]
    .into_iter()
    .filter(|(field, (from, to))| {
        // The rulesets spell sections differently: `#7` is no other section than `§7`.
        from != to && (*field != "section" || number(from) != number(to))
    })
    .map(|(field, (from, to))| FieldChange { field, from, to })
    .collect()
}

/// A section without the sign in front.
fn number(section: &str) -> &str {
    section.trim_start_matches(['#', '\u{a7}'])
}

fn value_changes(old: &Values, new: &Values) -> Vec<ValueChange> {
    let names: BTreeSet<&str> = old.iter().chain(new.iter()).map(|(name, _)| name).collect();
    names
        .into_iter()
        .filter(|name| old.get(name) != new.get(name))
        .map(|name| ValueChange {
            name: name.to_owned(),
            from: old.get(name).map(str::to_owned),
            to: new.get(name).map(str::to_owned),
        })
        .collect()
}

/// Fields whose old and new value fit a line.
const SHORT_FIELDS: [&str; 5] = ["severity", "section", "formula", "parameters", "title"];

impl RulesDiff {
    /// For people; lines are broken at `columns`, 0 breaks none.
    pub fn to_text(&self, columns: usize) -> String {
        let mut text = format!("{} -> {}\n", self.from, self.to);
        for (head, sign, rules) in [("added", '+', &self.added), ("removed", '-', &self.removed)] {
            let _ = writeln!(text, "\n{head}: {}", rules.len());
            for rule in rules {
                let line = format!("{}{}: {}", rule.rule, ours(rule.origin), rule.title);
                let _ = writeln!(text, "  {sign} {}", wrapped(&line, 6, columns));
            }
        }
        let _ = writeln!(text, "\nchanged: {}", self.changed.len());
        for change in &self.changed {
            let _ = writeln!(text, "  ~ {}", change.rule);
            let mut long = Vec::new();
            for field in &change.fields {
                if SHORT_FIELDS.contains(&field.field) {
                    let none = |value: &str| {
                        if value.is_empty() {
                            "none".to_owned()
                        } else {
                            value.to_owned()
                        }
                    };
                    let line = format!("{}: {} -> {}", field.field, none(&field.from), none(&field.to));
                    let _ = writeln!(text, "      {}", wrapped(&line, 8, columns));
                } else {
                    long.push(field.field);
                }
            }
            if !long.is_empty() {
                let _ = writeln!(text, "      text: {}", long.join(", "));
            }
        }
        let _ = writeln!(text, "\nvalues: {}", self.values.len());
        for value in &self.values {
            let line = match (&value.from, &value.to) {
                (Some(from), Some(to)) => format!("~ {}: {from} -> {to}", value.name),
                (Some(from), None) => format!("- {}: {from}", value.name),
                (None, Some(to)) => format!("+ {}: {to}", value.name),
                (None, None) => continue,
            };
            let _ = writeln!(text, "  {}", wrapped(&line, 6, columns));
        }
        text
    }

    /// For programs, indented by 2, with a newline at the end.
    pub fn to_json(&self) -> String {
        // Text and lists only, so this can't fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_else(|_| "{}".to_owned());
        text.push('\n');
        text
    }

    /// For a page.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# Rules: {} to {}\n", self.from, self.to);
        for (head, rules) in [("Added", &self.added), ("Removed", &self.removed)] {
            let _ = write!(text, "\n## {head}: {}\n\n", rules.len());
            for rule in rules {
                let _ = writeln!(text, "- `{}`{}: {}", rule.rule, ours(rule.origin), rule.title);
            }
        }
        let _ = write!(text, "\n## Changed: {}\n", self.changed.len());
        for change in &self.changed {
            let _ = write!(
                text,
                "\n### {}\n\n| | {} | {} |\n| --- | --- | --- |\n",
                change.rule, self.from, self.to
            );
            for field in &change.fields {
                let _ = writeln!(
                    text,
                    "| {} | {} | {} |",
                    field.field,
                    cell(&field.from),
                    cell(&field.to)
                );
            }
        }
        let _ = write!(
            text,
            "\n## Values: {}\n\n| value | {} | {} |\n| --- | --- | --- |\n",
            self.values.len(),
            self.from,
            self.to
        );
        for value in &self.values {
            let shown = |value: &Option<String>| value.as_deref().map_or("–".to_owned(), cell);
            let _ = writeln!(
                text,
                "| `{}` | {} | {} |",
                value.name,
                shown(&value.from),
                shown(&value.to)
            );
        }
        text
    }
}

fn ours(origin: Origin) -> &'static str {
    match origin {
        Origin::Official => "",
        Origin::Runbench => " (ours)",
    }
}

/// A text of ours in a table's cell.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(from: &str, to: &str) -> RulesDiff {
        rules_diff(&RuleSet::embedded(from).unwrap(), &RuleSet::embedded(to).unwrap())
    }

    #[test]
    fn a_ruleset_does_not_differ_from_itself() {
        let same = diff("v1.5", "v1.5");
        assert!(same.added.is_empty() && same.removed.is_empty());
        assert!(same.changed.is_empty() && same.values.is_empty());
    }

    #[test]
    fn every_rule_of_both_is_added_removed_or_common_and_the_way_back_mirrors() {
        let (there, back) = (diff("v0.1", "v1.5"), diff("v1.5", "v0.1"));
        let count = |name: &str| of_ruleset(&RuleSet::embedded(name).unwrap()).count();
        assert_eq!(
            count("v1.5") - there.added.len(),
            count("v0.1") - there.removed.len()
        );
        assert_eq!(there.added.len(), back.removed.len());
        assert_eq!(there.changed.len(), back.changed.len());
        let severity = there
            .changed
            .iter()
            .find(|change| change.rule == "streaming-config")
            .and_then(|change| change.fields.iter().find(|field| field.field == "section"));
        let severity = severity.unwrap();
        assert!(severity.from.starts_with('#') && severity.to.starts_with('\u{a7}'));
        let path = there.changed.iter().find(|change| change.rule == "path-exists");
        assert!(path.is_none_or(|change| change.fields.iter().all(|field| field.field != "section")));
        let value = |name: &str| there.values.iter().find(|value| value.name == name).unwrap();
        assert_eq!(value("min_passes").to.as_deref(), Some("4"));
        assert_eq!(value("min_queries.dataset-a").from.as_deref(), Some("1"));
        assert!(there.values.iter().all(|value| value.name != "regions.margin"));
    }
}
