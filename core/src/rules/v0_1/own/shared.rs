//! `nonfinite-number`, `duplicate-key` and `duplicate-point` on the files of this version.

use super::prelude::*;
use crate::rules::document::Loaded;
use crate::rules::own::{AnyDocument, duplicate_key, duplicate_point, nonfinite_number};

const FILES: &[&str] = &["systems/*.json", "pareto/**"];

pub(in super::super) const NONFINITE_NUMBER: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: FILES,
        ..nonfinite_number::META
    },
    check: Check::Ending(|submission, out| {
        submission.entered()?;
        nonfinite_number::check(&|visit| documents(submission, visit), out);
        Ok(())
    }),
};

pub(in super::super) const DUPLICATE_KEY: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: FILES,
        ..duplicate_key::META
    },
    check: Check::Ending(|submission, out| {
        submission.entered()?;
        duplicate_key::check(&|visit| documents(submission, visit), out);
        Ok(())
    }),
};

pub(in super::super) const DUPLICATE_POINT: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        ..duplicate_point::META
    },
    check: Check::Curve(|cx, out| {
        let points = cx.model.points()?.iter();
        let valid = points.filter_map(|point| Some((point, point.config.good()?)));
        let declared = valid.map(|(point, config)| {
            let place = move || config.place("/concurrency");
            (point.path.as_str(), &config.value.concurrency, place)
        });
        duplicate_point::check(declared, out);
        Ok(())
    }),
};

/// Calls `visit` with every file that its schema accepted, in order of evaluation.
fn documents(submission: &Submission<'_>, visit: &mut dyn FnMut(&dyn AnyDocument)) {
    for system in &submission.systems {
        if let Some(document) = system.description.good() {
            visit(document);
        }
        for model in &system.models {
            for point in &model.points {
                if let Some(document) = point.config.good() {
                    visit(document);
                }
                if let Ok(document) = point.summary() {
                    visit(document);
                }
            }
            for candidate in &model.candidates {
                if let CandidateState::Read(Loaded::Good(document)) = &candidate.state {
                    visit(document);
                }
            }
        }
    }
}
