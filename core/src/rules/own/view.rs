//! What our own rules look at, whatever the version: curves, points, and the values in their files.

use num_bigint::BigInt;

use super::walk::AnyDocument;
use crate::coerce::python_float;
use crate::diag::Place;
use crate::parse::{Node, Value, big_int_to_f64, parse_python_float};
use crate::rules::document::Document;
use crate::ruleset::OwnParameters;

/// A file, whatever its schema.
pub(in crate::rules) type File<'s> = &'s dyn AnyDocument;

/// A document as a file.
pub(in crate::rules) fn file<T>(document: &Document<T>) -> File<'_> {
    document
}

/// A whole submission.
pub(in crate::rules) struct View<'s> {
    /// The numbers to judge by.
    pub(in crate::rules) own: &'s OwnParameters,
    /// Its curves, in order of evaluation.
    pub(in crate::rules) curves: Vec<Curve<'s>>,
    /// Datasets that the ruleset has a minimum for.
    pub(in crate::rules) datasets: Vec<&'s str>,
    /// What decides which accuracy gate a model gets.
    pub(in crate::rules) targets: Vec<Target<'s>>,
}

/// One curve: a system and a model.
pub(in crate::rules) struct Curve<'s> {
    /// The system, told apart by path.
    pub(in crate::rules) system: &'s str,
    /// The directory's name.
    pub(in crate::rules) model: &'s str,
    /// The directory.
    pub(in crate::rules) path: &'s str,
    /// Points whose own file can be used, in order of evaluation.
    pub(in crate::rules) points: Vec<Point<'s>>,
    /// Whether the load is of agents, whose accuracy is judged otherwise.
    pub(in crate::rules) agentic: bool,
    /// Accuracy scores that are judged.
    pub(in crate::rules) scores: Vec<Scores<'s>>,
    /// Whether the metrics of a file's entries are averaged (v1.5); else a later one replaces an earlier one.
    pub(in crate::rules) averaged: bool,
    /// Whether an official rule reports a point that was not streamed.
    pub(in crate::rules) streaming_judged: bool,
}

/// One point.
pub(in crate::rules) struct Point<'s> {
    /// What people call it: `point_48`, `r48`.
    pub(in crate::rules) label: &'s str,
    /// Its declared concurrency.
    pub(in crate::rules) concurrency: &'s BigInt,
    /// What it declares.
    pub(in crate::rules) config: File<'s>,
    /// What it measured, if that can be used.
    pub(in crate::rules) summary: Option<File<'s>>,
    /// What it says about its system, if there is such a file and it is an object.
    pub(in crate::rules) description: Option<File<'s>>,
    /// Whether it was measured offline only: all requests at once.
    pub(in crate::rules) dedicated: bool,
    /// The official minimum of its duration, in milliseconds.
    pub(in crate::rules) least_duration_ms: Option<f64>,
    /// Whether an official rule judges the sign of its TPOT's 90th percentile.
    pub(in crate::rules) tpot_judged: bool,
}

/// Accuracy scores of one file.
pub(in crate::rules) struct Scores<'s> {
    /// The file.
    pub(in crate::rules) file: File<'s>,
    /// Its entries.
    pub(in crate::rules) entries: Vec<Entry<'s>>,
}

/// Scores on one dataset.
pub(in crate::rules) struct Entry<'s> {
    /// The dataset's name.
    pub(in crate::rules) name: &'s str,
    /// JSON pointer of the entry.
    pub(in crate::rules) pointer: String,
    /// Metrics that could be read as numbers: name, value.
    pub(in crate::rules) metrics: Vec<(&'s str, f64)>,
}

impl Entry<'_> {
    /// JSON pointer of a metric: below `score`, beside it, or `score` itself.
    pub(in crate::rules) fn pointer_of(&self, file: File<'_>, metric: &str) -> String {
        let name = escaped(metric);
        let below = ["/score/", "/"].map(|between| format!("{}{between}{name}", self.pointer));
        below
            .into_iter()
            .find(|pointer| at(file, pointer).is_some())
            .unwrap_or_else(|| format!("{}/score", self.pointer))
    }
}

/// Fragments that choose an accuracy gate, and the metrics of that gate.
pub(in crate::rules) struct Target<'s> {
    /// All occur in a squashed name that it is chosen for.
    pub(in crate::rules) fragments: &'s [String],
    /// Names in lower case; empty for the gates of agents.
    pub(in crate::rules) metrics: Vec<&'s str>,
}

impl Target<'_> {
    /// Whether it is chosen for a model.
    pub(in crate::rules) fn matches(&self, model: &str) -> bool {
        let squashed = crate::ruleset::squashed(model);
        let occurs = |fragment: &String| squashed.contains(fragment.as_str());
        self.fragments.iter().all(occurs)
    }
}

impl<'s> View<'s> {
    /// The gate that is chosen for a model: the first that matches. Gates of agents are never chosen here.
    pub(in crate::rules) fn target(&self, model: &str) -> Option<&Target<'s>> {
        let plain = |target: &&Target<'_>| !target.metrics.is_empty();
        let mut targets = self.targets.iter().filter(plain);
        targets.find(|target| target.matches(model))
    }

    /// Every point with a usable summary, with its curve.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&Curve<'s>, &Point<'s>, File<'s>)> {
        let of = |curve: &'_ Curve<'s>| -> Vec<File<'s>> {
            curve.points.iter().filter_map(|p| p.summary).collect()
        };
        self.curves.iter().flat_map(move |curve| {
            let files = of(curve);
            let points = curve.points.iter().filter(|point| point.summary.is_some());
            points.zip(files).map(move |(point, file)| (curve, point, file))
        })
    }
}

impl<'s> Curve<'s> {
    /// Points under load with a usable summary and a concurrency above 0, the least loaded first.
    pub(super) fn by_load(&self) -> Vec<(f64, &Point<'s>, File<'s>)> {
        let mut points: Vec<(f64, &Point<'s>, File<'s>)> = (self.points.iter())
            .filter(|point| !point.dedicated)
            .filter_map(|point| Some((big_int_to_f64(point.concurrency)?, point, point.summary?)))
            .filter(|(concurrency, ..)| *concurrency > 0.0)
            .collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        points
    }
}

/// Parallelism and batch as a point's description gives them: two points are one configuration if these are equal.
pub(in crate::rules) fn configuration(point: &Point<'_>) -> Vec<Option<Value>> {
    const KEYS: [&str; 6] = [
        "tensor_parallel",
        "pipeline_parallel",
        "expert_parallel",
        "data_parallel",
        "disaggregated",
        "batch",
    ];
    let value = |key: &str| {
        let root = point.description?.root();
        let node = root
            .child(key)
            .or_else(|| root.child("config_summary")?.child(key))?;
        Some(node.value.clone())
    };
    KEYS.iter().map(|key| value(key)).collect()
}

/// The value at a JSON pointer.
pub(in crate::rules) fn at<'f>(file: File<'f>, pointer: &str) -> Option<&'f Node> {
    let mut node = file.root();
    for part in pointer.split('/').skip(1) {
        node = if part.contains('~') {
            node.child(&part.replace("~1", "/").replace("~0", "~"))?
        } else {
            node.child(part)?
        };
    }
    Some(node)
}

/// A key as a part of a JSON pointer.
pub(in crate::rules) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The finite number at a JSON pointer, also as text that the reference reads as one.
pub(in crate::rules) fn number(file: File<'_>, pointer: &str) -> Option<f64> {
    as_number(at(file, pointer)?)
}

/// A finite number, also as text that the reference reads as one.
pub(in crate::rules) fn as_number(node: &Node) -> Option<f64> {
    if matches!(node.value, Value::Bool(_)) {
        return None;
    }
    python_float(&node.value).ok().filter(|number| number.is_finite())
}

/// The text at a JSON pointer.
pub(in crate::rules) fn text<'f>(file: File<'f>, pointer: &str) -> Option<&'f str> {
    match &at(file, pointer)?.value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// The place of the value at a JSON pointer, or of the nearest value above it.
pub(in crate::rules) fn place(file: File<'_>, pointer: &str) -> Place {
    let mut pointer = pointer;
    loop {
        if let Some(node) = at(file, pointer) {
            return file.place_of_span(pointer, node.span);
        }
        pointer = pointer.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// Series of a summary. Times are in nanoseconds, lengths in tokens.
pub(in crate::rules) const SERIES: [&str; 5] = [
    "ttft",
    "tpot",
    "latency",
    "output_sequence_lengths",
    "input_sequence_lengths",
];

/// One percentile of a series.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Rank<'f> {
    /// Its number, from 0 to 100.
    pub(in crate::rules) percentile: f64,
    /// Its key.
    key: &'f str,
    /// The value.
    pub(in crate::rules) value: f64,
}

impl Rank<'_> {
    /// Where it stands.
    pub(in crate::rules) fn pointer(&self, series: &str) -> String {
        format!("/{series}/percentiles/{}", escaped(self.key))
    }
}

/// The percentiles of a series by number, lowest first.
pub(in crate::rules) fn percentiles<'f>(file: File<'f>, series: &str) -> Vec<Rank<'f>> {
    let object = file
        .root()
        .child(series)
        .and_then(|series| series.child("percentiles"));
    let Some(Value::Map(map)) = object.map(|node| &node.value) else {
        return Vec::new();
    };
    let mut known: Vec<Rank<'f>> = (map.entries().iter())
        .filter_map(|entry| {
            let Value::Str(key) = &entry.key.value else {
                return None;
            };
            Some(Rank {
                percentile: parse_python_float(key).filter(|number| (0.0..=100.0).contains(number))?,
                key,
                value: as_number(&entry.value)?,
            })
        })
        .collect();
    known.sort_by(|one, other| one.percentile.total_cmp(&other.percentile));
    known
}

/// The median of a series and where it stands: the 50th percentile, else `median`.
pub(in crate::rules) fn median(file: File<'_>, series: &str) -> Option<(String, f64)> {
    const HALF: f64 = 50.0;
    let ranks = percentiles(file, series);
    let middle = ranks.iter().find(|rank| rank.percentile.total_cmp(&HALF).is_eq());
    if let Some(rank) = middle {
        return Some((rank.pointer(series), rank.value));
    }
    let node = file.root().child(series)?.child("median")?;
    Some((format!("/{series}/median"), as_number(node)?))
}

/// Output tokens per second of the whole system, if the run has a length.
pub(in crate::rules) fn system_tps(file: File<'_>) -> Option<f64> {
    let seconds = number(file, "/duration_ns")? / 1e9;
    let tokens = number(file, "/output_sequence_lengths/total")?;
    let tps = tokens / seconds;
    (seconds > 0.0 && tps.is_finite()).then_some(tps)
}

/// Labels for a message: the first few, and how many more.
pub(in crate::rules) fn listed(labels: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = labels
        .iter()
        .take(SHOWN)
        .map(|label| format!("`{label}`"))
        .collect();
    let shown = shown.join(", ");
    match labels.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
