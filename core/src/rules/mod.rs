//! Rules: facts in, findings out.
//!
//! A rule is a [`Meta`] and a pure function in a file of its own, named after its id. One shape serves every family:
//! [`Rule`] is generic over the kind of function, because what a rule looks at differs by family and version. A rule
//! can't fail, print or stop another; where what it reads is missing it says so with [`NotRun`], and the rule that
//! owns the missing thing reports it: one cause, one error.

mod diff;
pub mod document;
mod list;
mod model_name;
mod own;
mod page;
mod path_limits;
mod python_text;
mod stored_value;
pub mod v0_1;
pub mod v1_5;

pub use diff::{FieldChange, RuleChange, RuleName, RulesDiff, ValueChange, rules_diff};
pub use list::{RuleFilter, rules_json, rules_list, rules_markdown};
pub use page::{rule_page, rule_page_after, rules_page};

/// Id of the rules whose findings make a verdict incomplete.
pub(crate) const GATE_SKIPPED: &str = "gate-skipped";

/// Id of the rules whose warning, of key [`NO_TARGET`] where there are keys, makes a verdict incomplete.
pub(crate) const ACCURACY_GATE: &str = "accuracy-gate";

/// The ruleset has no accuracy target for the model.
pub(crate) const NO_TARGET: &str = "no-thresholds";

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diag::{Finding, Measure, Origin, Place, Severity, Term};
use crate::ruleset::RuleSet;

/// What kind of thing a rule judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Submission folders.
    Submission,
    /// Batches of accuracy evaluations.
    Evals,
    /// Storage benchmark results.
    Storage,
    /// Compliance audits.
    Audit,
}

/// What a rule says about itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Meta {
    /// Kebab-case id, never reused. Official rules have the reference's.
    pub id: &'static str,
    /// What it judges.
    pub family: Family,
    /// Whose rule it is.
    pub origin: Origin,
    /// Rulesets that have it.
    pub rulesets: &'static [&'static str],
    /// The worst that it says.
    pub severity: Severity,
    /// Whether its findings say which of its messages they are (ruleset v1.5 and later).
    pub keyed: bool,
    /// The section it enforces, in the reference's spelling.
    pub section: &'static str,
    /// Files it reads, as patterns below the submission's folder.
    pub reads: &'static [&'static str],
    /// Values of the ruleset that it judges by.
    pub parameters: &'static [&'static str],
    /// One line: what holds when it passes.
    pub title: &'static str,
    /// What it checks.
    pub what: &'static str,
    /// What must hold, as a formula of named terms; empty where nothing is computed. `{field}` stands for a value of
    /// the ruleset. A finding's terms are put in for their names (`explain`).
    pub formula: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to fix what it finds.
    pub fix: &'static str,
}

/// A rule: what it says about itself, and its function.
#[derive(Clone, Copy, Debug)]
pub struct Rule<Check> {
    /// What it says about itself.
    pub meta: Meta,
    /// What it does.
    pub check: Check,
}

/// Why a rule was not evaluated on something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotRun {
    /// The rule whose finding caused it, where there is one.
    pub cause: Option<&'static str>,
    /// Why, for people.
    pub reason: String,
}

impl NotRun {
    /// Because a rule that owns the missing thing has already reported it.
    pub fn after(cause: &'static str) -> Self {
        Self {
            cause: Some(cause),
            reason: format!("needs what `{cause}` found missing or unusable"),
        }
    }

    /// Because it does not apply, or there is nothing to judge by.
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            cause: None,
            reason: reason.into(),
        }
    }
}

/// What a rule's function returns; its findings go to the [`Sink`].
pub type Ran = Result<(), NotRun>;

/// Result of one rule over a whole submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Evaluated nowhere; the run's notes say why.
    NotRun,
    /// Held wherever it was evaluated.
    Pass,
    /// At least one warning.
    Warn,
    /// At least one error.
    Fail,
}

/// What became of one rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleRun {
    /// The rule's id.
    pub rule: &'static str,
    /// What the rule says about itself.
    #[serde(skip)]
    pub meta: &'static Meta,
    /// Whose rule it is.
    pub origin: Origin,
    /// The result.
    pub outcome: Outcome,
    /// On how many things it was evaluated.
    pub evaluated: usize,
    /// On how many things it was not.
    pub not_run: usize,
    /// Why not: each reason once, with its number of cases.
    pub reasons: BTreeMap<String, usize>,
    /// The same in order of evaluation, each with the rule whose finding caused it; the first 20.
    pub not_run_because: Vec<Cause>,
}

/// Why a rule was not evaluated, on how many things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Why, for people.
    pub reason: String,
    /// The rule whose finding caused it, where there is one.
    pub cause: Option<&'static str>,
    /// On how many things; 0 where the rule was never reached.
    pub count: usize,
}

/// How many causes a rule keeps in order; a reason can name what it is about, so there may be as many as points.
const CAUSES_KEPT: usize = 20;

/// Takes the findings of rules in the order of evaluation.
#[derive(Debug, Default)]
pub struct Sink {
    findings: Vec<Finding>,
    runs: Vec<RuleRun>,
    /// The run that was looked for last. The walk goes by registry order, so the next is mostly near behind it.
    last: usize,
}

/// The part of a [`Sink`] that one rule sees.
#[derive(Debug)]
pub struct Out<'a> {
    findings: &'a mut Vec<Finding>,
    meta: &'a Meta,
}

impl Sink {
    /// Registers rules, so that one that is never reached is still accounted for.
    pub fn expect(&mut self, rules: impl Iterator<Item = &'static Meta>) {
        for meta in rules {
            self.runs.push(RuleRun {
                rule: meta.id,
                meta,
                origin: meta.origin,
                outcome: Outcome::NotRun,
                evaluated: 0,
                not_run: 0,
                reasons: BTreeMap::new(),
                not_run_because: Vec::new(),
            });
        }
    }

    /// Evaluates one rule on one thing.
    pub fn run(&mut self, meta: &Meta, check: impl FnOnce(&mut Out<'_>) -> Ran) {
        let first = self.findings.len();
        let ran = check(&mut Out {
            findings: &mut self.findings,
            meta,
        });
        let Self { findings, runs, last } = self;
        let news = findings.get(first..).unwrap_or_default();
        let Some(run) = find_run(runs, meta.id, last) else {
            return;
        };
        match ran {
            Ok(()) => run.evaluated = run.evaluated.saturating_add(1),
            Err(not_run) => run.skipped(not_run),
        }
        if run.evaluated > 0 {
            run.outcome = run.outcome.max(Outcome::Pass);
        }
        for finding in news.iter().filter(|finding| finding.rule == meta.id) {
            run.outcome = run.outcome.max(Outcome::of(finding.severity));
        }
        // What a rule reports under another's id (a crash of the reference) counts for that other rule.
        for finding in news.iter().filter(|finding| finding.rule != meta.id) {
            if let Some(run) = runs.iter_mut().find(|run| run.rule == finding.rule) {
                run.outcome = run.outcome.max(Outcome::of(finding.severity));
            }
        }
    }

    /// Findings in order of evaluation, and what became of each rule in registry order. `stops` are the rules below
    /// whose errors the walk does not go; what it never reached is put down to the first of them.
    pub fn finish(self, stops: &[&str]) -> (Vec<Finding>, Vec<RuleRun>) {
        let Self {
            findings, mut runs, ..
        } = self;
        let stop = findings
            .iter()
            .find(|finding| finding.severity == Severity::Error && stops.contains(&finding.rule))
            .map(|finding| finding.rule);
        for run in &mut runs {
            if run.outcome == Outcome::NotRun && run.not_run == 0 {
                let NotRun { cause, reason } = match stop {
                    Some(rule) => NotRun::after(rule),
                    None => NotRun::because("there is nothing of the kind here"),
                };
                run.reasons.insert(reason.clone(), 0);
                run.not_run_because.push(Cause {
                    reason,
                    cause,
                    count: 0,
                });
            }
        }
        (findings, runs)
    }
}

impl RuleRun {
    /// Counts one thing on which the rule was not evaluated.
    fn skipped(&mut self, not_run: NotRun) {
        self.not_run = self.not_run.saturating_add(1);
        let causes = &mut self.not_run_because;
        if let Some(known) = causes.iter_mut().find(|known| known.reason == not_run.reason) {
            known.count = known.count.saturating_add(1);
        } else if causes.len() < CAUSES_KEPT {
            causes.push(Cause {
                reason: not_run.reason.clone(),
                cause: not_run.cause,
                count: 1,
            });
        }
        let count = self.reasons.entry(not_run.reason).or_default();
        *count = count.saturating_add(1);
    }
}

/// The run of a rule; looks from the one that was found last on, and then from the start.
fn find_run<'r>(runs: &'r mut [RuleRun], id: &str, last: &mut usize) -> Option<&'r mut RuleRun> {
    let is_it = |run: &RuleRun| run.rule == id;
    let behind = runs.iter().skip(*last).position(is_it);
    let at = match behind {
        Some(steps) => last.saturating_add(steps),
        None => runs.iter().position(is_it)?,
    };
    *last = at;
    runs.get_mut(at)
}

impl Outcome {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Fail,
            Severity::Warning => Self::Warn,
            Severity::Info => Self::Pass,
        }
    }
}

impl Out<'_> {
    /// Whether an official error stands at this place already, so that a finding of ours would repeat it.
    pub(crate) fn is_known_error(&self, place: &Place) -> bool {
        let same = |known: &Place| {
            known.file == place.file && known.line == place.line && known.column == place.column
        };
        self.findings.iter().any(|finding| {
            finding.severity == Severity::Error
                && finding.origin == Origin::Official
                && finding.place.as_ref().is_some_and(same)
        })
    }

    /// The check holds.
    pub fn pass(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Severity::Info, Some(path.into()), message.into());
    }

    /// The check holds, by the message of this key.
    pub fn pass_as(
        &mut self,
        key: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.push(Severity::Info, Some(path.into()), message.into())
            .keyed(key)
    }

    /// An error for something in a file that its schema does not accept. The reference names no section for it in
    /// rulesets without keys.
    pub fn schema_error(
        &mut self,
        path: impl Into<String>,
        key: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        let section = if self.meta.keyed { self.meta.section } else { "" };
        self.error(path, message).section(section).keyed(key)
    }

    /// Fails the submission in strict mode only.
    pub fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.push(Severity::Warning, Some(path.into()), message.into())
    }

    /// Fails the submission.
    pub fn error(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.push(Severity::Error, Some(path.into()), message.into())
    }

    /// An error under another rule's id: that of the file at whose value the reference crashes.
    pub fn error_under(
        &mut self,
        rule: &Meta,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> &mut Finding {
        let finding = self.push(Severity::Error, Some(path.into()), message.into());
        finding.rule = rule.id;
        finding.spec_ref = if rule.keyed { rule.section } else { "" };
        finding.fix = Some(rule.fix);
        finding.keyed("unworded-error")
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the last element of a vector that was just pushed to"
    )]
    fn push(&mut self, severity: Severity, path: Option<String>, message: String) -> &mut Finding {
        let fix = (severity != Severity::Info).then_some(self.meta.fix);
        self.findings.push(Finding {
            id: String::new(),
            origin: self.meta.origin,
            rule: self.meta.id,
            severity,
            path,
            spec_ref: self.meta.section,
            key: self.meta.keyed.then_some(default_key(severity)),
            message,
            fix,
            hint: None,
            place: None,
            measure: None,
            terms: Vec::new(),
        });
        let last = self.findings.len().saturating_sub(1);
        &mut self.findings[last]
    }
}

/// The key of a rule's only message of a severity.
fn default_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "fail",
        Severity::Warning => "warn",
        Severity::Info => "pass",
    }
}

impl Finding {
    /// Says which of its rule's messages it is, where the ruleset has keys.
    pub fn keyed(&mut self, key: &'static str) -> &mut Self {
        self.key = self.key.map(|_| key);
        self
    }

    /// Says where the value stands.
    pub fn at(&mut self, place: Place) -> &mut Self {
        self.place = Some(place);
        self
    }

    /// As [`Finding::at`], where there is a place.
    pub fn at_maybe(&mut self, place: Option<Place>) -> &mut Self {
        self.place = place.or(self.place.take());
        self
    }

    /// Adds the numbers behind the message.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass numbers, texts and formatted limits alike"
    )]
    pub fn measured(
        &mut self,
        measured: impl ToString,
        limit: impl ToString,
        unit: &'static str,
        margin: impl Into<String>,
    ) -> &mut Self {
        self.measure = Some(Measure {
            measured: measured.to_string(),
            limit: limit.to_string(),
            unit,
            margin: margin.into(),
        });
        self
    }

    /// Adds a number that went into the rule's formula, under its name there.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass numbers, texts and references alike"
    )]
    pub fn term(&mut self, name: &'static str, value: impl ToString) -> &mut Self {
        self.terms.push(Term {
            name,
            value: value.to_string(),
        });
        self
    }

    /// Replaces the section, where the reference names none.
    pub fn section(&mut self, section: &'static str) -> &mut Self {
        self.spec_ref = section;
        self
    }

    /// Takes the path away, where the reference prints none.
    pub fn without_path(&mut self) -> &mut Self {
        self.path = None;
        self
    }
}

/// Every rule of every version, oldest version first, as the catalogue shows it. An id may stand in several versions.
pub fn catalogue() -> impl Iterator<Item = &'static Meta> {
    let v0_1 = v0_1::registry::RULES.iter().map(|rule| &rule.meta);
    v0_1.chain(v1_5::registry::RULES.iter().map(|rule| &rule.meta))
}

/// The rules of a ruleset, in registry order.
pub fn of_ruleset(ruleset: &RuleSet) -> impl Iterator<Item = &'static Meta> {
    let version = ruleset.parameters.version();
    catalogue().filter(move |meta| meta.rulesets.contains(&version))
}
