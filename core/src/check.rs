//! The whole way from a tree of files to a report.

use serde::Serialize;

use crate::curve::{self, Curve};
use crate::diag::{Finding, Origin, Severity, complete};
use crate::rules::{ACCURACY_GATE, GATE_SKIPPED, NO_TARGET};
use crate::rules::{RuleRun, Sink, v0_1, v1_5};
use crate::ruleset::{Choice, Parameters, RuleSet};
use crate::tree::{Prefix, Tree};

/// The answer for a submission, over official and own findings together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing is wrong.
    Valid,
    /// At least one error, official or ours.
    Invalid,
    /// No error, but a gate that decides was not evaluated.
    Incomplete,
}

impl Verdict {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Everything that was found out about a submission.
#[derive(Clone, Debug)]
pub struct Report {
    /// The path that was checked, as printed.
    pub path: String,
    /// Name of the ruleset.
    pub ruleset: String,
    /// The program whose verdict the official one equals.
    pub reference: String,
    /// SHA-256 of the ruleset's file.
    pub ruleset_sha256: String,
    /// Whether the ruleset is a user's own, so that the official part is nobody's official answer.
    pub ruleset_custom: bool,
    /// How the ruleset came to be the one that judged.
    pub ruleset_choice: Choice,
    /// The values that the rules judged by.
    pub parameters: Parameters,
    /// Results and findings in order of evaluation.
    pub findings: Vec<Finding>,
    /// What became of each rule, in registry order.
    pub rules: Vec<RuleRun>,
    /// The curves, for pictures; the JSON report leaves them out.
    pub curves: Vec<Curve>,
}

/// How many findings of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
}

/// Files that replace lists of the ruleset, where the ruleset has them (v1.5).
#[derive(Clone, Debug, Default)]
pub struct Replacements {
    /// Published seed sets.
    pub seed_sets: Option<Replacement>,
    /// Approved drafters.
    pub approved_drafters: Option<Replacement>,
}

/// A file that replaces a list.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// Its path, for messages.
    pub path: String,
    /// Its bytes, or why they could not be read.
    pub content: Result<Vec<u8>, String>,
}

/// Judges a submission by a ruleset. `given` is its path as the user gave it; every printed path starts with it.
///
/// Never fails: what can't be read is a finding.
pub fn check(tree: &dyn Tree, given: &str, ruleset: &RuleSet) -> Report {
    check_with(tree, given, ruleset, &Replacements::default())
}

/// As [`check`], with files that replace lists of the ruleset.
pub fn check_with(tree: &dyn Tree, given: &str, ruleset: &RuleSet, replacements: &Replacements) -> Report {
    let prefix = Prefix::new(given);
    let mut sink = Sink::default();
    let (path, mut curves, stops) = match &ruleset.parameters {
        Parameters::SubmissionV01(parameters) => {
            let submission = v0_1::facts::gather(tree, &prefix, parameters, &ruleset.own);
            v0_1::evaluate(&submission, &mut sink);
            let curves = curve::of_v0_1(&submission);
            (submission.path, curves, v0_1::STOPS)
        }
        Parameters::SubmissionV15(parameters) => {
            let submission = v1_5::facts::gather(tree, &prefix, parameters, &ruleset.own, replacements);
            v1_5::evaluate(&submission, &mut sink);
            let curves = curve::of_v1_5(&submission);
            (submission.path, curves, v1_5::STOPS)
        }
    };
    let (mut findings, rules) = sink.finish(stops);
    curve::finish(&mut curves, &findings);
    complete(&mut findings, tree, &prefix, &path);
    Report {
        path,
        ruleset: ruleset.name.clone(),
        reference: ruleset.reference.clone(),
        ruleset_sha256: ruleset.sha256.clone(),
        ruleset_custom: ruleset.custom,
        ruleset_choice: if ruleset.custom {
            Choice::file()
        } else {
            Choice::named()
        },
        parameters: ruleset.parameters.clone(),
        findings,
        rules,
        curves,
    }
}

impl Report {
    /// Findings of one origin.
    pub fn of(&self, origin: Origin) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.origin == origin)
    }

    /// Errors of both origins.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }

    /// Counts of one origin's findings.
    pub fn counts(&self, origin: Origin) -> Counts {
        self.of(origin).fold(Counts::default(), |mut counts, finding| {
            let count = match finding.severity {
                Severity::Error => &mut counts.errors,
                Severity::Warning => &mut counts.warnings,
                Severity::Info => &mut counts.infos,
            };
            *count = count.saturating_add(1);
            counts
        })
    }

    /// The reference's exit code: 0, or 1 with errors, or with warnings when strict.
    pub fn official_exit_code(&self, strict: bool) -> u8 {
        let counts = self.counts(Origin::Official);
        u8::from(counts.errors > 0 || (strict && counts.warnings > 0))
    }

    /// The answer over official and own findings together.
    pub fn verdict(&self) -> Verdict {
        let gate_skipped = |finding: &Finding| {
            let is_warning = finding.severity == Severity::Warning;
            is_warning && (finding.rule == GATE_SKIPPED || says_no_target(finding))
        };
        if self.errors().next().is_some() {
            Verdict::Invalid
        } else if self.findings.iter().any(gate_skipped) {
            Verdict::Incomplete
        } else {
            Verdict::Valid
        }
    }
}

/// Whether a warning is the gate's own about a model that the ruleset has no target for.
fn says_no_target(finding: &Finding) -> bool {
    finding.rule == ACCURACY_GATE && finding.key.is_none_or(|key| key == NO_TARGET)
}
