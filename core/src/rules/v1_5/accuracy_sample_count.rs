//! `accuracy-sample-count`.

use num_bigint::BigInt;
use num_traits::One;

use super::accuracy_gate::{results_path, target};
use super::accuracy_valid;
use super::prelude::*;
use crate::coerce::{Conversion, python_int};
use crate::rules::document::crash;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-sample-count",
        formula: "sum of num_samples x n_repeats over all entries = samples >= least",
        section: "\u{a7}15",
        reads: &[SCORES, SCORES_TOO],
        parameters: &["accuracy.min_samples"],
        title: "an accuracy run covers enough samples",
        what: "The sum of num_samples x max(n_repeats, 1) over all entries of a file must reach the model's minimum. Entries \
               without a convertible `num_samples` are left out; a file without any is not judged.",
        why: "Accuracy on a chosen few samples proves nothing.",
        fix: "run the accuracy evaluation on the whole dataset",
        ..OFFICIAL
    },
    check: &[Check::Scores(check)],
};

fn check(cx: ScoresCx<'_>, out: &mut Out<'_>) -> Ran {
    let least = target(&cx.curve)?.min_samples;
    let mut total: Option<BigInt> = None;
    for entry in &cx.scores.value.entries {
        let Some(stored) = &entry.num_samples else {
            continue;
        };
        let samples = match python_int(stored) {
            Ok(samples) => samples,
            Err(Conversion::NotConvertible) => continue,
            Err(Conversion::Overflow) => {
                let pointer = format!("{}/num_samples", entry.pointer);
                crash(
                    out,
                    &accuracy_valid::RULE.meta,
                    cx.scores,
                    &pointer,
                    "num_samples is infinite",
                );
                continue;
            }
        };
        let repeats = match entry.n_repeats.as_ref().map(python_int) {
            Some(Ok(repeats)) => repeats.max(BigInt::one()),
            Some(Err(Conversion::NotConvertible)) | None => BigInt::one(),
            Some(Err(Conversion::Overflow)) => {
                let pointer = format!("{}/n_repeats", entry.pointer);
                let message = "n_repeats is infinite";
                crash(out, &accuracy_valid::RULE.meta, cx.scores, &pointer, message);
                continue;
            }
        };
        *total.get_or_insert_default() += samples * repeats;
    }
    let Some(total) = total else {
        return Err(NotRun::because("no entry gives `num_samples`"));
    };
    let path = results_path(&cx);
    if total < BigInt::from(least) {
        out.error(&path, format!("{total} samples; at least {least} are needed"))
            .at(cx.scores.place(""))
            .term("samples", &total)
            .term("least", least)
            .measured(
                &total,
                format!(">= {least}"),
                "samples",
                format!("{} short", BigInt::from(least) - &total),
            );
    } else {
        out.pass(&path, format!("{total} samples; {least} are needed"));
    }
    Ok(())
}
