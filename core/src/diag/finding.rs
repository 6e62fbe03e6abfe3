//! One finding.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Fails the submission.
    Error,
    /// Fails it in strict mode only.
    Warning,
    /// A check that passed.
    Info,
}

impl Severity {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Who says it: the two never mix (design.md C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A rule of the published ruleset, with the reference's verdict.
    Official,
    /// Ours, beyond the reference.
    Runbench,
}

/// Where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file, as printed.
    pub file: String,
    /// JSON pointer of the value; empty for the whole file.
    pub pointer: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Characters of the value on that line, at least 1.
    pub width: usize,
    /// The line itself; of a very long one a piece around the value.
    pub text: String,
    /// Column of the value in `text`, from 1.
    pub text_column: usize,
}

/// What was measured against what limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// What the submission says.
    pub measured: String,
    /// What the rule asks for.
    pub limit: String,
    /// Unit of both.
    pub unit: &'static str,
    /// By how much the limit is missed, for people; empty where there is no distance.
    pub margin: String,
}

/// A number that went into a rule's formula, under the name that it has there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// The name in the formula.
    pub name: &'static str,
    /// The number, as text.
    pub value: String,
}

/// What one rule has to say about one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Ten hex digits that tell it from the others: made of rule, key, and place below the folder that was checked, not
    /// of the numbers, so that it stays the same while others are mended. Empty where a check holds.
    pub id: String,
    /// Who says it.
    pub origin: Origin,
    /// Id of the rule.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Path as the reference prints it; `None` where it prints none.
    pub path: Option<String>,
    /// The section that the rule enforces, in the reference's spelling; empty for schema errors in v0.1.
    pub spec_ref: &'static str,
    /// Which of the rule's messages it is; `None` in v0.1, whose results have no keys.
    pub key: Option<&'static str>,
    /// What is wrong, or what holds: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub fix: Option<&'static str>,
    /// What was probably meant, where something near stands there instead.
    pub hint: Option<String>,
    /// Where the value stands, when it stands in a file.
    pub place: Option<Place>,
    /// The numbers behind the message.
    pub measure: Option<Measure>,
    /// What the rule's formula was computed from.
    pub terms: Vec<Term>,
}

impl Origin {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Runbench => "runbench",
        }
    }
}
