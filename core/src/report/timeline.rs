//! `performance/timeline.json`: rates and requests in flight over time. A file of ours; the reference has none.

use serde::Serialize;

use super::FORMAT_VERSION;
use super::json::pretty;
use crate::metrics::{RunMetrics, Step};

#[derive(Serialize)]
struct File {
    format_version: u32,
    step_ns: u64,
    issued: Vec<u64>,
    completed: Vec<u64>,
    failed: Vec<u64>,
    output_tokens: Vec<u64>,
    mean_in_flight: Vec<f64>,
}

/// The file's text: for each step of `step_ns` from the start of the run what began and ended in it, and how many
/// requests were in flight on average.
pub fn timeline(metrics: &RunMetrics) -> String {
    let timeline = &metrics.timeline;
    let each = |what: fn(&Step) -> u64| timeline.steps().iter().map(what).collect();
    pretty(&File {
        format_version: FORMAT_VERSION,
        step_ns: timeline.step_ns(),
        issued: each(|step| step.issued),
        completed: each(|step| step.completed),
        failed: each(|step| step.failed),
        output_tokens: each(|step| step.output_tokens),
        mean_in_flight: timeline
            .steps()
            .iter()
            .map(|step| timeline.mean_in_flight(step))
            .collect(),
    })
}
