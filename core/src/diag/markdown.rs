//! The report for a comment on a pull request.

use std::fmt::Write as _;

use super::escape::{code, html, markdown, message};
use super::group::{Group, groups};
use super::text::{count, official_head, sign};
use super::{Finding, Origin, Severity};
use crate::check::{Report, Verdict};
use crate::rules::Outcome;

/// Findings that are listed; a comment holds 65,536 characters.
const MOST: usize = 40;

/// Places that one finding lists.
const PLACES: usize = 10;

/// Bytes after which no more details are written; the rest is counted.
const LONGEST: usize = 50_000;

/// Writes a report as Markdown: verdict, counts, a table of findings, and folded details. Text of the submission is
/// escaped: it can't hold markup, HTML, mentions or links.
pub fn to_markdown(report: &Report) -> String {
    let mut text = String::new();
    let verdict = report.verdict();
    let tail = match verdict {
        Verdict::Incomplete => ": no error, but a gate that decides was not evaluated",
        Verdict::Valid | Verdict::Invalid => "",
    };
    let failed = report.official_exit_code(false) != 0;
    let with = |outcome: Outcome| report.rules.iter().filter(|run| run.outcome == outcome).count();
    let _ = writeln!(text, "### runbench: {} {}{tail}\n", sign(verdict), verdict.word());
    let _ = writeln!(text, "{}\n", code(&report.path));
    let _ = writeln!(
        text,
        "- {}: **{}**, {}",
        markdown(&official_head(report, "")),
        if failed { "FAILED" } else { "PASSED" },
        count(report.counts(Origin::Official))
    );
    let _ = writeln!(
        text,
        "- beyond it (runbench): {}",
        count(report.counts(Origin::Runbench))
    );
    let _ = writeln!(
        text,
        "- rules: {} passed, {} not evaluated, of {}",
        with(Outcome::Pass),
        with(Outcome::NotRun),
        report.rules.len()
    );
    if !report.ruleset_choice.reason.is_empty() {
        let _ = writeln!(
            text,
            "- ruleset {}: {}",
            markdown(&report.ruleset),
            message(&report.ruleset_choice.reason)
        );
    }
    let groups = groups(report);
    table(&mut text, &groups);
    let mut left_out = 0_usize;
    for group in groups.iter().take(MOST) {
        let mut part = String::new();
        details(&mut part, group, report);
        if text.len().saturating_add(part.len()) > LONGEST {
            left_out = left_out.saturating_add(1);
        } else {
            text.push_str(&part);
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            text,
            "\n{left_out} findings without details here; the JSON report has them."
        );
    }
    let _ = writeln!(
        text,
        "\n<sub>runbench {}, ruleset {} <code>{}</code></sub>",
        env!("CARGO_PKG_VERSION"),
        markdown(&report.ruleset),
        report.ruleset_sha256.get(..12).unwrap_or_default()
    );
    text
}

fn table(text: &mut String, groups: &[Group<'_>]) {
    if groups.is_empty() {
        return;
    }
    text.push_str("\n| | rule | finding | where |\n| --- | --- | --- | --- |\n");
    for group in groups.iter().take(MOST) {
        let finding = group.first;
        let more = match group.others.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {}{more} |",
            severity_sign(finding.severity),
            rule(finding),
            cut(&message(&finding.message), &finding.message),
            code(&place(finding))
        );
    }
    if let Some(more) = groups.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "\n{more} more kinds of findings; `runbench check` prints all."
        );
    }
}

/// A cell that stays readable: a very long message stands in the details alone.
fn cut(shown: &str, message: &str) -> String {
    const LONGEST_CELL: usize = 400;
    if message.chars().count() <= LONGEST_CELL {
        return shown.to_owned();
    }
    let start: String = message.chars().take(LONGEST_CELL).collect();
    format!("{} …", markdown(&start))
}

fn rule(finding: &Finding) -> String {
    let ours = if finding.origin == Origin::Runbench {
        " (beyond the reference)"
    } else {
        ""
    };
    format!("{}{ours}", code(finding.rule))
}

fn severity_sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "\u{2717} error",
        Severity::Warning => "! warning",
        Severity::Info => "\u{2713}",
    }
}

fn place(finding: &Finding) -> String {
    finding.place.as_ref().map_or_else(
        || finding.path.clone().unwrap_or_default(),
        |place| format!("{}:{}:{}", place.file, place.line, place.column),
    )
}

fn details(text: &mut String, group: &Group<'_>, report: &Report) {
    let finding = group.first;
    let _ = writeln!(
        text,
        "\n<details><summary>{} {} <code>{}</code></summary>\n",
        severity_sign(finding.severity),
        code(finding.rule),
        finding.id
    );
    let _ = writeln!(text, "{}\n", message(&finding.message));
    for finding in std::iter::once(&group.first).chain(&group.others).take(PLACES) {
        let numbers = finding.measure.as_ref().map_or(String::new(), |measure| {
            let unit = if measure.unit.is_empty() { "" } else { " " };
            let margin = if measure.margin.is_empty() { "" } else { ", " };
            markdown(&format!(
                ": {}{unit}{}, limit {}{margin}{}",
                measure.measured, measure.unit, measure.limit, measure.margin
            ))
        });
        let _ = writeln!(text, "- {}{numbers}", code(&place(finding)));
    }
    if let Some(more) = group.len().checked_sub(PLACES).filter(|more| *more > 0) {
        let _ = writeln!(text, "- and {more} more");
    }
    if let Some(place) = finding
        .place
        .as_ref()
        .filter(|place| !place.text.trim().is_empty())
    {
        let caret = format!(
            "{}{}",
            " ".repeat(place.text_column.saturating_sub(1)),
            "^".repeat(place.width)
        );
        let _ = writeln!(text, "\n<pre>{}\n{caret}</pre>", html(&place.text));
    }
    text.push('\n');
    if let Some(run) = report.rules.iter().find(|run| run.rule == finding.rule) {
        let _ = writeln!(text, "**Why:** {}  ", message(run.meta.why));
    }
    if let Some(hint) = &finding.hint {
        let _ = writeln!(text, "**Help:** {}  ", message(hint));
    }
    if let Some(fix) = finding.fix {
        let _ = writeln!(text, "**Help:** {}  ", message(fix));
    }
    text.push_str("\n</details>\n");
}
