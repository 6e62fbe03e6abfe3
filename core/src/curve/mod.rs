//! The curves of a submission as data for a picture: points, regions, the frontier, and which points fail.
//!
//! Numbers are those that the rules judge by; nothing is judged here. What a point doesn't say, or says as something
//! other than a finite number, is `None`, so that no picture shows a value that no file holds.

mod frontier;
mod v0_1;
mod v1_5;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::Serialize;

use crate::diag::{Finding, Severity};
use crate::parse::{Node, Value, big_int_to_f64, parse_python_float};
use crate::region::{self, Bounds, RegionError};
use crate::ruleset::{Parameters, RuleSet};

pub use frontier::frontier;
pub(crate) use v0_1::curves as of_v0_1;
pub(crate) use v1_5::curves as of_v1_5;

/// One system on one benchmark model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Name of the system's directory or file.
    pub system: String,
    /// Name of the model's directory.
    pub model: String,
    /// The directory, as printed.
    pub path: String,
    /// The declared maximum (v0.1 M, v1.5 `C_max`), if the regions are known.
    pub c_max: Option<String>,
    /// The spans of concurrency, lowest first; none where they can't be computed.
    pub regions: Vec<RegionSpan>,
    /// One per measurement point whose concurrency is known, in file order.
    pub points: Vec<CurvePoint>,
}

/// A region's bounds. Integers as text: they may be beyond 2^53.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegionSpan {
    /// Name for people.
    pub title: &'static str,
    /// First concurrency.
    pub start: String,
    /// Last concurrency.
    pub end: String,
    /// Whether no concurrency lies in it.
    pub empty: bool,
}

/// One measurement point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The point's file (v0.1) or directory (v1.5), as printed.
    pub path: String,
    /// The directory of its results, where that is another one (v0.1).
    pub results: Option<String>,
    /// Requests in flight, as declared.
    pub concurrency: String,
    /// The same as a number to draw by.
    pub x: f64,
    /// The region it lies in.
    pub region: Option<&'static str>,
    /// Output tokens per second of the whole system.
    pub system_tps: Option<f64>,
    /// Interactivity: output tokens per second of one user, by the ruleset's definition.
    pub tps_per_user: Option<f64>,
    /// Median time to first token in milliseconds.
    pub ttft_p50_ms: Option<f64>,
    /// 99th percentile of the time to first token in milliseconds.
    pub ttft_p99_ms: Option<f64>,
    /// Whether no other point has more of both throughput and interactivity.
    pub on_frontier: bool,
    /// Rules with an error on one of the point's files, sorted.
    pub failed: Vec<&'static str>,
}

/// What the two versions find out about a point before anything is compared.
struct Reading<'s> {
    path: &'s str,
    results: Option<&'s str>,
    concurrency: &'s BigInt,
    region: Option<&'static str>,
    system_tps: Option<f64>,
    tps_per_user: Option<f64>,
    summary: Option<&'s Node>,
}

impl CurvePoint {
    fn new(reading: &Reading<'_>) -> Option<Self> {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let percentile = |names: &[&str]| {
            let ns = percentile_ns(reading.summary?, names)?;
            finite(Some(ns / 1e6))
        };
        Some(Self {
            path: reading.path.to_owned(),
            results: reading.results.map(str::to_owned),
            concurrency: reading.concurrency.to_string(),
            x: reading.concurrency.to_f64().filter(|x| x.is_finite())?,
            region: reading.region,
            system_tps: finite(reading.system_tps),
            tps_per_user: finite(reading.tps_per_user),
            ttft_p50_ms: percentile(&["50", "50.0"]),
            ttft_p99_ms: percentile(&["99", "99.0"]),
            on_frontier: false,
            failed: Vec::new(),
        })
    }
}

/// A percentile of the time to first token, where it is stored as a number or as text of one.
fn percentile_ns(summary: &Node, names: &[&str]) -> Option<f64> {
    let percentiles = summary.child("ttft")?.child("percentiles")?;
    let node = names.iter().find_map(|name| percentiles.child(name))?;
    match &node.value {
        Value::Float(value) => Some(*value),
        Value::Int(value) => big_int_to_f64(value),
        Value::Str(text) => parse_python_float(text),
        _ => None,
    }
}

/// Names of regions with their bounds, for a picture.
fn span(title: &'static str, bounds: &Bounds) -> RegionSpan {
    RegionSpan {
        title,
        start: bounds.start.to_string(),
        end: bounds.end.to_string(),
        empty: bounds.is_empty(),
    }
}

/// The regions if they are known.
fn known<R, E>(regions: Option<&Result<R, E>>) -> Option<&R> {
    regions?.as_ref().ok()
}

/// The regions of a declared maximum by a ruleset, lowest first. `c_min` is the curve's lowest concurrency: v1.5 takes its
/// greatest allowed one when there is none, v0.1 knows nothing of it.
pub fn region_spans(
    ruleset: &RuleSet,
    c_max: &BigInt,
    c_min: Option<&BigInt>,
) -> Result<Vec<RegionSpan>, RegionError> {
    match &ruleset.parameters {
        Parameters::SubmissionV01(parameters) => Ok(v0_1::spans(&region::v0_1::Regions::new(
            c_max,
            parameters.regions,
        )?)),
        Parameters::SubmissionV15(parameters) => {
            let greatest = BigInt::from(parameters.regions.greatest_c_min);
            let regions = region::v1_5::Regions::new(c_max, c_min.unwrap_or(&greatest), parameters.regions)?;
            Ok(v1_5::spans(&regions))
        }
    }
}

/// Marks the points of the frontier, and what failed at each point.
pub(crate) fn finish(curves: &mut [Curve], findings: &[Finding]) {
    let errors = Errors::new(findings);
    for curve in curves {
        let values: Vec<Option<(f64, f64)>> = curve
            .points
            .iter()
            .map(|point| point.tps_per_user.zip(point.system_tps))
            .collect();
        for (point, on_frontier) in curve.points.iter_mut().zip(frontier(&values)) {
            point.on_frontier = on_frontier;
            let mut failed = errors.below(&point.path);
            if let Some(results) = &point.results {
                failed.extend(errors.below(results));
            }
            point.failed = failed.into_iter().collect();
        }
    }
}

/// The rules with an error, by the path that they give or whose line they show.
struct Errors<'f>(BTreeMap<&'f str, BTreeSet<&'static str>>);

impl<'f> Errors<'f> {
    fn new(findings: &'f [Finding]) -> Self {
        let mut by_path: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
        for error in findings {
            if error.severity != Severity::Error {
                continue;
            }
            let shown = error.place.as_ref().map(|place| place.file.as_str());
            for path in error.path.as_deref().into_iter().chain(shown) {
                by_path.entry(path).or_default().insert(error.rule);
            }
        }
        Self(by_path)
    }

    /// The rules with an error at a path or below it.
    fn below(&self, path: &str) -> BTreeSet<&'static str> {
        let inside = format!("{path}/");
        let at = self.0.get(path).into_iter();
        let under = self
            .0
            .range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded))
            .take_while(|(other, _)| other.starts_with(&inside))
            .map(|(_, rules)| rules);
        at.chain(under).flatten().copied().collect()
    }
}
