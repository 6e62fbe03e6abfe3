//! What v1.5 rules start from.

pub(super) use super::facts::{Curve, Point, Submission};
pub(super) use super::{
    Check, CurveCx, CurveStage, OFFICIAL, PointCx, PointStage, ScoresCx, SubmissionRule, SystemCx,
};
pub(super) use crate::diag::Severity;
pub(super) use crate::rules::{Meta, NotRun, Out, Ran, Rule};

/// Patterns of the files that rules read.
pub(super) const POINT: &str = "results/<system>/<model>/r<N>/point.yaml";
pub(super) const CONFIG: &str = "results/<system>/<model>/r<N>/config.yaml";
pub(super) const DESCRIPTION: &str = "results/<system>/<model>/r<N>/system_desc.json";
pub(super) const SUMMARY: &str = "results/<system>/<model>/r<N>/result_summary.json";
pub(super) const SCORES: &str = "results/<system>/<model>/r<N>/accuracy_results.json";
pub(super) const SCORES_TOO: &str = "results/<system>/<model>/r<N>/results.json";
pub(super) const POWER: &str = "results/<system>/system_power.json";
