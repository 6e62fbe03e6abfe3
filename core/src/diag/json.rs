//! The report as JSON: a contract (design.md C5). Command line and page give the same bytes.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::check::{Counts, Report, Verdict};
use crate::diag::{Finding, Origin, Severity};
use crate::rules::{Cause, Outcome};
use crate::ruleset::Choice;

/// Version of the report's layout; grows when a reader must change.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct JsonReport<'a> {
    format_version: u32,
    program: &'static str,
    program_version: &'static str,
    path: &'a str,
    ruleset: &'a str,
    ruleset_sha256: &'a str,
    ruleset_custom: bool,
    ruleset_choice: &'a Choice,
    reference: &'a str,
    verdict: Verdict,
    official: Official<'a>,
    own: Own,
    findings: Vec<&'a Finding>,
    rules: Vec<JsonRule<'a>>,
}

/// What became of a rule, with what is needed to explain its findings.
#[derive(Serialize)]
struct JsonRule<'a> {
    rule: &'a str,
    origin: Origin,
    outcome: Outcome,
    evaluated: usize,
    not_run: usize,
    reasons: &'a BTreeMap<String, usize>,
    not_run_because: &'a [Cause],
    title: String,
    why: &'a str,
    formula: String,
}

#[derive(Serialize)]
struct Official<'a> {
    exit_code: u8,
    strict_exit_code: u8,
    counts: Counts,
    results: Vec<OfficialResult<'a>>,
}

#[derive(Serialize)]
struct Own {
    counts: Counts,
}

/// A result as the reference writes it.
#[derive(Serialize)]
struct OfficialResult<'a> {
    severity: Severity,
    rule: &'a str,
    path: Option<&'a str>,
    spec_ref: &'a str,
    key: Option<&'a str>,
    message: &'a str,
    fix: Option<&'a str>,
}

/// Writes a report as JSON, indented by 2, with a newline at the end.
///
/// Every key is explained in `docs/output.md`. `official.results` are all results of the official rules in the reference's order; `findings` are the errors and
/// warnings of both origins, each with its place and numbers.
pub fn to_json(report: &Report) -> String {
    let results = report.of(Origin::Official).map(|finding| OfficialResult {
        severity: finding.severity,
        rule: finding.rule,
        path: finding.path.as_deref(),
        spec_ref: finding.spec_ref,
        key: finding.key,
        message: &finding.message,
        fix: finding.fix,
    });
    let values = report.parameters.values();
    let rules = report.rules.iter().map(|run| JsonRule {
        rule: run.rule,
        origin: run.origin,
        outcome: run.outcome,
        evaluated: run.evaluated,
        not_run: run.not_run,
        reasons: &run.reasons,
        not_run_because: &run.not_run_because,
        title: values.fill(run.meta.title),
        why: run.meta.why,
        formula: values.fill(run.meta.formula),
    });
    let json = JsonReport {
        format_version: FORMAT_VERSION,
        program: "runbench",
        program_version: env!("CARGO_PKG_VERSION"),
        path: &report.path,
        ruleset: &report.ruleset,
        ruleset_sha256: &report.ruleset_sha256,
        ruleset_custom: report.ruleset_custom,
        ruleset_choice: &report.ruleset_choice,
        reference: &report.reference,
        verdict: report.verdict(),
        official: Official {
            exit_code: report.official_exit_code(false),
            strict_exit_code: report.official_exit_code(true),
            counts: report.counts(Origin::Official),
            results: results.collect(),
        },
        own: Own {
            counts: report.counts(Origin::Runbench),
        },
        findings: report
            .findings
            .iter()
            .filter(|finding| finding.severity != Severity::Info)
            .collect(),
        rules: rules.collect(),
    };
    // Maps have text keys and numbers are finite, so this can't fail; if it did, an empty object is no valid report.
    let mut text = serde_json::to_string_pretty(&json).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}
