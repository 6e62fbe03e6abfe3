//! `nonfinite-number`, `duplicate-key` and `duplicate-point` on the files of this version.

use super::OWN;
use super::prelude::*;
use crate::rules::document::Loaded;
use crate::rules::own::{AnyDocument, duplicate_key, duplicate_point, nonfinite_number};

const FILES: &[&str] = &[POINT, CONFIG, DESCRIPTION, SUMMARY, SCORES, SCORES_TOO, POWER];

pub(in super::super) const NONFINITE_NUMBER: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: FILES,
        ..nonfinite_number::META
    },
    check: &[Check::Ending(|submission, out| {
        submission.entered()?;
        nonfinite_number::check(&|visit| documents(submission, visit), out);
        Ok(())
    })],
};

pub(in super::super) const DUPLICATE_KEY: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: FILES,
        ..duplicate_key::META
    },
    check: &[Check::Ending(|submission, out| {
        submission.entered()?;
        duplicate_key::check(&|visit| documents(submission, visit), out);
        Ok(())
    })],
};

pub(in super::super) const DUPLICATE_POINT: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: &[POINT],
        ..duplicate_point::META
    },
    check: &[Check::Curve(CurveStage::Own, |cx, out| {
        let online = cx.curve.valid().filter(|(point, _)| !point.is_dedicated());
        let declared = online.map(|(_, document)| {
            let place = move || document.place("/concurrency");
            (document.path(), &document.value.concurrency, place)
        });
        duplicate_point::check(declared, out);
        Ok(())
    })],
};

/// Calls `visit` with every file that could be read, in order of evaluation.
fn documents(submission: &Submission<'_>, visit: &mut dyn FnMut(&dyn AnyDocument)) {
    for system in &submission.systems {
        if let Some(document) = system.power.as_ref().and_then(Loaded::good) {
            visit(document);
        }
        for point in system.curves.iter().flat_map(|curve| &curve.points) {
            for loaded in [
                &point.config_file,
                &point.declared_raw,
                &point.description,
                &point.summary_raw,
            ] {
                if let Some(document) = loaded.as_ref().and_then(Loaded::good) {
                    visit(document);
                }
            }
            if let Some(document) = point.accuracy.as_ref().and_then(|file| file.document.good()) {
                visit(document);
            }
        }
    }
}
