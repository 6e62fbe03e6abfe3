//! Workflow commands that GitHub shows as annotations.

use std::fmt::Write as _;

use super::escape::{command_data, command_property};
use super::group::{Group, groups};
use super::source::printable;
use super::text::{count, official_head};
use super::{Origin, Severity};
use crate::check::Report;

/// Annotations of each severity: GitHub shows no more than ten of one step.
const MOST: usize = 10;

/// Places of one finding that its message lists.
const PLACES: usize = 5;

/// Writes a report as workflow commands: one line per finding, findings that differ only in place as one, at most ten
/// errors and ten warnings, and a last line with the verdict and what was left out.
pub fn to_github(report: &Report) -> String {
    let mut text = String::new();
    let mut left_out = 0_usize;
    for severity in [Severity::Error, Severity::Warning] {
        let groups = groups(report);
        let mut wanted = groups.iter().filter(|group| group.first.severity == severity);
        for group in wanted.by_ref().take(MOST) {
            annotation(&mut text, group);
        }
        left_out = wanted.fold(left_out, |count, group| count.saturating_add(group.len()));
    }
    let mut summary = format!(
        "verdict: {}; {}: {}; beyond it: {}",
        report.verdict().word(),
        official_head(report, ""),
        count(report.counts(Origin::Official)),
        count(report.counts(Origin::Runbench))
    );
    if left_out > 0 {
        let _ = write!(
            summary,
            "; {left_out} more finding{} not shown here: `runbench check` without `--format github` prints all",
            if left_out == 1 { "" } else { "s" }
        );
    }
    let _ = writeln!(
        text,
        "::notice title=runbench::{}",
        command_data(&printable(&summary))
    );
    text
}

fn annotation(text: &mut String, group: &Group<'_>) {
    let finding = group.first;
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        let end = place.column.saturating_add(place.width);
        properties.push(format!("file={}", command_property(&printable(&place.file))));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
        properties.push(format!("endColumn={end}"));
    } else if let Some(path) = &finding.path {
        properties.push(format!("file={}", command_property(&printable(path))));
    }
    let ours = if finding.origin == Origin::Runbench {
        ", beyond the reference"
    } else {
        ""
    };
    let title = format!("runbench {}{ours}", finding.rule);
    properties.push(format!("title={}", command_property(&title)));

    let mut lines = vec![printable(&finding.message)];
    for other in group.others.iter().take(PLACES) {
        let place = other.place.as_ref().map_or_else(
            || other.path.clone().unwrap_or_default(),
            |place| format!("{}:{}", place.file, place.line),
        );
        lines.push(printable(&format!("also {place}")));
    }
    let more = group.others.len().saturating_sub(PLACES);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.extend(
        finding
            .hint
            .as_deref()
            .map(|hint| format!("help: {}", printable(hint))),
    );
    lines.extend(finding.fix.map(|fix| format!("help: {fix}")));
    let _ = writeln!(
        text,
        "::{} {}::{}",
        finding.severity.word(),
        properties.join(","),
        command_data(&lines.join("\n"))
    );
}
