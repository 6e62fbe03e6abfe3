//! `results/point_<C>/accuracy/results.json`.

use crate::coerce::{Conversion, Fault, Faults, Field, entries, python_float};
use crate::parse::{Node, Value};

/// Accuracy scores, one entry per dataset.
#[derive(Clone, Debug)]
pub struct AccuracyResult {
    /// Entries in file order.
    pub entries: Vec<AccuracyEntry>,
}

/// Scores on one dataset.
#[derive(Clone, Debug)]
pub struct AccuracyEntry {
    /// The dataset's name: the entry's key.
    pub name: String,
    /// JSON pointer of the entry.
    pub pointer: String,
    /// Samples scored, as stored; `None` when absent or null.
    pub num_samples: Option<Value>,
    /// Metrics of the score as stored, with their pointers; a scalar score is the metric `score`.
    scores: Vec<(String, String, Value)>,
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

impl AccuracyEntry {
    /// The metrics as stored: name, pointer, value.
    pub fn scores(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let scores = self.scores.iter();
        scores.map(|(name, pointer, value)| (name.as_str(), pointer.as_str(), value))
    }
}

impl AccuracyResult {
    /// The metrics of all entries in one list, a later entry replacing an earlier one's in its place, and the pointers
    /// of those that are integers beyond the double range. What can't be converted to a number is dropped.
    pub fn metrics(&self) -> (Vec<Metric>, Vec<String>) {
        let mut metrics: Vec<Metric> = Vec::new();
        let mut overflows = Vec::new();
        for (name, pointer, value) in self.entries.iter().flat_map(|entry| &entry.scores) {
            let value = match python_float(value) {
                Ok(value) => value,
                Err(Conversion::NotConvertible) => continue,
                Err(Conversion::Overflow) => {
                    overflows.push(pointer.clone());
                    continue;
                }
            };
            let metric = Metric {
                name: name.clone(),
                pointer: pointer.clone(),
                value,
            };
            match metrics.iter_mut().find(|known| known.name == *name) {
                Some(known) => *known = metric,
                None => metrics.push(metric),
            }
        }
        (metrics, overflows)
    }
}

/// Reads an accuracy result.
pub fn read(root: &Node) -> Result<AccuracyResult, Vec<Fault>> {
    let entries = Faults::read(root, entries(entry))?;
    let named = |(name, (pointer, num_samples, scores))| AccuracyEntry {
        name,
        pointer,
        num_samples,
        scores,
    };
    Ok(AccuracyResult {
        entries: entries.into_iter().map(named).collect(),
    })
}

type Scores = Vec<(String, String, Value)>;

fn entry(field: Field<'_>) -> Option<(String, Option<Value>, Scores)> {
    let pointer = field.pointer();
    field.object(|object| {
        let num_samples = object
            .raw("num_samples")
            .map(|node| node.value.clone())
            .filter(|value| *value != Value::Null);
        let at = format!("{pointer}/score");
        let scores = match object.raw("score").map(|node| &node.value) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Map(map)) => map
                .entries()
                .iter()
                .filter_map(|entry| match &entry.key.value {
                    Value::Str(name) => Some((
                        name.clone(),
                        format!("{at}/{}", escape(name)),
                        entry.value.value.clone(),
                    )),
                    _ => None,
                })
                .collect(),
            Some(scalar) => vec![("score".to_owned(), at, scalar.clone())],
        };
        (pointer.clone(), num_samples, scores)
    })
}

/// A key as a part of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
