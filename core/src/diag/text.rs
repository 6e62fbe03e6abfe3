//! The report for people: findings with their places, then the verdict.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::{Counts, Report, Verdict};
use crate::diag::source::printable;
use crate::diag::{Finding, Origin, Place, Severity};
use crate::rules::Outcome;

/// How a report is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Use ANSI colours. Words and signs carry the meaning; colour only repeats it.
    pub color: bool,
    /// Leave out warnings, notes about rules that were not evaluated, and explanations.
    pub quiet: bool,
    /// Exit code and last line as in strict mode.
    pub strict: bool,
}

/// How many places of one finding are listed before the rest is only counted.
const PLACES_SHOWN: usize = 4;

/// Draws a report. Findings that differ only in place are drawn once, with the list of places.
pub fn to_text(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for group in groups(report) {
        if style.quiet
            && group
                .first()
                .is_some_and(|finding| finding.severity != Severity::Error)
        {
            continue;
        }
        draw_group(&mut text, &group, report, style);
    }
    if !style.quiet {
        draw_not_run(&mut text, report, style);
    }
    draw_verdict(&mut text, report, style);
    text
}

/// Errors before warnings, official before ours; within these the order of evaluation.
fn groups(report: &Report) -> Vec<Vec<&Finding>> {
    let mut groups: BTreeMap<(Severity, Origin, usize), Vec<&Finding>> = BTreeMap::new();
    let mut order: Vec<(Severity, Origin, &str, String)> = Vec::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
    {
        let key = (finding.severity, finding.origin, finding.rule, shape(finding));
        let at = order.iter().position(|known| *known == key).unwrap_or_else(|| {
            order.push(key);
            order.len().saturating_sub(1)
        });
        groups
            .entry((finding.severity, finding.origin, at))
            .or_default()
            .push(finding);
    }
    groups.into_values().collect()
}

/// What two findings must share to be drawn as one: the message without what names the place.
fn shape(finding: &Finding) -> String {
    let path = finding.path.as_deref().unwrap_or_default();
    let message = finding.message.replace(path, "");
    let pointer = finding.place.as_ref().map_or("", |place| place.pointer.as_str());
    let words = message
        .split_whitespace()
        .filter(|word| !word.chars().any(|c| c.is_ascii_digit()));
    format!("{} {pointer}", words.collect::<Vec<_>>().join(" "))
}

fn draw_group(text: &mut String, group: &[&Finding], report: &Report, style: Style) {
    let Some(finding) = group.first() else { return };
    let word = finding.severity.word();
    let head = paint(
        &format!("{word}[{}]", finding.rule),
        color_of(finding.severity),
        style,
    );
    let _ = writeln!(text, "{head}: {}", printable(&finding.message));
    match &finding.place {
        Some(place) => draw_place(text, place, finding, style),
        None => {
            if let Some(path) = &finding.path {
                let _ = writeln!(text, "  {} {}", paint("-->", Color::Blue, style), printable(path));
            }
        }
    }
    for other in group.iter().skip(1).take(PLACES_SHOWN) {
        let path = other.path.as_deref().unwrap_or("");
        let line = other
            .place
            .as_ref()
            .map_or(String::new(), |place| format!(":{}:{}", place.line, place.column));
        let numbers = other.measure.as_ref().map_or(String::new(), |m| {
            format!("   {} {} ({})", m.measured, m.unit, m.limit)
        });
        let _ = writeln!(
            text,
            "  {} {}{line}{}",
            paint("-->", Color::Blue, style),
            printable(path),
            printable(&numbers)
        );
    }
    let more = group.len().saturating_sub(PLACES_SHOWN.saturating_add(1));
    if more > 0 {
        let _ = writeln!(
            text,
            "  {} and {more} more place{}",
            paint("-->", Color::Blue, style),
            if more == 1 { "" } else { "s" }
        );
    }
    if finding.origin == Origin::Runbench {
        let _ = writeln!(
            text,
            "   = note: found by runbench; the reference checker lets it pass"
        );
    }
    let run = report.rules.iter().find(|run| run.rule == finding.rule);
    if let Some(run) = run.filter(|_| !style.quiet) {
        let _ = writeln!(text, "   = why:  {}", run.meta.why);
    }
    if let Some(fix) = finding.fix.filter(|_| !style.quiet) {
        let _ = writeln!(text, "   = help: {fix}");
    }
    text.push('\n');
}

fn draw_place(text: &mut String, place: &Place, finding: &Finding, style: Style) {
    let arrow = paint("-->", Color::Blue, style);
    let _ = writeln!(
        text,
        "  {arrow} {}:{}:{}",
        printable(&place.file),
        place.line,
        place.column
    );
    if let Some(path) = finding.path.as_ref().filter(|path| **path != place.file) {
        let _ = writeln!(text, "   = about {}", printable(path));
    }
    let shown = &place.text;
    if shown.trim().is_empty() {
        return;
    }
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let length = shown.chars().count();
    let column = place.text_column;
    let width = place
        .width
        .min(length.saturating_sub(column.saturating_sub(1)))
        .max(1);
    let caret = paint(&"^".repeat(width), color_of(finding.severity), style);
    let margin = finding
        .measure
        .as_ref()
        .map_or("", |measure| measure.margin.as_str());
    let _ = writeln!(text, " {gutter} |");
    let _ = writeln!(text, " {number} | {shown}");
    let _ = writeln!(
        text,
        " {gutter} | {}{}",
        " ".repeat(column.saturating_sub(1)),
        format!("{caret} {margin}").trim_end()
    );
}

/// Rules that were evaluated nowhere, by reason.
fn draw_not_run(text: &mut String, report: &Report, style: Style) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for run in report.rules.iter().filter(|run| run.outcome == Outcome::NotRun) {
        let reason = run
            .reasons
            .keys()
            .next()
            .map_or("there is nothing of the kind here", String::as_str);
        reasons.entry(reason).or_default().push(run.rule);
    }
    for (reason, rules) in reasons {
        let head = paint("not evaluated", Color::Bold, style);
        let _ = writeln!(text, "{head}: {}\n{}\n", printable(reason), list(&rules));
    }
}

/// Words in lines of at most 96 characters, indented by 2.
fn list(words: &[&str]) -> String {
    let mut lines = vec![String::from(" ")];
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count().saturating_add(word.len()) < 96 => line.extend([" ", word]),
            _ => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n")
}

fn draw_verdict(text: &mut String, report: &Report, style: Style) {
    let passed = report
        .rules
        .iter()
        .filter(|run| run.outcome == Outcome::Pass)
        .count();
    let not_run = report
        .rules
        .iter()
        .filter(|run| run.outcome == Outcome::NotRun)
        .count();
    let official = report.counts(Origin::Official);
    let own = report.counts(Origin::Runbench);
    let failed = report.official_exit_code(style.strict) != 0;
    let word = if failed {
        paint("FAILED", Color::Red, style)
    } else {
        paint("PASSED", Color::Green, style)
    };
    let strict = if style.strict { ", strict" } else { "" };
    let _ = writeln!(
        text,
        "official ({}, as {}{strict}): {word}, {}",
        report.ruleset,
        report.reference,
        count(official)
    );
    let _ = writeln!(text, "beyond it (runbench): {}", count(own));
    let _ = writeln!(
        text,
        "rules: {} passed, {not_run} not evaluated, of {}",
        passed,
        report.rules.len()
    );
    let (sign, color, tail) = match report.verdict() {
        Verdict::Valid => ("\u{2713}", Color::Green, ""),
        Verdict::Invalid => ("\u{2717}", Color::Red, ""),
        Verdict::Incomplete => (
            "?",
            Color::Yellow,
            ": no error, but a gate that decides was not evaluated",
        ),
    };
    let verdict = paint(&format!("{sign} {}", report.verdict().word()), color, style);
    let _ = writeln!(text, "verdict: {verdict}{tail}");
}

fn count(counts: Counts) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!(
        "{}, {}",
        plural(counts.errors, "error"),
        plural(counts.warnings, "warning")
    )
}

#[derive(Clone, Copy)]
enum Color {
    Red,
    Green,
    Yellow,
    Blue,
    Bold,
}

fn color_of(severity: Severity) -> Color {
    match severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Green,
    }
}

fn paint(text: &str, color: Color, style: Style) -> String {
    if !style.color {
        return text.to_owned();
    }
    let code = match color {
        Color::Red => "1;31",
        Color::Green => "1;32",
        Color::Yellow => "1;33",
        Color::Blue => "1;34",
        Color::Bold => "1",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
