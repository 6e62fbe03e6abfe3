//! `accuracy-valid`.

use num_bigint::BigInt;

use super::bands::by_concurrency;
use super::prelude::*;
use super::{accuracy_gate, agentic_gates};
use crate::coerce::{Conversion, python_float};
use crate::rules::document::{Document, Loaded, crash};
use crate::schema::v1_5::accuracy::AccuracyResults;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-valid",
        section: "\u{a7}4.3",
        reads: &[SCORES, SCORES_TOO],
        title: "accuracy results have their shape",
        what: "`accuracy_results.json`, or where it is absent `accuracy_scores` of `results.json`, must be a mapping of \
               entries or a list of named entries with a `score`, names unique, aliases agreeing, one entry of the \
               performance run at most, and not empty.",
        why: "What can't be read can't be judged, and the accuracy gate would pass in silence.",
        fix: "copy the accuracy results as the client wrote them",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    for (_, file) in cx.curve.accuracy_files() {
        file.document.report(&file.path, out);
        let Loaded::Good(document) = &file.document else {
            continue;
        };
        if document.value.entries.is_empty() {
            let place = document.place("");
            out.error(&file.path, "the file holds no entry")
                .without_path()
                .at(place);
        }
    }
    for (concurrency, document) in by_concurrency(cx.curve) {
        overflows(&cx, concurrency, document, out);
    }
    Ok(())
}

/// The reference converts every metric, and for its ordinary gate every weight, to a float where a gate looks at the file,
/// and crashes where that overflows.
fn overflows(
    cx: &CurveCx<'_>,
    concurrency: &BigInt,
    document: &Document<AccuracyResults>,
    out: &mut Out<'_>,
) {
    let results = &document.value;
    let gated = accuracy_gate::target(cx).is_ok();
    if !gated && !agentic_gates::reads(cx, concurrency, results) {
        return;
    }
    for entry in &results.entries {
        for pointer in &entry.overflows {
            let message = "the metric is an integer beyond what a 64-bit float can hold";
            crash(out, &RULE.meta, document, pointer, message);
        }
        let weight = entry.num_samples.as_ref().map(python_float);
        if gated && !entry.metrics.is_empty() && weight == Some(Err(Conversion::Overflow)) {
            let pointer = format!("{}/num_samples", entry.pointer);
            let message = "num_samples is an integer beyond what a 64-bit float can hold";
            crash(out, &RULE.meta, document, &pointer, message);
        }
    }
}
