//! This version's facts as our own rules look at them.

use super::super::bands;
use super::super::facts::{Point as PointFacts, System};
use super::super::point_duration::minimum_ms;
use super::prelude::*;
use crate::rules::document::Document;
use crate::rules::own::view::{Curve as OwnCurve, Entry, Point as OwnPoint, Scores, Target, View, file};
use crate::schema::v1_5::accuracy::AccuracyResults;

/// The whole submission.
pub(super) fn view<'s>(submission: &'s Submission<'_>) -> View<'s> {
    let curves = submission.systems.iter().flat_map(|system| {
        let curves = system.curves.iter();
        curves.map(|facts| curve(submission, system, facts))
    });
    let plain = submission.parameters.accuracy.iter().map(|target| Target {
        fragments: &target.fragments,
        metrics: target.metrics.iter().map(|metric| metric.name.as_str()).collect(),
    });
    let agentic = submission.parameters.agentic.iter().map(|target| Target {
        fragments: &target.fragments,
        metrics: Vec::new(),
    });
    View {
        own: submission.own,
        curves: curves.collect(),
        datasets: submission
            .parameters
            .min_queries
            .keys()
            .map(String::as_str)
            .collect(),
        targets: plain.chain(agentic).collect(),
    }
}

fn curve<'s>(submission: &'s Submission<'_>, system: &'s System, facts: &'s Curve) -> OwnCurve<'s> {
    OwnCurve {
        system: &system.path,
        model: &facts.model,
        path: &facts.path,
        points: facts
            .points
            .iter()
            .filter_map(|facts| point(submission, facts))
            .collect(),
        agentic: facts.is_agentic(),
        scores: bands::by_concurrency(facts).into_values().map(scores).collect(),
        averaged: true,
        streaming_judged: false,
    }
}

fn point<'s>(submission: &'s Submission<'_>, facts: &'s PointFacts) -> Option<OwnPoint<'s>> {
    let declared = facts.declared().ok()?;
    Some(OwnPoint {
        label: facts.path.rsplit('/').next().unwrap_or(&facts.path),
        concurrency: &declared.value.concurrency,
        config: declared,
        summary: facts.summary().ok().map(file),
        description: facts.description().map(file),
        dedicated: facts.is_dedicated(),
        least_duration_ms: Some(minimum_ms(&submission.parameters.min_duration, &declared.value)),
        tpot_judged: !facts.is_dedicated(),
    })
}

fn scores(document: &Document<AccuracyResults>) -> Scores<'_> {
    let entries = document.value.entries.iter().map(|entry| {
        let metrics = entry.metrics.iter();
        Entry {
            name: &entry.name,
            pointer: entry.pointer.clone(),
            metrics: metrics
                .map(|metric| (metric.name.as_str(), metric.value))
                .collect(),
        }
    });
    Scores {
        file: document,
        entries: entries.collect(),
    }
}
