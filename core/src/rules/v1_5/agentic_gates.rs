//! `agentic-accuracy`, `agentic-accuracy-inline`, `agentic-accuracy-swebench`, `agentic-osl-range`: gates of agentic
//! benchmarks.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use super::bands::{Band, by_concurrency, candidates};
use super::prelude::*;
use super::result_file_valid;
use crate::coerce::{Conversion, python_float};
use crate::parse::Value;
use crate::rules::document::crash;
use crate::ruleset::AgenticTarget;
use crate::schema::v1_5::accuracy::{AccuracyResults, Entry};

/// The entry of the coding benchmark.
const SWE_BENCH: &str = "swe_bench";

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

fn no_fraction(cx: &CurveCx<'_>, concurrency: &BigInt, value: f64, out: &mut Out<'_>) {
    out.error(
        &cx.curve.path,
        format!("the score at concurrency {concurrency} is {value}, not a share from 0 to 1"),
    )
    .keyed("score-not-fraction");
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
            Score::NoFraction(value) => no_fraction(&cx, concurrency, value, out),
            Score::Percent(percent) if percent < floor => {
                out.error(
                    path,
                    format!("{percent} % at concurrency {concurrency}; {floor} % are needed"),
                )
                .measured(percent, format!(">= {floor}"), "%", "");
            }
            Score::Percent(percent) => {
                out.pass(path, format!("{percent} % at concurrency {concurrency}"));
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
    for candidate in candidates(&cx)? {
        let entry = candidate
            .scores
            .value
            .entries
            .iter()
            .find(|entry| entry.name == SWE_BENCH);
        match score(entry) {
            Score::None => {}
            Score::NoFraction(value) => no_fraction(&cx, candidate.concurrency, value, out),
            Score::Percent(percent) => {
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
        out.error(path, format!("`{SWE_BENCH}` is {mean} %; {floor} % are needed"))
            .measured(mean, format!(">= {floor}"), "%", "");
    } else if means.len() < Band::ALL.len() {
        out.warning(
            path,
            format!("`{SWE_BENCH}` is {mean} %, of {} bands only", means.len()),
        )
        .keyed("warn-3");
    } else {
        out.pass(path, format!("`{SWE_BENCH}` is {mean} %"));
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
                .measured(average, format!("{from} to {to}"), "tokens", "");
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
