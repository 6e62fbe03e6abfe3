//! The submission rules of ruleset v1.5, one file per rule or family of tiny ones, and the walk that evaluates them.
//!
//! The order of evaluation is the reference's: submission, then each system, each of its curves in the stages of
//! [`CurveStage`] and [`PointStage`], and the submission's end. A rule that speaks at several stages has several checks.

#![expect(clippy::unnecessary_wraps, reason = "all rules of a kind share one signature")]

pub mod facts;
pub mod power;
mod prelude;
pub mod registries;
pub mod registry;

mod accuracy_coverage;
mod accuracy_gate;
mod accuracy_present;
mod accuracy_sample_count;
mod accuracy_valid;
mod agentic_gates;
mod agentic_metric_consistency;
mod bands;
mod benchmark_model_dir;
mod benchmark_type_consistency;
mod c_min_override;
mod concurrency_in_range;
mod config_consistency;
mod config_file_present;
mod coverage;
mod drafters;
mod list_registries;
mod load_pattern;
mod max_concurrency_declared;
mod maximal_engagement;
mod measurement_points_present;
mod metric_consistency_accounting;
mod metric_consistency_duration;
mod metric_consistency_output_tokens;
mod metric_consistency_system_tps;
mod metric_consistency_tpot_p90;
mod metric_consistency_tps_per_kw;
mod metric_consistency_tps_per_user;
mod min_query_count;
mod model_name_consistency;
mod model_name_valid;
mod nodes_used;
mod offline_declared;
mod offline_ordering;
mod offline_point_present;
mod own;
mod path_exists;
mod point_config_valid;
mod point_count;
mod point_dirname_concurrency;
mod point_dirs;
mod point_disclosure_complete;
mod point_duration;
mod point_rules_skipped;
mod power_descriptor;
mod region_basis;
mod region_computation;
mod region_declared;
mod region_placement;
mod required_dir;
mod result_file_valid;
mod result_summary_present;
mod seed_config_legacy;
mod seed_sets;
mod shared_path_resolution;
mod src_dir;
mod src_readme;
mod steady_state_basis;
mod steady_state_consistency;
mod steady_state_valid;
mod streaming_config;
mod system_description_consistency;
mod system_description_present;
mod system_description_valid;
mod system_results_dir;
mod target_cohort;
mod tps_utilization;
mod warmup;

use crate::diag::{Origin, Severity};
use crate::rules::document::Document;
use crate::rules::{Family, Meta, NotRun, Out, Ran, Rule, Sink};
use crate::schema::v1_5::accuracy::AccuracyResults;
use facts::{Curve, Point, Submission, System};

/// A rule of this ruleset.
pub type SubmissionRule = Rule<&'static [Check]>;

/// What a check looks at decides when, and how often, it is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Once, before everything else.
    Submission(fn(&Submission<'_>, &mut Out<'_>) -> Ran),
    /// Once per system, before its curves.
    System(fn(SystemCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per system, after those.
    SystemEnding(fn(SystemCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per curve, at a stage.
    Curve(CurveStage, fn(CurveCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per point, at a stage.
    Point(PointStage, fn(PointCx<'_>, &mut Out<'_>) -> Ran),
    /// Once per concurrency with accuracy scores, after everything else of the curve.
    Scores(fn(ScoresCx<'_>, &mut Out<'_>) -> Ran),
    /// Once, after everything else.
    Ending(fn(&Submission<'_>, &mut Out<'_>) -> Ran),
}

/// When a check of a whole curve is evaluated. A curve without points gets no further than the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveStage {
    /// Before its points.
    Opening,
    /// When all points have been asked what they declare.
    Declared,
    /// When all points have been asked for their descriptions.
    Described,
    /// When bounds of the regions are looked for.
    Basis,
    /// When they were found or not.
    Settled,
    /// When all points have been judged.
    Whole,
    /// After everything official.
    Own,
}

/// When a check of a point is evaluated; points take each stage in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointStage {
    /// What it declares.
    Declared,
    /// What it says about its system.
    Described,
    /// What it measured; only with a usable `point.yaml`.
    Measured,
    /// What is left to say without one.
    Unusable,
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
pub struct CurveCx<'a> {
    /// All of it.
    pub submission: &'a Submission<'a>,
    /// Its system.
    pub system: &'a System,
    /// The curve.
    pub curve: &'a Curve,
}

/// A point and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct PointCx<'a> {
    /// All of it.
    pub submission: &'a Submission<'a>,
    /// Its system.
    pub system: &'a System,
    /// Its curve.
    pub curve: &'a Curve,
    /// The point.
    pub point: &'a Point,
}

/// Accuracy scores and what they belong to.
#[derive(Clone, Copy, Debug)]
pub struct ScoresCx<'a> {
    /// The curve.
    pub curve: CurveCx<'a>,
    /// The scores of one concurrency.
    pub scores: &'a Document<AccuracyResults>,
}

impl<'a> PointCx<'a> {
    /// The point's system.
    fn system(&self) -> SystemCx<'a> {
        SystemCx {
            submission: self.submission,
            system: self.system,
        }
    }
}

/// What every official rule of this ruleset has in common.
const OFFICIAL: Meta = Meta {
    id: "",
    family: Family::Submission,
    origin: Origin::Official,
    rulesets: &["v1.5"],
    severity: Severity::Error,
    keyed: true,
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
    "system-results-dir",
    "benchmark-model-dir",
    "point-dirs",
];

/// Evaluates every rule of the ruleset.
pub fn evaluate(submission: &Submission<'_>, sink: &mut Sink) {
    sink.expect(registry::RULES.iter().map(|rule| &rule.meta));
    for (meta, check) in checks() {
        if let Check::Submission(check) = check {
            sink.run(meta, |out| check(submission, out));
        }
    }
    for system in &submission.systems {
        evaluate_system(SystemCx { submission, system }, sink);
    }
    for (meta, check) in checks() {
        if let Check::Ending(check) = check {
            sink.run(meta, |out| check(submission, out));
        }
    }
}

/// Every check of every rule, in registry order.
fn checks() -> impl Iterator<Item = (&'static Meta, Check)> {
    (registry::RULES.iter()).flat_map(|rule| rule.check.iter().map(|check| (&rule.meta, *check)))
}

fn evaluate_system(cx: SystemCx<'_>, sink: &mut Sink) {
    for (meta, check) in checks() {
        if let Check::System(check) = check {
            sink.run(meta, |out| check(cx, out));
        }
    }
    for (meta, check) in checks() {
        if let Check::SystemEnding(check) = check {
            sink.run(meta, |out| check(cx, out));
        }
    }
    let SystemCx { submission, system } = cx;
    for curve in &system.curves {
        evaluate_curve(
            CurveCx {
                submission,
                system,
                curve,
            },
            sink,
        );
    }
}

fn evaluate_curve(cx: CurveCx<'_>, sink: &mut Sink) {
    run_curve(cx, CurveStage::Opening, sink);
    if cx.curve.points.is_empty() {
        for (meta, check) in checks() {
            let opened = matches!(check, Check::Curve(CurveStage::Opening, _));
            if !opened && matches!(check, Check::Curve(..) | Check::Point(..) | Check::Scores(_)) {
                sink.run(meta, |_| Err(NotRun::after("point-dirs")));
            }
        }
        return;
    }
    run_points(cx, PointStage::Declared, |_| true, sink);
    run_curve(cx, CurveStage::Declared, sink);
    run_points(cx, PointStage::Described, |_| true, sink);
    run_curve(cx, CurveStage::Described, sink);
    run_curve(cx, CurveStage::Basis, sink);
    run_curve(cx, CurveStage::Settled, sink);
    run_points(cx, PointStage::Measured, |point| point.declared().is_ok(), sink);
    run_points(cx, PointStage::Unusable, |point| point.declared().is_err(), sink);
    run_curve(cx, CurveStage::Whole, sink);
    for scores in bands::by_concurrency(cx.curve).into_values() {
        for (meta, check) in checks() {
            if let Check::Scores(check) = check {
                sink.run(meta, |out| check(ScoresCx { curve: cx, scores }, out));
            }
        }
    }
    run_curve(cx, CurveStage::Own, sink);
}

fn run_curve(cx: CurveCx<'_>, stage: CurveStage, sink: &mut Sink) {
    for (meta, check) in checks() {
        if let Check::Curve(at, check) = check
            && at == stage
        {
            sink.run(meta, |out| check(cx, out));
        }
    }
}

fn run_points(cx: CurveCx<'_>, stage: PointStage, wanted: fn(&Point) -> bool, sink: &mut Sink) {
    let CurveCx {
        submission,
        system,
        curve,
    } = cx;
    for point in curve.points.iter().filter(|point| wanted(point)) {
        let cx = PointCx {
            submission,
            system,
            curve,
            point,
        };
        for (meta, check) in checks() {
            if let Check::Point(at, check) = check
                && at == stage
            {
                sink.run(meta, |out| check(cx, out));
            }
        }
    }
}

/// The path that stands for a curve's description: that of the first readable copy, else the curve's directory.
fn description_path(curve: &Curve) -> &str {
    curve.raw_description().map_or(&curve.path, Document::path)
}
