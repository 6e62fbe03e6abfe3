//! `runbench demo`: the whole job on a built-in endpoint.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use runbench_core::check::Report;
use runbench_core::diag::{Severity, Style, to_text};

use super::Exit;
use super::demo_progress::DemoProgress;
use super::output::{Color, complain, print};
use super::screen::{charset, columns};
use super::units::{parse_duration, parse_share};
use crate::demo::picture::{Axes, Charset, Mark, picture};
use crate::demo::point::{CONCURRENCIES, Point};
use crate::demo::table::table;
use crate::demo::{DemoError, DemoOptions, DemoOutcome, demo};
use crate::signals;

/// Do the whole job on a built-in endpoint: measure, score, write a submission, judge it
///
/// Starts a mock endpoint in a process of its own, measures ten points from 1 to 64 requests in flight, scores the
/// answers, writes a submission folder and checks it. Needs no network and about a minute. The endpoint is a mock: the
/// figures show the tool at work, they say nothing of a model.
#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// Folder to write; an earlier demo's is replaced, anything else is left alone
    #[arg(short, long, default_value = "demo-out", value_name = "DIR")]
    out: PathBuf,
    /// How long each of the ten points issues requests
    #[arg(long, default_value = "4.5s", value_parser = parse_duration, value_name = "TIME")]
    point_duration: Duration,
    /// Seed of the questions and of the mock
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Share of requests that the mock fails
    #[arg(long, default_value = "0", value_parser = parse_share, value_name = "SHARE")]
    failure_rate: f64,
    /// Share of questions that the mock answers wrongly
    #[arg(long, default_value = "0", value_parser = parse_share, value_name = "SHARE")]
    wrong_rate: f64,
}

/// Runs the command.
pub(super) fn execute(args: &DemoArgs, color: Color) -> Exit {
    let interrupt = match signals::install() {
        Ok(interrupt) => interrupt,
        Err(error) => return complain(Exit::Setup, &format!("can't watch for signals: {error}"), ""),
    };
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            return complain(
                Exit::Setup,
                &format!("can't tell where this program lies: {error}"),
                "",
            );
        }
    };
    let options = DemoOptions {
        program,
        out: args.out.clone(),
        point_duration: args.point_duration,
        seed: args.seed,
        failure_rate: args.failure_rate,
        wrong_rate: args.wrong_rate,
    };
    let mut progress = DemoProgress::new(args.point_duration);
    let outcome = demo(&options, &interrupt, &mut progress);
    drop(progress);
    match outcome {
        Ok(outcome) => conclude(&outcome, color),
        Err(error) => {
            let exit = if error.exit_code() == Exit::Setup.code() {
                Exit::Setup
            } else {
                Exit::Execution
            };
            complain(exit, &error.to_string(), what_to_try(&error))
        }
    }
}

fn what_to_try(error: &DemoError) -> &'static str {
    match error {
        DemoError::Folder(_) => "choose another folder with `--out DIR`",
        DemoError::Endpoint(_) => "`runbench mock` starts the same endpoint by hand and shows what it says",
        DemoError::EndpointEnded { .. } => "something ended it (too little memory?); run the demo again",
        DemoError::NothingMeasured { .. } => "lower `--failure-rate`, or raise `--point-duration`",
        _ => "",
    }
}

fn conclude(outcome: &DemoOutcome, color: Color) -> Exit {
    let charset = charset();
    let mut text = String::new();
    if !outcome.points.is_empty() {
        text.push_str(&figures(&outcome.points, charset));
    }
    let Some((submission, report)) = &outcome.submission else {
        print(&text);
        let (measured, all) = (outcome.points.len(), CONCURRENCIES.len());
        let reports = outcome.folder.reports();
        let message = format!(
            "interrupted at point {measured} of {all}; what was measured lies in `{}`, no submission was written",
            reports.display()
        );
        return complain(Exit::Interrupted, &message, "");
    };
    text.push('\n');
    text.push_str(&warnings(report));
    let style = Style {
        color: color.on_stdout(),
        quiet: true,
        strict: false,
        columns: 0,
    };
    text.push_str(&to_text(report, style));
    text.push_str(&places(outcome, submission));
    print(&text);
    if report.official_exit_code(false) == 0 {
        Exit::Ok
    } else {
        Exit::Findings
    }
}

fn figures(points: &[Point], charset: Charset) -> String {
    let marks: Vec<Mark> = points
        .iter()
        .filter_map(|point| {
            Some(Mark {
                x: point.tps_per_user?,
                y: point.system_tps?,
                label: point.concurrency.to_string(),
            })
        })
        .collect();
    let (dash, axes) = match charset {
        Charset::Unicode => (
            "\u{2013}",
            Axes {
                x: "TPS per user \u{2192}",
                y: "\u{2191} system TPS (numbers: concurrency)",
            },
        ),
        Charset::Ascii => (
            "-",
            Axes {
                x: "TPS per user ->",
                y: "^ system TPS (numbers: concurrency)",
            },
        ),
    };
    format!(
        "{}\n{}",
        table(points, dash),
        picture(&marks, axes, columns(), charset)
    )
}

/// A line for each rule that warned: how often, and its first message.
fn warnings(report: &Report) -> String {
    let mut rules: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for finding in &report.findings {
        if finding.severity == Severity::Warning {
            rules.entry(finding.rule).or_insert((0, &finding.message)).0 += 1;
        }
    }
    let mut text = String::new();
    for (rule, (times, message)) in rules {
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "{times:>3} x warning[{rule}]: {message}");
    }
    text
}

fn places(outcome: &DemoOutcome, submission: &Path) -> String {
    let folder = &outcome.folder;
    let program = std::env::args().next().unwrap_or_else(|| "runbench".to_owned());
    let mut text = String::new();
    let lines = [
        (
            "reports",
            folder
                .reports()
                .join("point_<C>/report.txt")
                .display()
                .to_string(),
        ),
        ("questions", folder.dataset().display().to_string()),
        ("submission", submission.display().to_string()),
    ];
    text.push('\n');
    for (what, place) in lines {
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "{what:<11} {place}");
    }
    let _ = writeln!(
        text,
        "in detail   {} check {}",
        quoted(&program),
        quoted(&submission.to_string_lossy())
    );
    text.push_str("\nThe endpoint was a mock on this machine: these figures show the tool at work, not a model's power.\n");
    text
}

/// The text as one word of a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./+:,@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn paths_can_be_copied_into_a_shell() {
        assert_eq!(quoted("demo-out/a_b.c"), "demo-out/a_b.c");
        assert_eq!(quoted("my demo"), "'my demo'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
