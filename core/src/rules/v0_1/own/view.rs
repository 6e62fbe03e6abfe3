//! This version's facts as our own rules look at them.

use super::super::facts::{Model, Point as PointFacts, System};
use super::super::point_duration::minimum_ms;
use super::prelude::*;
use crate::coerce::python_float;
use crate::rules::own::view::{Curve, Entry, Point, Scores, Target, View, file};

/// The whole submission.
pub(super) fn view<'s>(submission: &'s Submission<'_>) -> View<'s> {
    let curves = submission.systems.iter().flat_map(|system| {
        let models = system.models.iter();
        models.map(|model| curve(submission, system, model))
    });
    let targets = submission.parameters.accuracy.iter().map(|target| Target {
        fragments: &target.fragments,
        metrics: target.metrics.iter().map(|metric| metric.name.as_str()).collect(),
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
        targets: targets.collect(),
    }
}

fn curve<'s>(submission: &'s Submission<'_>, system: &'s System, model: &'s Model) -> Curve<'s> {
    let points = model.points.iter();
    Curve {
        system: &system.path,
        model: &model.name,
        path: &model.path,
        points: points
            .filter_map(|facts| point(submission, system, facts))
            .collect(),
        agentic: false,
        scores: scores(model).into_iter().collect(),
        averaged: false,
        streaming_judged: true,
    }
}

fn point<'s>(submission: &'s Submission<'_>, system: &'s System, facts: &'s PointFacts) -> Option<Point<'s>> {
    let config = facts.config.good()?;
    let region = system
        .regions()
        .ok()
        .and_then(|regions| regions.classify(&config.value.concurrency));
    Some(Point {
        label: &facts.stem,
        concurrency: &config.value.concurrency,
        config,
        summary: facts.summary().ok().map(file),
        description: system.description().ok().map(file),
        dedicated: false,
        least_duration_ms: region.map(|region| minimum_ms(&submission.parameters.min_duration_ms, region)),
        tpot_judged: false,
    })
}

fn scores(model: &Model) -> Option<Scores<'_>> {
    let document = model.accuracy()?;
    let entries = document.value.entries.iter().map(|entry| {
        let scores = entry.scores();
        let numbers = scores.filter_map(|(name, value)| Some((name, python_float(value).ok()?)));
        Entry {
            name: &entry.name,
            pointer: entry.pointer(),
            metrics: numbers.collect(),
        }
    });
    Some(Scores {
        file: file(document),
        entries: entries.collect(),
    })
}
