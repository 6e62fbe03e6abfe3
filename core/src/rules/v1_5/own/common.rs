//! Our own rules that are the same in every version, on the files of this one.

use super::OWN;
use super::prelude::*;
use super::view::view;
use crate::rules::own;

/// A rule of `rules::own` that looks at the whole submission.
macro_rules! shared_rule {
    ($name:ident, $module:ident, $reads:expr) => {
        pub(in super::super) const $name: SubmissionRule = Rule {
            meta: Meta {
                rulesets: OWN.rulesets,
                reads: $reads,
                ..own::$module::META
            },
            check: &[Check::Ending(|submission, out| {
                submission.entered()?;
                own::Done::done(own::$module::check(&view(submission), out))
            })],
        };
    };
}

shared_rule!(DUPLICATE_RESULT, duplicate_result, &[SUMMARY]);
shared_rule!(IDENTICAL_FIGURES, identical_figures, &[SUMMARY]);
shared_rule!(RUN_INCOMPLETE, run_incomplete, &[SUMMARY]);
shared_rule!(LOAD_CONTRADICTION, load_contradiction, &[POINT, SUMMARY]);
shared_rule!(SERIES_ORDER, series_order, &[SUMMARY]);
shared_rule!(NEGATIVE_FIGURE, negative_figure, &[SUMMARY]);
shared_rule!(NONFINITE_RATE, nonfinite_rate, &[SUMMARY]);
shared_rule!(RATE_MISMATCH, rate_mismatch, &[SUMMARY]);
shared_rule!(COUNT_CONTRADICTION, count_contradiction, &[SUMMARY]);
shared_rule!(THROUGHPUT_UNEXPLAINED, throughput_unexplained, &[POINT, SUMMARY]);
shared_rule!(THROUGHPUT_SHAPE, throughput_shape, &[POINT, SUMMARY, DESCRIPTION]);
shared_rule!(TTFT_FALLS, ttft_falls, &[POINT, SUMMARY, DESCRIPTION]);
shared_rule!(OVERLAPPING_RUNS, overlapping_runs, &[SUMMARY]);
shared_rule!(
    POINT_SYSTEM_CONTRADICTION,
    point_system_contradiction,
    &[POINT, DESCRIPTION]
);
shared_rule!(
    STREAMING_CONTRADICTION,
    streaming_contradiction,
    &[POINT, SUMMARY]
);
shared_rule!(DECLARED_MINIMUM, declared_minimum, &[POINT, SUMMARY]);
shared_rule!(
    MODEL_BY_SUBSTRING,
    model_by_substring,
    &["results/<system>/<model>/"]
);
shared_rule!(METRIC_OVERWRITTEN, metric_overwritten, &[SCORES, SCORES_TOO]);
shared_rule!(ACCURACY_UNJUDGED, accuracy_unjudged, &[SCORES, SCORES_TOO]);
shared_rule!(MISSPELT_KEY, misspelt_key, &[POINT, SUMMARY, SCORES, SCORES_TOO]);

pub(in super::super) const LINK_LEAVES_FOLDER: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: &["**"],
        ..own::links::LEAVES
    },
    check: &[Check::Ending(|submission, out| {
        submission.exists()?;
        submission.input.links.report_leaving(out);
        Ok(())
    })],
};

pub(in super::super) const LINK_LEADS_NOWHERE: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: &["**"],
        ..own::links::NOWHERE
    },
    check: &[Check::Ending(|submission, out| {
        submission.exists()?;
        submission.input.links.report_nowhere(out);
        Ok(())
    })],
};
