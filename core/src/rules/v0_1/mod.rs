//! The submission rules of ruleset v0.1, one file per rule, and the walk that evaluates them.
//!
//! The order of evaluation is the reference's: submission, then each system, each of its models, each point, the
//! model's accuracy files, the curve as a whole, and the submission's end. Our own rules come last.

#![expect(clippy::unnecessary_wraps, reason = "all rules of a kind share one signature")]

pub mod facts;
mod own;
pub mod registry;

mod accuracy_file;
mod accuracy_gate;
mod accuracy_present;
mod accuracy_sample_count;
mod accuracy_valid;
mod benchmark_model_dir;
mod concurrency_in_range;
mod config_consistency_dataset;
mod coverage;
mod load_pattern;
mod max_concurrency_declared;
mod measurement_points_present;
mod metric_consistency_accounting;
mod metric_consistency_duration;
mod metric_consistency_output_tokens;
mod metric_consistency_system_tps;
mod metric_consistency_tps_per_user;
mod min_query_count;
mod model_name_consistency;
mod pareto_dir_exists;
mod pareto_subdir;
mod path_exists;
mod point_cap;
mod point_config_valid;
mod point_count;
mod point_duration;
mod point_filename_concurrency;
mod region_computation;
mod region_declared;
mod required_dir;
mod result_file_present;
mod result_file_valid;
mod src_dir;
mod streaming_config;
mod system_description_present;
mod system_description_valid;

use crate::diag::{Origin, Severity};
use crate::rules::{Family, Meta, Out, Ran, Rule, Sink};
use facts::{Candidate, Model, Point, Submission, System};

/// What v0.1 rules start from.
mod prelude {
    pub(super) use super::facts::{CandidateState, Point, Submission};
    pub(super) use super::{CandidateCx, Check, ModelCx, OFFICIAL, OWN, PointCx, SubmissionRule, SystemCx};
    pub(super) use crate::diag::Severity;
    pub(super) use crate::rules::{Meta, NotRun, Out, Ran, Rule};
}

/// A rule of this ruleset.
pub type SubmissionRule = Rule<Check>;

/// What a rule looks at decides when, and how often, it is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Once, before everything else.
    Submission(fn(&Submission<'_>, &mut Out<'_>) -> Ran),
    /// Once per system file.
    System(fn(SystemCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per model directory, before its points.
    Model(fn(ModelCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per point file.
    Point(fn(PointCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per accuracy directory of a loaded point.
    Candidate(fn(CandidateCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per model directory, after its points.
    Curve(fn(ModelCx<'_>, &mut Out<'_>) -> Ran),
    /// Once, after everything else.
    Ending(fn(&Submission<'_>, &mut Out<'_>) -> Ran),
}

/// A system and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct SystemCx<'a> {
    /// All of it.
    pub submission: &'a Submission<'a>,
    /// The system.
    pub system: &'a System,
}

/// A curve and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct ModelCx<'a> {
    /// All of it.
    pub submission: &'a Submission<'a>,
    /// Its system.
    pub system: &'a System,
    /// The curve.
    pub model: &'a Model,
}

/// A point and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct PointCx<'a> {
    /// All of it.
    pub submission: &'a Submission<'a>,
    /// Its system.
    pub system: &'a System,
    /// The point.
    pub point: &'a Point,
}

/// An accuracy directory.
#[derive(Clone, Copy, Debug)]
pub struct CandidateCx<'a> {
    /// The directory's file.
    pub candidate: &'a Candidate,
}

/// What every official rule of this ruleset has in common.
const OFFICIAL: Meta = Meta {
    id: "",
    family: Family::Submission,
    origin: Origin::Official,
    rulesets: &["v0.1"],
    severity: Severity::Error,
    keyed: false,
    section: "",
    reads: &[],
    parameters: &[],
    title: "",
    what: "",
    formula: "",
    why: "",
    fix: "",
};

/// Rules below whose errors nothing more is judged.
pub(crate) const STOPS: &[&str] = &[
    "path-exists",
    "required-dir",
    "system-description-present",
    "system-description-valid",
    "region-computation",
    "pareto-dir-exists",
    "benchmark-model-dir",
    "pareto-subdir",
    "measurement-points-present",
];

/// What our own rules have in common.
const OWN: Meta = Meta {
    origin: Origin::Runbench,
    ..OFFICIAL
};

/// Evaluates every rule of the ruleset.
pub fn evaluate(submission: &Submission<'_>, sink: &mut Sink) {
    let rules = registry::RULES;
    sink.expect(rules.iter().map(|rule| &rule.meta));
    for rule in rules {
        if let Check::Submission(check) = rule.check {
            sink.run(&rule.meta, |out| check(submission, out));
        }
    }
    for system in &submission.systems {
        evaluate_system(SystemCx { submission, system }, sink);
    }
    for rule in rules {
        if let Check::Ending(check) = rule.check {
            sink.run(&rule.meta, |out| check(submission, out));
        }
    }
}

fn evaluate_system(cx: SystemCx<'_>, sink: &mut Sink) {
    for rule in registry::RULES {
        if let Check::System(check) = rule.check {
            sink.run(&rule.meta, |out| check(cx, out));
        }
    }
    let SystemCx { submission, system } = cx;
    for model in &system.models {
        evaluate_model(
            ModelCx {
                submission,
                system,
                model,
            },
            sink,
        );
    }
}

fn evaluate_model(cx: ModelCx<'_>, sink: &mut Sink) {
    for rule in registry::RULES {
        if let Check::Model(check) = rule.check {
            sink.run(&rule.meta, |out| check(cx, out));
        }
    }
    let ModelCx {
        submission,
        system,
        model,
    } = cx;
    for point in &model.points {
        for rule in registry::RULES {
            if let Check::Point(check) = rule.check {
                sink.run(&rule.meta, |out| {
                    check(
                        PointCx {
                            submission,
                            system,
                            point,
                        },
                        out,
                    )
                });
            }
        }
    }
    for candidate in &model.candidates {
        for rule in registry::RULES {
            if let Check::Candidate(check) = rule.check {
                sink.run(&rule.meta, |out| check(CandidateCx { candidate }, out));
            }
        }
    }
    for rule in registry::RULES {
        if let Check::Curve(check) = rule.check {
            sink.run(&rule.meta, |out| check(cx, out));
        }
    }
}
