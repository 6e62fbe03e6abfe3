//! `report.txt`: the figures in words, for people (loadgen section 14.3).

mod detail;
mod format;

use core::fmt::Write;

use self::format::{Unit, count, rate, seconds};
use super::{ReportInfo, class_name, hex, state_name};
use crate::metrics::RunMetrics;
use crate::record::RunState;
use crate::stats::SeriesSummary;

/// The report's text; lines of at most 110 columns but for what users named.
pub fn text(metrics: &RunMetrics, info: &ReportInfo) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = write_report(&mut out, metrics, info);
    out
}

fn write_report(out: &mut String, metrics: &RunMetrics, info: &ReportInfo) -> core::fmt::Result {
    writeln!(out, "{}: {}", info.version, headline(metrics))?;
    for warning in warnings(metrics).iter().chain(&info.warnings) {
        writeln!(out, "WARNING: {warning}")?;
    }
    write_summary(out, metrics, info)?;
    write_table(out, metrics)?;
    write_with_failures(out, metrics)?;
    write_failures(out, metrics)?;
    write_notes(out, metrics, info)?;
    for (name, unit, summary) in rows(metrics) {
        if let (true, Some(summary)) = (unit.is_detailed(), summary) {
            detail::write(out, name, unit, summary, metrics.state == RunState::Complete)?;
        }
    }
    Ok(())
}

fn headline(metrics: &RunMetrics) -> String {
    let (good, all) = (metrics.n_completed, metrics.n_issued);
    match metrics.n_failed {
        0 => format!("{} answered", count(all, "request")),
        _ => format!("{good} of {} answered", count(all, "request")),
    }
}

fn warnings(metrics: &RunMetrics) -> Vec<String> {
    let mut warnings = Vec::new();
    if metrics.state == RunState::Interrupted {
        warnings.push("the run was interrupted; its figures are those of a part".to_owned());
    }
    if metrics.n_pending_tasks > 0 {
        warnings.push(format!(
            "tokens of {} were not counted; ISL, OSL, TPOT and TPS are incomplete",
            count(metrics.n_pending_tasks, "answer")
        ));
    }
    if let Some(difference) = metrics.counting.and_then(|counting| counting.difference) {
        let counts = |count: Option<u64>| count.map_or_else(|| "no".to_owned(), |count| count.to_string());
        warnings.push(format!(
            "the fast counter found {} tokens where the oracle found {}, so the oracle counted everything",
            counts(difference.fast),
            counts(difference.oracle)
        ));
        let hash = hex(&difference.text_sha256);
        warnings.push(format!("the text that they differ on has the SHA-256 {hash}"));
    }
    if metrics.n_failed > 0 {
        warnings.push(format!(
            "{} failed and are in none of the figures below",
            count(metrics.n_failed, "request")
        ));
    }
    let late = metrics.late_sends;
    if late.client_may_be_limit() {
        warnings.push(format!(
            "the client sent {} of {} 1 ms or more late; it, not the endpoint, may be the limit",
            late.n_late,
            count(late.n_sent, "request")
        ));
    }
    warnings
}

fn write_summary(out: &mut String, metrics: &RunMetrics, info: &ReportInfo) -> core::fmt::Result {
    writeln!(out, "\nSummary")?;
    let mut line = |label: &str, value: &str| writeln!(out, "  {label:<18}{value}");
    for (label, value) in &info.facts {
        line(label, value)?;
    }
    line(
        "state",
        if metrics.is_complete() {
            "complete"
        } else {
            state_or_incomplete(metrics)
        },
    )?;
    let (issued, completed, failed) = (metrics.n_issued, metrics.n_completed, metrics.n_failed);
    line(
        "requests",
        &format!("{issued} issued, {completed} completed, {failed} failed"),
    )?;
    line(
        "duration",
        &metrics.duration_s().map_or_else(|| "none".to_owned(), seconds),
    )?;
    line("QPS", &rate(metrics.qps(), "requests/s"))?;
    if metrics.loadgen_window_ns().is_some() {
        line(
            "",
            &rate(
                metrics.reported_qps(),
                "(over LoadGen's window, as the reference reports it)",
            ),
        )?;
    }
    if let Some(goodput) = &metrics.goodput {
        let limits: Vec<String> = goodput
            .slo
            .entries_ms()
            .map(|(name, limit_ms)| format!("{name} {limit_ms} ms"))
            .collect();
        let unknown = match goodput.n_unknown {
            0 => String::new(),
            unknown => format!(", {unknown} can't be told"),
        };
        let words = format!(
            "requests/s ({} of {issued} kept {}{unknown})",
            goodput.n_good,
            limits.join(" and ")
        );
        line("goodput", &rate(goodput.rps, &words))?;
    }
    if metrics.tokenizer.is_none() {
        return line(
            "tokens",
            "not counted: no tokenizer was given, so ISL, OSL, TPOT and TPS are absent",
        );
    }
    line("system TPS", &rate(metrics.system_tps(), "output tokens/s"))?;
    line(
        "TPS per user",
        &rate(metrics.tps_per_user_of_system(), "(system TPS / concurrency)"),
    )?;
    if metrics.streaming {
        line(
            "",
            &rate(
                metrics.tps_per_user_of_tpot(),
                "(1000 / 90th percentile of TPOT in ms)",
            ),
        )?;
    }
    Ok(())
}

fn state_or_incomplete(metrics: &RunMetrics) -> &'static str {
    match metrics.state {
        RunState::Complete => "incomplete: counting tokens didn't finish",
        RunState::Interrupted => state_name(RunState::Interrupted),
    }
}

/// The series in the report's order.
fn rows(metrics: &RunMetrics) -> [(&'static str, Unit, Option<&SeriesSummary>); 10] {
    let series = &metrics.series;
    [
        ("TTFT", Unit::Time, series.ttft_ns.as_ref()),
        ("first text", Unit::PlainTime, series.first_text_ns.as_ref()),
        ("TPOT", Unit::Time, series.tpot_ns.as_ref()),
        ("ITL per token", Unit::PlainTime, series.itl_token_ns.as_ref()),
        ("chunk gap", Unit::PlainTime, series.chunk_delta_ns.as_ref()),
        ("latency", Unit::Time, series.sample_latency_ns.as_ref()),
        (
            "  from schedule",
            Unit::PlainTime,
            series.latency_from_schedule_ns.as_ref(),
        ),
        ("send lag", Unit::PlainTime, series.send_lag_ns.as_ref()),
        ("ISL", Unit::Tokens, series.isl.as_ref()),
        ("OSL", Unit::Tokens, series.osl.as_ref()),
    ]
}

fn write_table(out: &mut String, metrics: &RunMetrics) -> core::fmt::Result {
    let columns = ["mean", "min", "p50", "p90", "p95", "p99", "max"];
    write!(out, "\n{:<18}", "Distributions")?;
    for column in columns {
        write!(out, "{column:>11}")?;
    }
    writeln!(out)?;
    for (name, unit, summary) in rows(metrics) {
        let Some(summary) = summary else { continue };
        let at = |percentile| summary.percentile(percentile).unwrap_or(0.0);
        let values = [
            summary.avg,
            summary.min.to_f64(),
            at(50.0),
            at(90.0),
            at(95.0),
            at(99.0),
            summary.max.to_f64(),
        ];
        write!(out, "  {name:<16}")?;
        for value in values {
            write!(out, "{:>11}", unit.show(value))?;
        }
        writeln!(
            out,
            "{}",
            if summary.exact {
                ""
            } else {
                "  (percentiles to 1 part in 4096)"
            }
        )?;
    }
    Ok(())
}

/// What a user sees who counts failures as answers that never come.
fn write_with_failures(out: &mut String, metrics: &RunMetrics) -> core::fmt::Result {
    if metrics.failures.is_empty() {
        return Ok(());
    }
    let rows = [
        ("TTFT", &metrics.with_failures.ttft_ns),
        ("TPOT", &metrics.with_failures.tpot_ns),
        ("latency", &metrics.with_failures.sample_latency_ns),
    ];
    writeln!(out, "\nWith failures as answers that never come")?;
    for (name, percentiles) in rows {
        if percentiles.is_empty() {
            continue;
        }
        write!(out, "  {name:<16}{:22}", "")?;
        for key in ["50.0", "90.0", "95.0", "99.0"] {
            let found = percentiles.iter().find(|(percentile, _)| percentile.key == key);
            let shown = match found {
                Some((_, value)) if value.is_finite() => Unit::PlainTime.show(*value),
                _ => "never".to_owned(),
            };
            write!(out, "{shown:>11}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_failures(out: &mut String, metrics: &RunMetrics) -> core::fmt::Result {
    if metrics.failures.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nFailures")?;
    for (class, number) in &metrics.failures {
        let example = metrics.failure_examples.get(class).map_or("", String::as_str);
        writeln!(out, "  {:<16}{number:>8}  {example}", class_name(*class))?;
    }
    Ok(())
}

fn write_notes(out: &mut String, metrics: &RunMetrics, info: &ReportInfo) -> core::fmt::Result {
    let mut notes = info.client_notes.clone();
    let reasons: Vec<String> = metrics
        .finish_reasons
        .entries()
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(reason, number)| format!("{reason} {number}"))
        .collect();
    if !reasons.is_empty() {
        notes.push(format!("finish reasons: {}", reasons.join(", ")));
    }
    if let Some(tokenizer) = &metrics.tokenizer {
        let special = if tokenizer.add_special_tokens {
            "with"
        } else {
            "without"
        };
        notes.push(format!(
            "tokens counted by {}, {special} special tokens",
            tokenizer.counter
        ));
        let method = metrics.count_method().unwrap_or_default();
        let n_checked = metrics.counting.map_or(0, |counting| counting.n_checked);
        notes.push(if n_checked > 0 {
            format!(
                "counting method {method}, {} counted by both counters",
                count(n_checked, "text")
            )
        } else {
            format!("counting method {method}")
        });
        notes.push(format!("tokenizer SHA-256 {}", hex(&tokenizer.sha256)));
    }
    let usage = metrics.server_usage;
    if usage.answers > 0 {
        notes.push(format!(
            "the server claims {} for {}",
            count(usage.completion_tokens, "output token"),
            count(usage.answers, "answer")
        ));
    }
    if notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNotes")?;
    for note in notes {
        writeln!(out, "  {note}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::record::RunState;
    use crate::report::fixtures::{info, run};

    fn check(tokenizer: bool, uncounted: u64, state: RunState, lines: &[&str]) {
        let report = text(&run(tokenizer, uncounted, state), &info());
        for line in lines {
            assert!(
                report.lines().any(|seen| seen.trim_end() == *line),
                "no line `{line}` in\n{report}"
            );
        }
    }

    #[test]
    fn says_the_figures() {
        check(
            true,
            0,
            RunState::Complete,
            &[
                "runbench 0.1.0: 20 of 22 requests answered",
                "WARNING: 2 requests failed and are in none of the figures below",
                "  endpoint          http://127.0.0.1:8000",
                "  state             complete",
                "  requests          22 issued, 20 completed, 2 failed",
                "  duration          0.030 s",
                "  QPS               666.67 requests/s",
                "  system TPS        13,000.00 output tokens/s",
                "  TPS per user      3,250.00 (system TPS / concurrency)",
                "Distributions            mean        min        p50        p90        p95        p99        max",
                "  latency             8.999ms    8.999ms    8.999ms    8.999ms    8.999ms    8.999ms    8.999ms",
                "  send lag            1.000us    1.000us    1.000us    1.000us    1.000us    1.000us    1.000us",
                "  ISL                       7          7          7          7          7          7          7",
                "  timed_out              2  no answer within 2 s",
                "  tokens counted by tokenizers 0.23.2, without special tokens",
                "  counting method fast_verified, 60 texts counted by both counters",
                "  tokenizer SHA-256 abababababababababababababababababababababababababababababababab",
            ],
        );
    }

    #[test]
    fn warns_of_an_interrupted_run() {
        let warning = "WARNING: the run was interrupted; its figures are those of a part";
        check(
            true,
            0,
            RunState::Interrupted,
            &[warning, "  state             interrupted"],
        );
    }

    #[test]
    fn warns_of_an_incomplete_drain() {
        check(
            true,
            1,
            RunState::Complete,
            &[
                "WARNING: tokens of 1 answer were not counted; ISL, OSL, TPOT and TPS are incomplete",
                "  state             incomplete: counting tokens didn't finish",
            ],
        );
    }

    #[test]
    fn says_that_tokens_were_not_counted() {
        let absent =
            "  tokens            not counted: no tokenizer was given, so ISL, OSL, TPOT and TPS are absent";
        check(false, 0, RunState::Complete, &[absent]);
        let report = text(&run(false, 0, RunState::Complete), &info());
        assert!(
            !report.contains("\nTPOT") && !report.contains("system TPS"),
            "{report}"
        );
    }

    #[test]
    fn details_show_histogram_and_estimates() {
        let report = text(&run(true, 0, RunState::Complete), &info());
        assert!(report.contains("##############################"), "{report}");
        assert!(report.contains("early stopping"), "{report}");
        assert!(report.lines().all(|line| line.chars().count() <= 110), "{report}");
    }
}
