//! `agentic-accuracy`, `agentic-accuracy-inline`, `agentic-accuracy-swebench`, `agentic-osl-range`: gates of agentic
//! benchmarks.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use super::bands::{Band, by_concurrency, candidates};
use super::prelude::*;
use super::result_file_valid;
use crate::coerce::{Conversion, python_float};
use crate::diag::{Figure, Place};
use crate::parse::Value;
use crate::rules::document::{Document, crash};
use crate::ruleset::AgenticTarget;
use crate::schema::v1_5::accuracy::{AccuracyResults, Entry};

/// The entry of the coding benchmark.
const SWE_BENCH: &str = "swe_bench";

/// Where a summary gives the average output length of the full run.
const AVERAGE: &str = "/output_sequence_lengths_full_run/output_sequence_lengths/avg";

const BASE: Meta = Meta {
    section: "\u{a7}4.3",
    reads: &[POINT, SCORES, SCORES_TOO],
    parameters: &["agentic"],
    why: "A model that was made faster by making it worse must not win.",
    fix: "check precision, chat template and decoding parameters, then run the evaluation again",
    ..OFFICIAL
};

pub(super) const KNOWN: SubmissionRule = Rule {
    meta: Meta {
        id: "agentic-accuracy",
        section: "\u{a7}3.2",
        severity: Severity::Warning,
        title: "an agentic curve's model has agentic gates",
        what: "A curve whose load is agentic should be of a model that the ruleset has agentic gates for. Otherwise the \
               ordinary gate is evaluated.",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, known)],
};

pub(super) const INLINE: SubmissionRule = Rule {
    meta: Meta {
        id: "agentic-accuracy-inline",
        formula: "100 x score >= floor_percent",
        title: "accuracy measured during the performance run reaches its floor",
        what: "At each concurrency of a valid point the entry of the performance run must give a score from 0 to 1 that \
               reaches the model's floor.",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, inline)],
};

pub(super) const SWE: SubmissionRule = Rule {
    meta: Meta {
        id: "agentic-accuracy-swebench",
        formula: "mean over bands of (100 x mean score of the band) = mean_percent >= floor_percent",
        title: "the coding score over all bands reaches its floor",
        what: "The scores of `swe_bench`, averaged within each band of concurrency and then over the bands, must reach the \
               model's floor. Fewer than four bands, several scores in a band, or none at all are warnings.",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, swe_bench)],
};

pub(super) const OSL: SubmissionRule = Rule {
    meta: Meta {
        id: "agentic-osl-range",
        formula: "from <= average_tokens <= to",
        reads: &[SUMMARY],
        title: "answers are as long as the model's",
        what: "`output_sequence_lengths_full_run.output_sequence_lengths.avg` of each point must lie in the model's range; \
               points without the number are warned of.",
        why: "Shorter answers are faster, longer ones hide waiting.",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, osl_range)],
};

/// The gates of a curve that is agentic and whose model is known.
pub(super) fn target<'a>(cx: &CurveCx<'a>) -> Result<&'a AgenticTarget, NotRun> {
    if !cx.curve.is_agentic() {
        return Err(NotRun::because("the load is not agentic"));
    }
    let targets = &cx.submission.parameters.agentic;
    targets
        .iter()
        .find(|target| target.matches(&cx.curve.model))
        .ok_or_else(|| NotRun::after("agentic-accuracy"))
}

/// Whether one of the gates converts the metrics of a file.
pub(super) fn reads(cx: &CurveCx<'_>, concurrency: &BigInt, results: &AccuracyResults) -> bool {
    if target(cx).is_err() {
        return false;
    }
    let is_valid = || (cx.curve.valid()).any(|(_, declared)| declared.value.concurrency == *concurrency);
    let is_candidate =
        || candidates(cx).is_ok_and(|all| all.iter().any(|candidate| candidate.concurrency == concurrency));
    results.inline().is_some() && is_valid() || is_candidate()
}

fn known(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    if !cx.curve.is_agentic() {
        return Err(NotRun::because("the load is not agentic"));
    }
    if target(&cx).is_err() {
        out.warning(
            &cx.curve.path,
            format!("the ruleset has no agentic gates for `{}`", cx.curve.model),
        );
    }
    Ok(())
}

/// An entry's score.
enum Score {
    /// The entry gives none.
    None,
    /// It is no share.
    NoFraction(f64),
    /// In percent.
    Percent(f64),
}

fn score(entry: Option<&Entry>) -> Score {
    let metrics = entry.map_or(&[][..], |entry| &entry.metrics);
    let named = metrics.iter().find(|metric| metric.name == "score");
    match named.or_else(|| metrics.first()).map(|metric| metric.value) {
        None => Score::None,
        Some(value) if (0.0..=1.0).contains(&value) => Score::Percent(value * 100.0),
        Some(value) => Score::NoFraction(value),
    }
}

fn no_fraction(cx: &CurveCx<'_>, concurrency: &BigInt, value: f64, place: Option<Place>, out: &mut Out<'_>) {
    out.error(
        &cx.curve.path,
        format!("the score at concurrency {concurrency} is {value}, not a share from 0 to 1"),
    )
    .keyed("score-not-fraction")
    .at_maybe(place);
}

/// Where an entry's score stands.
fn score_place(scores: Option<&Document<AccuracyResults>>, entry: Option<&Entry>) -> Option<Place> {
    let entry = entry?;
    let named = entry.metrics.iter().find(|metric| metric.name == "score");
    let metric = named.or_else(|| entry.metrics.first())?;
    Some(scores?.place(&metric.pointer))
}

/// By how much a number misses a range.
fn outside(value: f64, from: f64, to: f64) -> String {
    if value < from {
        format!("{} below", Figure::new(from - value))
    } else {
        format!("{} above", Figure::new(value - to))
    }
}

fn inline(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let floor = target(&cx)?.inline_percent;
    let path = &cx.curve.path;
    let scores = by_concurrency(cx.curve);
    let concurrencies: BTreeSet<&BigInt> = cx
        .curve
        .valid()
        .map(|(_, declared)| &declared.value.concurrency)
        .collect();
    let mut missing = Vec::new();
    for concurrency in concurrencies {
        let entry = scores.get(concurrency).and_then(|scores| scores.value.inline());
        match score(entry) {
            Score::None => missing.push(concurrency.to_string()),
            Score::NoFraction(value) => {
                let place = score_place(scores.get(concurrency).copied(), entry);
                no_fraction(&cx, concurrency, value, place, out);
            }
            Score::Percent(percent) if percent < floor => {
                out.error(
                    path,
                    format!(
                        "{} % at concurrency {concurrency}; {floor} % are needed",
                        Figure::beside(percent, floor)
                    ),
                )
                .term("score", Figure::new(percent / 100.0))
                .term("floor_percent", floor)
                .at_maybe(score_place(scores.get(concurrency).copied(), entry))
                .measured(
                    Figure::beside(percent, floor),
                    format!(">= {floor}"),
                    "%",
                    format!("{} points below", Figure::new(floor - percent)),
                );
            }
            Score::Percent(percent) => {
                out.pass(
                    path,
                    format!("{} % at concurrency {concurrency}", Figure::new(percent)),
                );
            }
        }
    }
    if !missing.is_empty() {
        out.error(
            path,
            format!(
                "no score of the performance run at concurrency {}",
                missing.join(", ")
            ),
        )
        .keyed("missing");
    }
    Ok(())
}

fn swe_bench(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let floor = target(&cx)?.swe_bench_percent;
    let path = &cx.curve.path;
    // In order of appearance: the reference sums in that order.
    let mut bands: Vec<(Band, Vec<f64>)> = Vec::new();
    // Of a mean that is too low the lowest score is the one to look at.
    let mut lowest: Option<(f64, Place)> = None;
    for candidate in candidates(&cx)? {
        let entry = candidate
            .scores
            .value
            .entries
            .iter()
            .find(|entry| entry.name == SWE_BENCH);
        match score(entry) {
            Score::None => {}
            Score::NoFraction(value) => {
                let place = score_place(Some(candidate.scores), entry);
                no_fraction(&cx, candidate.concurrency, value, place, out);
            }
            Score::Percent(percent) => {
                let place = score_place(Some(candidate.scores), entry);
                if let Some(place) = place
                    && lowest.as_ref().is_none_or(|(least, _)| percent < *least)
                {
                    lowest = Some((percent, place));
                }
                if let Some(band) = candidate.band.or_else(|| candidate.options.first().copied()) {
                    match bands.iter_mut().find(|(known, _)| *known == band) {
                        Some((_, values)) => values.push(percent),
                        None => bands.push((band, vec![percent])),
                    }
                }
            }
        }
    }
    if bands.is_empty() {
        out.warning(path, format!("no `{SWE_BENCH}` score; it was not judged"));
        return Ok(());
    }
    let mut means = Vec::new();
    for (band, values) in &bands {
        if values.len() > 1 {
            out.warning(
                path,
                format!("{} `{SWE_BENCH}` scores in {}", values.len(), band.name()),
            )
            .keyed("warn-2");
        }
        means.push(mean(values));
    }
    let mean = mean(&means);
    if mean < floor {
        out.error(
            path,
            format!(
                "`{SWE_BENCH}` is {} %; {floor} % are needed",
                Figure::beside(mean, floor)
            ),
        )
        .term("mean_percent", Figure::beside(mean, floor))
        .term("floor_percent", floor)
        .at_maybe(lowest.map(|(_, place)| place))
        .measured(
            Figure::beside(mean, floor),
            format!(">= {floor}"),
            "%",
            format!("{} points below", Figure::new(floor - mean)),
        );
    } else if means.len() < Band::ALL.len() {
        out.warning(
            path,
            format!(
                "`{SWE_BENCH}` is {} %, of {} bands only",
                Figure::new(mean),
                means.len()
            ),
        )
        .keyed("warn-3");
    } else {
        out.pass(path, format!("`{SWE_BENCH}` is {} %", Figure::new(mean)));
    }
    Ok(())
}

/// The mean of at least one number.
fn mean(values: &[f64]) -> f64 {
    use num_traits::ToPrimitive;
    values.iter().sum::<f64>() / values.len().to_f64().unwrap_or(1.0)
}

fn osl_range(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let (from, to) = target(&cx)?.osl_tokens;
    let path = &cx.curve.path;
    let mut missing = Vec::new();
    for (point, _, summary) in cx.curve.loaded() {
        let average = [
            "output_sequence_lengths_full_run",
            "output_sequence_lengths",
            "avg",
        ]
        .into_iter()
        .try_fold(summary.root(), |node, name| match node.value {
            Value::Map(_) => node.child(name),
            _ => None,
        })
        .filter(|node| matches!(node.value, Value::Int(_) | Value::Float(_) | Value::Bool(_)))
        .map(|node| python_float(&node.value));
        let concurrency = point.concurrency();
        if average == Some(Err(Conversion::Overflow)) {
            let pointer = "/output_sequence_lengths_full_run/output_sequence_lengths/avg";
            let message = "the average is beyond what a 64-bit float can hold";
            crash(out, &result_file_valid::RULE.meta, summary, pointer, message);
            continue;
        }
        let average = average.and_then(Result::ok);
        match average {
            None => missing.push(concurrency.to_string()),
            Some(average) if (from..=to).contains(&average) => {
                out.pass(
                    path,
                    format!("{average} tokens on average at concurrency {concurrency}"),
                );
            }
            Some(average) => {
                out.error(
                    path,
                    format!("{average} tokens on average at concurrency {concurrency}; {from} to {to} are expected"),
                )
                .term("average_tokens", Figure::exact(average)).term("from", from).term("to", to).at(summary.place(AVERAGE))
                .measured(average, format!("{from} to {to}"), "tokens", outside(average, from, to));
            }
        }
    }
    if !missing.is_empty() {
        out.warning(
            path,
            format!(
                "no average output length of the full run at concurrency {}",
                missing.join(", ")
            ),
        );
    }
    Ok(())
}
