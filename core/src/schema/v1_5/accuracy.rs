//! `r<N>/accuracy_results.json`, and `accuracy_scores` of `r<N>/results.json`.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::ToPrimitive;

use crate::coerce::{Conversion, Fault, FaultKind, Faults, Field, entries, python_float};
use crate::parse::{Keep, Map, Node, Value, python_equal};

/// Keys of an entry that are not metrics.
const BOOKKEEPING: [&str; 13] = [
    "dataset_name",
    "num_samples",
    "status",
    "extractor",
    "ground_truth_column",
    "n_repeats",
    "complete",
    "unit_samples",
    "total_samples",
    "num_repeats",
    "duration_s",
    "dataset_type",
    "response_counts",
];

/// Names of a list entry's fields and of what replaces them.
const ALIASES: [(&str, &str); 2] = [("unit_samples", "num_samples"), ("num_repeats", "n_repeats")];

/// The `dataset_type` of an entry that was scored during the performance run, and the name of one that has no type.
const PERFORMANCE: &str = "performance";

/// What of a long `accuracy_results.json` is read here: any of its three shapes.
pub const KEEP: Keep = Keep::Fields {
    fields: &[("accuracy_scores", SCORES)],
    rest: Some(&ENTRY),
    items: Some(&ENTRY),
};

/// What of a long `results.json` is read here.
pub const KEEP_SCORES: Keep = Keep::fields(&[("accuracy_scores", SCORES)]);

const SCORES: Keep = Keep::Each(&ENTRY);

/// Metrics are an entry's own numbers, or those of its score.
const ENTRY: Keep = Keep::Each(&Keep::Each(&Keep::Shape));

/// Accuracy scores of one point.
#[derive(Clone, Debug, Default)]
pub struct AccuracyResults {
    /// Entries in file order.
    pub entries: Vec<Entry>,
}

/// Scores on one dataset.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The dataset's name.
    pub name: String,
    /// JSON pointer of the entry.
    pub pointer: String,
    /// Samples scored, as stored; `None` when absent or null.
    pub num_samples: Option<Value>,
    /// Repetitions, as stored; `None` when absent or null.
    pub n_repeats: Option<Value>,
    /// Whether its type says that it was scored during the performance run.
    typed_performance: bool,
    /// Whether it has a type at all.
    typed: bool,
    /// Metrics as numbers, in file order.
    pub metrics: Vec<Metric>,
    /// Pointers of metrics that are integers beyond the double range.
    pub overflows: Vec<String>,
}

/// One metric as a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name as stored.
    pub name: String,
    /// JSON pointer of the value.
    pub pointer: String,
    /// The value.
    pub value: f64,
}

impl AccuracyResults {
    /// The entry that was scored during the performance run: the one of that type, else one of that name without a
    /// type.
    pub fn inline(&self) -> Option<&Entry> {
        let named = |entry: &&Entry| entry.name == PERFORMANCE && !entry.typed;
        self.entries
            .iter()
            .find(|entry| entry.typed_performance)
            .or_else(|| self.entries.iter().find(named))
    }

    /// The mean of every metric over the entries that have it, in order of first appearance and at its place: weighted by
    /// `num_samples`, plain if any weight is missing or their sum is not above 0.
    pub fn averages(&self) -> Vec<Metric> {
        let mut order: Vec<&Metric> = Vec::new();
        let mut values: BTreeMap<&str, Vec<Weighted>> = BTreeMap::new();
        for entry in &self.entries {
            let weight = entry
                .num_samples
                .as_ref()
                .and_then(|stored| python_float(stored).ok());
            for metric in &entry.metrics {
                let values = values.entry(&metric.name).or_default();
                if values.is_empty() {
                    order.push(metric);
                }
                values.push((metric.value, weight));
            }
        }
        let average = |first: &Metric| Metric {
            value: values
                .get(first.name.as_str())
                .map_or(first.value, |values| mean(values)),
            ..first.clone()
        };
        order.into_iter().map(average).collect()
    }

    /// Whether there is any other entry: an accuracy run.
    pub fn has_accuracy_run(&self) -> bool {
        self.entries.len() > usize::from(self.inline().is_some())
    }
}

/// A value and its weight, where that is known.
type Weighted = (f64, Option<f64>);

/// The mean of at least one value.
fn mean(values: &[Weighted]) -> f64 {
    let weights: Option<Vec<f64>> = values.iter().map(|(_, weight)| *weight).collect();
    if let Some(weights) = weights {
        let sum: f64 = weights.iter().sum();
        if sum > 0.0 {
            let weighted = values
                .iter()
                .zip(&weights)
                .map(|((value, _), weight)| value * weight);
            return weighted.sum::<f64>() / sum;
        }
    }
    let sum: f64 = values.iter().map(|(value, _)| value).sum();
    sum / values.len().to_f64().unwrap_or(1.0)
}

/// Reads `accuracy_results.json`: a mapping of entries, a list of entries, or an object that holds either as
/// `accuracy_scores`.
pub fn read(root: &Node) -> Result<AccuracyResults, Vec<Fault>> {
    match root.child("accuracy_scores") {
        Some(scores) if matches!(root.value, Value::Map(_)) => read_collection(scores, "/accuracy_scores"),
        _ if matches!(root.value, Value::List(_)) => read_collection(root, ""),
        _ => read_mapping(root, ""),
    }
}

/// Reads `accuracy_scores` of `results.json`, which [`scores_of`] found.
pub fn read_scores(root: &Node) -> Result<AccuracyResults, Vec<Fault>> {
    match scores_of(root) {
        Some(scores) => read_collection(scores, "/accuracy_scores"),
        None => Ok(AccuracyResults::default()),
    }
}

/// `accuracy_scores` of `results.json`, unless it is null or empty.
pub fn scores_of(root: &Node) -> Option<&Node> {
    let Value::Map(map) = &root.value else { return None };
    map.get("accuracy_scores").filter(|node| match &node.value {
        Value::Null => false,
        Value::Map(map) => !map.entries().is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => true,
    })
}

fn read_collection(scores: &Node, at: &str) -> Result<AccuracyResults, Vec<Fault>> {
    match &scores.value {
        Value::Map(_) => read_mapping(scores, at),
        Value::List(items) => read_list(scores, items, at),
        _ => Err(vec![fault(
            scores,
            at,
            "scores-not-collection",
            "`accuracy_scores` must be an object of datasets or a list of entries",
        )]),
    }
}

fn read_mapping(scores: &Node, at: &str) -> Result<AccuracyResults, Vec<Fault>> {
    let is_map = |field: Field<'_>| match &field.node.value {
        Value::Map(_) => Some(()),
        other => field.fault(
            FaultKind::DictType,
            format!("expected an object, found {}", other.name()),
        ),
    };
    let below = |fault: Fault| Fault {
        pointer: format!("{at}{}", fault.pointer),
        ..fault
    };
    Faults::read(scores, |field| entries(is_map)(field))
        .map_err(|faults| faults.into_iter().map(below).collect::<Vec<_>>())?;
    let Value::Map(map) = &scores.value else {
        return Ok(AccuracyResults::default());
    };
    let entries = map.entries().iter().filter_map(|item| {
        let (Value::Str(name) | Value::LoneSurrogate(name)) = &item.key.value else {
            return None;
        };
        let Value::Map(map) = &item.value.value else {
            return None;
        };
        let stored = |name: &str| not_null(map.get(name)).cloned();
        Some(Entry {
            num_samples: stored("num_samples"),
            n_repeats: stored("n_repeats"),
            ..entry(name, format!("{at}/{}", escape(name)), map)
        })
    });
    performance_once(scores, at, entries.collect())
}

fn read_list(scores: &Node, items: &[Node], at: &str) -> Result<AccuracyResults, Vec<Fault>> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut entries = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("{at}/{index}");
        let refuse = |key: &'static str, message: String| Err(vec![fault(item, &pointer, key, message)]);
        let Value::Map(map) = &item.value else {
            return refuse(
                "entry-not-mapping",
                format!("expected an object, found {}", item.value.name()),
            );
        };
        let name = match map.get("dataset_name").map(|node| &node.value) {
            Some(Value::Str(name) | Value::LoneSurrogate(name)) if !is_blank(name) => name,
            _ => return refuse("entry-unnamed", "the entry needs a `dataset_name`".to_owned()),
        };
        if !names.insert(name) {
            return refuse("dataset-duplicate", format!("dataset `{name}` was given before"));
        }
        if map.get("score").is_none() {
            return refuse("score-missing", format!("dataset `{name}` has no `score`"));
        }
        let mut stored = [None, None];
        for ((alias, plain), stored) in ALIASES.into_iter().zip(&mut stored) {
            *stored = match (map.get(alias), map.get(plain)) {
                (Some(one), Some(other)) if !python_equal(&one.value, &other.value) => {
                    let message = format!("dataset `{name}` gives `{alias}` and `{plain}` different values");
                    return refuse("alias-conflict", message);
                }
                (Some(node), _) | (None, Some(node)) => not_null(Some(node)).cloned(),
                (None, None) => None,
            };
        }
        let [num_samples, n_repeats] = stored;
        entries.push(Entry {
            num_samples,
            n_repeats,
            ..entry(name, pointer, map)
        });
    }
    performance_once(scores, at, entries)
}

/// What both shapes of an entry share.
fn entry(name: &str, pointer: String, map: &Map) -> Entry {
    let dataset_type = map.get("dataset_type").map(|node| &node.value);
    let mut entry = Entry {
        name: name.to_owned(),
        num_samples: None,
        n_repeats: None,
        typed_performance: matches!(dataset_type, Some(Value::Str(text)) if text == PERFORMANCE),
        typed: dataset_type.is_some(),
        metrics: Vec::new(),
        overflows: Vec::new(),
        pointer,
    };
    match not_null(map.get("score")) {
        Some(Value::Map(scores)) => {
            let at = format!("{}/score", entry.pointer);
            entry.take(scores, &at, |_| true);
        }
        Some(scalar) => {
            let at = format!("{}/score", entry.pointer);
            entry.take_one("score", at, scalar);
        }
        None => {
            let at = entry.pointer.clone();
            entry.take(map, &at, |name| !BOOKKEEPING.contains(&name));
        }
    }
    entry
}

impl Entry {
    fn take(&mut self, map: &Map, at: &str, wanted: impl Fn(&str) -> bool) {
        for item in map.entries() {
            if let Value::Str(name) | Value::LoneSurrogate(name) = &item.key.value
                && wanted(name)
            {
                self.take_one(name, format!("{at}/{}", escape(name)), &item.value.value);
            }
        }
    }

    fn take_one(&mut self, name: &str, pointer: String, value: &Value) {
        match python_float(value) {
            Ok(value) => self.metrics.push(Metric {
                name: name.to_owned(),
                pointer,
                value,
            }),
            Err(Conversion::Overflow) => self.overflows.push(pointer),
            Err(Conversion::NotConvertible) => {}
        }
    }
}

fn performance_once(scores: &Node, at: &str, entries: Vec<Entry>) -> Result<AccuracyResults, Vec<Fault>> {
    let typed: Vec<&str> = (entries.iter())
        .filter(|entry| entry.typed_performance)
        .map(|entry| entry.name.as_str())
        .collect();
    if typed.len() > 1 {
        let message = format!("{} entries have the type `performance`", typed.len());
        return Err(vec![fault(scores, at, "performance-duplicate", message)]);
    }
    Ok(AccuracyResults { entries })
}

fn fault(node: &Node, pointer: &str, key: &'static str, message: impl Into<String>) -> Fault {
    Fault {
        kind: FaultKind::Named(key),
        pointer: pointer.to_owned(),
        span: node.span,
        message: message.into(),
    }
}

fn not_null(node: Option<&Node>) -> Option<&Value> {
    node.map(|node| &node.value)
        .filter(|value| **value != Value::Null)
}

fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// A key as a part of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_json;

    fn check(text: &str, expected: &[(&str, f64)]) {
        let results = read(&parse_json(text.as_bytes()).unwrap()).unwrap();
        let averages = results.averages();
        let averages: Vec<(&str, f64)> = averages
            .iter()
            .map(|metric| (metric.name.as_str(), metric.value))
            .collect();
        assert_eq!(averages, expected, "{text}");
    }

    #[test]
    fn averages_are_weighted_when_every_weight_is_known() {
        check(
            r#"{"a": {"score": 1, "num_samples": 3}, "b": {"score": 5, "num_samples": "1"}}"#,
            &[("score", 2.0)],
        );
        check(
            r#"{"a": {"score": 1, "num_samples": 3}, "b": {"score": 5}}"#,
            &[("score", 3.0)],
        );
        check(
            r#"[{"dataset_name": "a", "score": {"x": "2", "y": null, "z": true}, "unit_samples": 0}]"#,
            &[("x", 2.0), ("z", 1.0)],
        );
    }

    #[test]
    fn an_entry_without_a_score_gives_its_own_numbers() {
        check(
            r#"{"a": {"rouge1": 38.5, "status": 1, "num_samples": 9}}"#,
            &[("rouge1", 38.5)],
        );
    }
}
