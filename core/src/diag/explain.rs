//! `explain`: a finding's formula with the numbers put in.
//!
//! Everything comes from the JSON report, so that a stored one can be explained as well as a fresh one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::source::printable;
use super::text::draw_line;
use super::{Place, to_json, wrapped};
use crate::check::Report;
use crate::suggest::did_you_mean;

/// How much of an id must be given.
const SHORTEST_ID: usize = 4;

/// How many findings are explained before the rest is only counted.
const MOST_EXPLAINED: usize = 50;

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// Not a report of `check`.
    #[error("this is no JSON report of `runbench check`: {0}")]
    Malformed(String),
    /// A report of a later version.
    #[error("the report has format_version {0}; this program reads 1")]
    Version(u64),
    /// Neither a finding nor a rule.
    #[error("the report has no finding or rule `{asked}`{near}")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// `; did you mean ...?`, where something is near.
        near: String,
    },
}

#[derive(Deserialize)]
struct Head {
    format_version: u64,
}

#[derive(Deserialize)]
struct Stored {
    findings: Vec<StoredFinding>,
    rules: Vec<StoredRule>,
}

#[derive(Deserialize)]
struct StoredFinding {
    id: String,
    origin: String,
    rule: String,
    severity: String,
    path: Option<String>,
    spec_ref: String,
    message: String,
    fix: Option<String>,
    hint: Option<String>,
    place: Option<Place>,
    measure: Option<StoredMeasure>,
    terms: Vec<StoredTerm>,
}

#[derive(Deserialize)]
struct StoredMeasure {
    measured: String,
    limit: String,
    unit: String,
    margin: String,
}

#[derive(Deserialize)]
struct StoredTerm {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct StoredRule {
    rule: String,
    outcome: String,
    evaluated: usize,
    not_run_because: Vec<StoredCause>,
    title: String,
    why: String,
    formula: String,
}

#[derive(Deserialize)]
struct StoredCause {
    reason: String,
}

/// Explains one finding of a report, by its id or the first four digits of it at least, or all findings of a rule.
/// Lines are broken at `columns`; 0 breaks none.
pub fn explain(report: &Report, asked: &str, columns: usize) -> Result<String, ExplainError> {
    explain_json(&to_json(report), asked, columns)
}

/// As [`explain`], of a report that `check` wrote as JSON.
pub fn explain_json(report: &str, asked: &str, columns: usize) -> Result<String, ExplainError> {
    let malformed = |error: serde_json::Error| ExplainError::Malformed(error.to_string());
    let Head { format_version } = serde_json::from_str(report).map_err(malformed)?;
    if format_version != 1 {
        return Err(ExplainError::Version(format_version));
    }
    let report: Stored = serde_json::from_str(report).map_err(malformed)?;
    let asked = asked.trim();
    let by_id = asked.len() >= SHORTEST_ID && asked.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lower = asked.to_ascii_lowercase();
    let wanted: Vec<&StoredFinding> = report
        .findings
        .iter()
        .filter(|finding| finding.rule == asked || (by_id && finding.id.starts_with(&lower)))
        .collect();
    let rules: BTreeMap<&str, &StoredRule> = report
        .rules
        .iter()
        .map(|rule| (rule.rule.as_str(), rule))
        .collect();
    if wanted.is_empty() {
        let rule = rules.get(asked).ok_or_else(|| ExplainError::Unknown {
            asked: asked.to_owned(),
            near: did_you_mean(asked, rules.keys().copied()),
        })?;
        return Ok(quiet_rule(rule, columns));
    }
    let shown = wanted.iter().take(MOST_EXPLAINED);
    let mut parts: Vec<String> = shown
        .map(|finding| one(finding, rules.get(finding.rule.as_str()).copied(), columns))
        .collect();
    let more = wanted.len().saturating_sub(MOST_EXPLAINED);
    if more > 0 {
        parts.push(format!(
            "{more} more findings of this rule; ask for one by its id\n"
        ));
    }
    Ok(parts.join("\n"))
}

/// A rule without findings.
fn quiet_rule(rule: &StoredRule, columns: usize) -> String {
    let mut text = format!("{}: {}\n", printable(&rule.rule), printable(&rule.title));
    let mut note = |word: &str, body: &str| note(&mut text, word, body, columns);
    if rule.outcome == "not_run" {
        let reasons: Vec<&str> = rule
            .not_run_because
            .iter()
            .map(|cause| cause.reason.as_str())
            .collect();
        note("not evaluated", &reasons.join("; "));
    } else {
        note(
            "result",
            &format!("holds wherever it was evaluated ({} times)", rule.evaluated),
        );
    }
    if !rule.formula.is_empty() {
        note("must hold", &rule.formula);
    }
    note("why", &rule.why);
    text
}

fn one(finding: &StoredFinding, rule: Option<&StoredRule>, columns: usize) -> String {
    let mut text = format!(
        "{}[{}]: {}\n",
        printable(&finding.severity),
        printable(&finding.rule),
        printable(&finding.message)
    );
    match (&finding.place, &finding.path) {
        (Some(place), _) => {
            let _ = writeln!(
                text,
                "  --> {}:{}:{}   {}",
                printable(&place.file),
                place.line,
                place.column,
                printable(&place.pointer)
            );
            let place = Place {
                text: printable(&place.text),
                ..place.clone()
            };
            draw_line(&mut text, &place, "", str::to_owned);
        }
        (None, Some(path)) => {
            let _ = writeln!(text, "  --> {}", printable(path));
        }
        (None, None) => {}
    }
    let mut note = |word: &str, body: &str| note(&mut text, word, body, columns);
    if let Some(formula) = rule.map(|rule| rule.formula.as_str()).filter(|f| !f.is_empty()) {
        note("must hold", formula);
        let terms: BTreeMap<&str, &str> = finding
            .terms
            .iter()
            .map(|term| (term.name.as_str(), term.value.as_str()))
            .collect();
        let filled = with_numbers(formula, &terms);
        if filled != formula {
            note("here", &filled);
        }
    }
    if let Some(measure) = &finding.measure {
        let unit = if measure.unit.is_empty() { "" } else { " " };
        note("measured", &format!("{}{unit}{}", measure.measured, measure.unit));
        note("limit", &format!("{}{unit}{}", measure.limit, measure.unit));
        if !measure.margin.is_empty() {
            note("margin", &measure.margin);
        }
    }
    for term in &finding.terms {
        note("", &format!("{} = {}", term.name, term.value));
    }
    let whose = if finding.origin == "official" {
        "official"
    } else {
        "runbench; no part of the official answer"
    };
    let section = if finding.spec_ref.is_empty() {
        String::new()
    } else {
        format!(", section {}", finding.spec_ref)
    };
    note("rule of", &format!("{whose}{section}"));
    if let Some(rule) = rule {
        note("why", &rule.why);
    }
    for help in [&finding.hint, &finding.fix].into_iter().flatten() {
        note("help", help);
    }
    note("id", &finding.id);
    text
}

fn note(text: &mut String, word: &str, body: &str, columns: usize) {
    let head = if word.is_empty() {
        String::new()
    } else {
        format!("{word}:")
    };
    let body: Vec<String> = body.lines().map(printable).collect();
    let _ = writeln!(text, "   = {head:<10} {}", wrapped(&body.join("\n"), 16, columns));
}

/// A formula with numbers for the names of its terms.
fn with_numbers(formula: &str, terms: &BTreeMap<&str, &str>) -> String {
    let mut filled = String::new();
    let mut name = String::new();
    let flush = |name: &mut String, filled: &mut String| {
        match terms.get(name.as_str()) {
            Some(value) if value.starts_with('-') => {
                let _ = write!(filled, "({value})");
            }
            Some(value) => filled.push_str(value),
            None => filled.push_str(name),
        }
        name.clear();
    };
    for c in formula.chars() {
        if c.is_alphanumeric() || c == '_' {
            name.push(c);
        } else {
            flush(&mut name, &mut filled);
            filled.push(c);
        }
    }
    flush(&mut name, &mut filled);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_whole_names_only() {
        let terms = BTreeMap::from([("ran", "5"), ("a", "-1")]);
        assert_eq!(
            with_numbers("ran - a >= ran_least", &terms),
            "5 - (-1) >= ran_least"
        );
    }

    #[test]
    fn what_is_no_report_is_said_to_be_none() {
        for text in ["", "[]", "{\"format_version\": 1}"] {
            assert!(
                matches!(explain_json(text, "x", 0), Err(ExplainError::Malformed(_))),
                "{text}"
            );
        }
        assert_eq!(
            explain_json("{\"format_version\": 7}", "x", 0),
            Err(ExplainError::Version(7))
        );
    }
}
