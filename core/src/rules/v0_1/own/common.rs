//! Our own rules that are the same in every version, on the files of this one.

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
            check: Check::Ending(|submission, out| {
                submission.entered()?;
                own::Done::done(own::$module::check(&view(submission), out))
            }),
        };
    };
}

shared_rule!(
    DUPLICATE_RESULT,
    duplicate_result,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    IDENTICAL_FIGURES,
    identical_figures,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    RUN_INCOMPLETE,
    run_incomplete,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    LOAD_CONTRADICTION,
    load_contradiction,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json"
    ]
);
shared_rule!(
    SERIES_ORDER,
    series_order,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    NEGATIVE_FIGURE,
    negative_figure,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    NONFINITE_RATE,
    nonfinite_rate,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    RATE_MISMATCH,
    rate_mismatch,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    COUNT_CONTRADICTION,
    count_contradiction,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    THROUGHPUT_UNEXPLAINED,
    throughput_unexplained,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json"
    ]
);
shared_rule!(
    THROUGHPUT_SHAPE,
    throughput_shape,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json",
        "systems/*.json"
    ]
);
shared_rule!(
    TTFT_FALLS,
    ttft_falls,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json",
        "systems/*.json"
    ]
);
shared_rule!(
    OVERLAPPING_RUNS,
    overlapping_runs,
    &["pareto/<system_id>/<model>/results/point_<C>/results_summary.json"]
);
shared_rule!(
    POINT_SYSTEM_CONTRADICTION,
    point_system_contradiction,
    &["pareto/<system_id>/<model>/points/point_*.yaml", "systems/*.json"]
);
shared_rule!(
    STREAMING_CONTRADICTION,
    streaming_contradiction,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json"
    ]
);
shared_rule!(
    DECLARED_MINIMUM,
    declared_minimum,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json"
    ]
);
shared_rule!(
    MODEL_BY_SUBSTRING,
    model_by_substring,
    &["pareto/<system_id>/<model>/"]
);
shared_rule!(
    METRIC_OVERWRITTEN,
    metric_overwritten,
    &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"]
);
shared_rule!(
    ACCURACY_UNJUDGED,
    accuracy_unjudged,
    &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"]
);
shared_rule!(
    MISSPELT_KEY,
    misspelt_key,
    &[
        "pareto/<system_id>/<model>/points/point_*.yaml",
        "pareto/<system_id>/<model>/results/point_<C>/results_summary.json",
        "pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"
    ]
);

pub(in super::super) const LINK_LEAVES_FOLDER: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: &["**"],
        ..own::links::LEAVES
    },
    check: Check::Ending(|submission, out| {
        if !submission.exists {
            return Err(NotRun::after("path-exists"));
        }
        submission.input.links.report_leaving(out);
        Ok(())
    }),
};

pub(in super::super) const LINK_LEADS_NOWHERE: SubmissionRule = Rule {
    meta: Meta {
        rulesets: OWN.rulesets,
        reads: &["**"],
        ..own::links::NOWHERE
    },
    check: Check::Ending(|submission, out| {
        if !submission.exists {
            return Err(NotRun::after("path-exists"));
        }
        submission.input.links.report_nowhere(out);
        Ok(())
    }),
};
