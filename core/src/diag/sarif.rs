//! The report as SARIF 2.1.0, for code scanning and editors.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::escape::uri;
use super::source::printable;
use super::{Finding, Origin, Place, Severity};
use crate::check::Report;
use crate::rules::{Meta, Outcome, RuleRun};
use crate::ruleset::Values;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes a report as SARIF 2.1.0, indented by 2, with a newline at the end: errors and warnings as results, rules that
/// were evaluated nowhere as notifications. `exit_code` is the one that the process ends with.
pub fn to_sarif(report: &Report, exit_code: u8) -> String {
    let values = report.parameters.values();
    let index: BTreeMap<&str, usize> = report
        .rules
        .iter()
        .enumerate()
        .map(|(at, run)| (run.rule, at))
        .collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| result(finding, index.get(finding.rule).copied()))
        .collect();
    let rules: Vec<Value> = report.rules.iter().map(|run| rule(run.meta, &values)).collect();
    let notifications: Vec<Value> = report
        .rules
        .iter()
        .enumerate()
        .filter(|(_, run)| run.outcome == Outcome::NotRun)
        .map(|(at, run)| not_evaluated(at, run))
        .collect();
    let counts = |origin: Origin| {
        let counts = report.counts(origin);
        json!({"errors": counts.errors, "warnings": counts.warnings})
    };
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "runbench",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": {"id": format!("runbench/{}/", printable(&report.ruleset))},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": exit_code,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": {
                "path": report.path,
                "ruleset": report.ruleset,
                "rulesetSha256": report.ruleset_sha256,
                "rulesetCustom": report.ruleset_custom,
                "rulesetChoice": report.ruleset_choice,
                "reference": report.reference,
                "verdict": report.verdict(),
                "official": {
                    "exitCode": report.official_exit_code(false),
                    "strictExitCode": report.official_exit_code(true),
                    "counts": counts(Origin::Official),
                },
                "own": {"counts": counts(Origin::Runbench)},
            },
        }],
    });
    // A value made here has text keys and finite numbers, so this can't fail.
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}

fn rule(meta: &Meta, values: &Values) -> Value {
    let what = values.fill(meta.what);
    let formula = values.fill(meta.formula);
    let must_hold = if formula.is_empty() {
        String::new()
    } else {
        format!("\n\nMust hold: {formula}")
    };
    let mut properties = json!({
        "origin": meta.origin,
        "rulesets": meta.rulesets,
        "tags": [meta.origin.word(), "submission"],
        "parameters": meta.parameters,
    });
    if !meta.section.is_empty() {
        put(&mut properties, "section", meta.section.into());
    }
    if !formula.is_empty() {
        put(&mut properties, "formula", formula.into());
    }
    json!({
        "id": meta.id,
        "shortDescription": {"text": values.fill(meta.title)},
        "fullDescription": {"text": what},
        "help": {
            "text": format!("{what}{must_hold}\n\nWhy it matters: {}\n\nHow to fix: {}", meta.why, meta.fix),
        },
        "defaultConfiguration": {"level": level(meta.severity)},
        "properties": properties,
    })
}

/// Adds a key to an object.
fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(finding: &Finding, rule_index: Option<usize>) -> Value {
    let mut properties = Map::new();
    properties.insert("origin".into(), finding.origin.word().into());
    properties.insert("id".into(), finding.id.clone().into());
    properties.insert("specRef".into(), finding.spec_ref.into());
    if let Some(key) = finding.key {
        properties.insert("key".into(), key.into());
    }
    if let Some(path) = &finding.path {
        properties.insert("path".into(), path.clone().into());
    }
    if let Some(measure) = &finding.measure {
        properties.insert("measure".into(), json!(measure));
    }
    if !finding.terms.is_empty() {
        properties.insert("terms".into(), json!(finding.terms));
    }
    for (name, help) in [("fix", finding.fix), ("hint", finding.hint.as_deref())] {
        if let Some(help) = help {
            properties.insert(name.into(), printable(help).into());
        }
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "kind": "fail",
        "message": {"text": printable(&finding.message)},
        "partialFingerprints": {"runbenchFinding/v1": finding.id},
        "suppressions": [],
        "properties": properties,
    });
    if let Some(at) = rule_index {
        put(&mut result, "ruleIndex", at.into());
    }
    if let Some(location) = location(finding) {
        put(&mut result, "locations", json!([location]));
    }
    result
}

fn location(finding: &Finding) -> Option<Value> {
    let Some(place) = &finding.place else {
        let path = finding.path.as_deref()?;
        return Some(json!({"physicalLocation": {"artifactLocation": {"uri": uri(path)}}}));
    };
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&place.file)},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endColumn": place.column.saturating_add(place.width),
                "snippet": {"text": value_text(place)},
            },
            "contextRegion": {"startLine": place.line, "snippet": {"text": place.text}},
        },
    });
    if let Some((_, name)) = place.pointer.rsplit_once('/') {
        let is_index = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let logical = json!([{
            "name": printable(&name.replace("~1", "/").replace("~0", "~")),
            "fullyQualifiedName": format!("{}#{}", printable(&place.file), printable(&place.pointer)),
            "kind": if is_index { "element" } else { "property" },
        }]);
        put(&mut location, "logicalLocations", logical);
    }
    Some(location)
}

/// The value itself, as far as its line is shown.
fn value_text(place: &Place) -> String {
    let before = place.text_column.saturating_sub(1);
    place.text.chars().skip(before).take(place.width).collect()
}

fn not_evaluated(index: usize, run: &RuleRun) -> Value {
    let reason = run.not_run_because.first();
    let mut properties = Map::new();
    if let Some(cause) = reason.and_then(|reason| reason.cause) {
        properties.insert("cause".into(), cause.into());
    }
    let reason = reason.map_or("", |reason| reason.reason.as_str());
    json!({
        "level": "note",
        "message": {"text": format!("{} was not evaluated: {}", run.rule, printable(reason))},
        "associatedRule": {"id": run.rule, "index": index},
        "properties": properties,
    })
}
