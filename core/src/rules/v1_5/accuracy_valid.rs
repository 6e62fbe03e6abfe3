//! `accuracy-valid`.

use super::prelude::*;
use crate::rules::document::{Loaded, crash};

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
        // The reference converts every metric to a float and crashes where that overflows.
        for pointer in document.value.entries.iter().flat_map(|entry| &entry.overflows) {
            let message = "the metric is an integer beyond what a 64-bit float can hold";
            crash(out, &RULE.meta, document, pointer, message);
        }
    }
    Ok(())
}
