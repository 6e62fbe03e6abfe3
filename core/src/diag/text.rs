//! The report for people: findings with their places, then the verdict.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::group::{Group, groups};
use super::wrap::wrapped;
use crate::check::{Counts, Report, Verdict};
use crate::diag::source::printable;
use crate::diag::{Finding, Origin, Place, Severity};
use crate::rules::Outcome;
use crate::ruleset::ChosenBy;

/// How a report is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Use ANSI colours. Words and signs carry the meaning; colour only repeats it.
    pub color: bool,
    /// Leave out warnings, notes about rules that were not evaluated, and explanations.
    pub quiet: bool,
    /// Exit code and last line as in strict mode.
    pub strict: bool,
    /// Columns of the terminal, at which explanations are broken; 0 to break none.
    pub columns: usize,
}

/// How many places of one finding are listed before the rest is only counted.
const PLACES_SHOWN: usize = 4;

/// How many rules that were not evaluated for one reason are named; where it is more, nearly nothing was, and the JSON
/// report has their names.
const RULES_SHOWN: usize = 24;

/// Narrower than this, breaking lines makes nothing more readable.
const FEWEST_COLUMNS: usize = 40;

/// Columns of lists where the terminal's are not known.
const LIST_COLUMNS: usize = 100;

/// Draws a report. Findings that differ only in place are drawn once, with the list of places.
pub fn to_text(report: &Report, style: Style) -> String {
    let mut text = String::new();
    draw_choice(&mut text, report, style);
    for group in groups(report) {
        if style.quiet && group.first.severity != Severity::Error {
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

/// Which ruleset was taken and why, where the user did not say it. A guess is said even when quiet.
fn draw_choice(text: &mut String, report: &Report, style: Style) {
    let choice = &report.ruleset_choice;
    match choice.by {
        ChosenBy::Layout if !style.quiet => {
            let line = format!("ruleset: {}, as {}", report.ruleset, printable(&choice.reason));
            let _ = writeln!(text, "{}\n", wrapped(&line, 2, style.columns()));
        }
        ChosenBy::Guess => {
            let line = format!(
                "ruleset: {} is a guess: {}; `--ruleset NAME` chooses another",
                report.ruleset,
                printable(&choice.reason)
            );
            let _ = writeln!(text, "{}\n", wrapped(&line, 2, style.columns()));
        }
        ChosenBy::Layout | ChosenBy::Name | ChosenBy::File => {}
    }
}

fn draw_group(text: &mut String, group: &Group<'_>, report: &Report, style: Style) {
    let finding = group.first;
    let word = finding.severity.word();
    let head = paint(
        &format!("{word}[{}]", finding.rule),
        color_of(finding.severity),
        style,
    );
    let _ = writeln!(text, "{head}: {}", printable(&finding.message));
    let arrow = paint("-->", Color::Blue, style);
    match &finding.place {
        Some(place) => draw_place(text, place, finding, style),
        None => {
            if let Some(path) = &finding.path {
                let _ = writeln!(text, "  {arrow} {}", printable(path));
            }
        }
    }
    for other in group.others.iter().take(PLACES_SHOWN) {
        let _ = writeln!(text, "  {arrow} {}", other_place(other));
    }
    let more = group.others.len().saturating_sub(PLACES_SHOWN);
    if more > 0 {
        let plural = if more == 1 { "" } else { "s" };
        let _ = writeln!(text, "  {arrow} and {more} more place{plural}");
    }
    if finding.origin == Origin::Runbench {
        note(
            text,
            "note",
            "found by runbench; no part of the official answer",
            style,
        );
    }
    if !style.quiet {
        let run = report.rules.iter().find(|run| run.rule == finding.rule);
        if let Some(run) = run {
            note(text, "why", run.meta.why, style);
        }
        if let Some(hint) = &finding.hint {
            note(text, "help", &printable(hint), style);
        }
        if let Some(fix) = finding.fix {
            note(text, "help", fix, style);
        }
        note(text, "id", &finding.id, style);
    }
    text.push('\n');
}

/// Where another finding of a group stands, with its own numbers.
fn other_place(finding: &Finding) -> String {
    let path = finding.place.as_ref().map_or_else(
        || finding.path.clone().unwrap_or_default(),
        |place| format!("{}:{}:{}", place.file, place.line, place.column),
    );
    let numbers = finding.measure.as_ref().map_or(String::new(), |measure| {
        let unit = if measure.unit.is_empty() { "" } else { " " };
        let margin = if measure.margin.is_empty() {
            format!("limit {}", measure.limit)
        } else {
            measure.margin.clone()
        };
        format!("   {}{unit}{} ({margin})", measure.measured, measure.unit)
    });
    printable(&format!("{path}{numbers}"))
}

/// An explanation below a finding.
fn note(text: &mut String, word: &str, body: &str, style: Style) {
    let head = format!("{word}:");
    let _ = writeln!(text, "   = {head:<5} {}", wrapped(body, 11, style.columns()));
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
    let margin = finding
        .measure
        .as_ref()
        .map_or("", |measure| measure.margin.as_str());
    draw_line(text, place, &printable(margin), |caret| {
        paint(caret, color_of(finding.severity), style)
    });
}

/// The source line with a caret below the value, and a remark behind the caret.
pub(super) fn draw_line(text: &mut String, place: &Place, remark: &str, paint: impl Fn(&str) -> String) {
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
    let caret = paint(&"^".repeat(width));
    let _ = writeln!(text, " {gutter} |");
    let _ = writeln!(text, " {number} | {shown}");
    let _ = writeln!(
        text,
        " {gutter} | {}{}",
        " ".repeat(column.saturating_sub(1)),
        format!("{caret} {remark}").trim_end()
    );
}

/// Rules that were evaluated nowhere, by their first reason, both in order of evaluation.
fn draw_not_run(text: &mut String, report: &Report, style: Style) {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for run in report.rules.iter().filter(|run| run.outcome == Outcome::NotRun) {
        let Some(first) = run.not_run_because.first() else {
            continue;
        };
        let at = *known.entry(&first.reason).or_insert(reasons.len());
        match reasons.get_mut(at) {
            Some((_, rules)) => rules.push(run.rule),
            None => reasons.push((&first.reason, vec![run.rule])),
        }
    }
    if reasons.is_empty() {
        return;
    }
    let columns = match style.columns() {
        0 => LIST_COLUMNS,
        columns => columns,
    };
    let _ = writeln!(text, "{}", paint("not evaluated", Color::Bold, style));
    for (reason, rules) in reasons {
        let list = if rules.len() > RULES_SHOWN {
            format!("{} rules", rules.len())
        } else {
            rules.join(" ")
        };
        let line = format!("{}: {list}", printable(reason));
        let _ = writeln!(text, "  {}", wrapped(&line, 4, columns));
    }
    text.push('\n');
}

fn draw_verdict(text: &mut String, report: &Report, style: Style) {
    let with = |outcome: Outcome| report.rules.iter().filter(|run| run.outcome == outcome).count();
    let official = report.counts(Origin::Official);
    let own = report.counts(Origin::Runbench);
    let failed = report.official_exit_code(style.strict) != 0;
    let word = if failed {
        paint("FAILED", Color::Red, style)
    } else {
        paint("PASSED", Color::Green, style)
    };
    let strict = if style.strict { ", strict" } else { "" };
    let head = official_head(report, strict);
    let _ = writeln!(text, "{head}: {word}, {}", count(official));
    let _ = writeln!(text, "beyond it (runbench): {}", count(own));
    let _ = writeln!(
        text,
        "rules: {} passed, {} not evaluated, of {}",
        with(Outcome::Pass),
        with(Outcome::NotRun),
        report.rules.len()
    );
    let (color, tail) = match report.verdict() {
        Verdict::Valid => (Color::Green, ""),
        Verdict::Invalid => (Color::Red, ""),
        Verdict::Incomplete => (
            Color::Yellow,
            ": no error, but a gate that decides was not evaluated",
        ),
    };
    let verdict = format!("{} {}", sign(report.verdict()), report.verdict().word());
    let _ = writeln!(text, "verdict: {}{tail}", paint(&verdict, color, style));
}

/// Whose answer the official part is. That of a user's own ruleset is nobody's.
pub(super) fn official_head(report: &Report, strict: &str) -> String {
    if report.ruleset_custom {
        format!(
            "custom ruleset ({}, with the rules of {}; not a published one, so not official{strict})",
            printable(&report.ruleset),
            report.parameters.version()
        )
    } else {
        format!("official ({}, as {}{strict})", report.ruleset, report.reference)
    }
}

/// The verdict as one character.
pub(super) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "\u{2713}",
        Verdict::Invalid => "\u{2717}",
        Verdict::Incomplete => "?",
    }
}

/// Errors and warnings in words.
pub(super) fn count(counts: Counts) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!(
        "{}, {}",
        plural(counts.errors, "error"),
        plural(counts.warnings, "warning")
    )
}

impl Style {
    /// Columns at which to break lines; 0 for none.
    fn columns(self) -> usize {
        if self.columns < FEWEST_COLUMNS {
            0
        } else {
            self.columns
        }
    }
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
