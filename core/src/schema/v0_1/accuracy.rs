//! `results/point_<C>/accuracy/results.json`.

use std::collections::BTreeMap;

use crate::coerce::{Conversion, Fault, Faults, Field, entries, python_float};
use crate::parse::{Keep, Node, Value};

/// What of a long file is read here.
pub const KEEP: Keep = Keep::Each(&Keep::fields(&[
    ("num_samples", Keep::Shape),
    ("score", Keep::Each(&Keep::Shape)),
]));

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
    /// Samples scored, as stored; `None` when absent or null.
    pub num_samples: Option<Value>,
    /// Metrics of the score as stored.
    scores: Vec<Score>,
}

/// One metric as stored; a scalar score has no name of its own.
#[derive(Clone, Debug)]
struct Score {
    name: Option<String>,
    value: Value,
}

/// The metric that a scalar score is.
const SCALAR: &str = "score";

/// One metric as a number.
#[derive(Clone, Debug)]
pub struct Metric<'a> {
    /// Its name as stored.
    pub name: &'a str,
    /// The value.
    pub value: f64,
    entry: &'a AccuracyEntry,
    score: &'a Score,
}

impl Metric<'_> {
    /// JSON pointer of the value. Made only when asked for: keys may be long, and metrics many.
    pub fn pointer(&self) -> String {
        self.entry.pointer_of(self.score)
    }
}

impl AccuracyEntry {
    /// JSON pointer of the entry.
    pub fn pointer(&self) -> String {
        format!("/{}", escape(&self.name))
    }

    /// The metrics as stored: name, value.
    pub fn scores(&self) -> impl Iterator<Item = (&str, &Value)> {
        let scores = self.scores.iter();
        scores.map(|score| (score.name.as_deref().unwrap_or(SCALAR), &score.value))
    }

    fn pointer_of(&self, score: &Score) -> String {
        let at = format!("{}/score", self.pointer());
        match &score.name {
            Some(name) => format!("{at}/{}", escape(name)),
            None => at,
        }
    }
}

impl AccuracyResult {
    /// The metrics of all entries in one list, a later entry replacing an earlier one's in its place, and the pointers
    /// of those that are integers beyond the double range. What can't be converted to a number is dropped.
    pub fn metrics(&self) -> (Vec<Metric<'_>>, Vec<String>) {
        let mut metrics: Vec<Metric<'_>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut overflows = Vec::new();
        let scores = self
            .entries
            .iter()
            .flat_map(|entry| entry.scores.iter().map(move |score| (entry, score)));
        for (entry, score) in scores {
            let value = match python_float(&score.value) {
                Ok(value) => value,
                Err(Conversion::NotConvertible) => continue,
                Err(Conversion::Overflow) => {
                    overflows.push(entry.pointer_of(score));
                    continue;
                }
            };
            let name = score.name.as_deref().unwrap_or(SCALAR);
            let metric = Metric {
                name,
                value,
                entry,
                score,
            };
            let known = *places.entry(name).or_insert(metrics.len());
            match metrics.get_mut(known) {
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
    let named = |(name, (num_samples, scores))| AccuracyEntry {
        name,
        num_samples,
        scores,
    };
    Ok(AccuracyResult {
        entries: entries.into_iter().map(named).collect(),
    })
}

fn entry(field: Field<'_>) -> Option<(Option<Value>, Vec<Score>)> {
    field.object(|object| {
        let num_samples = object
            .raw("num_samples")
            .map(|node| node.value.clone())
            .filter(|value| *value != Value::Null);
        let scores = match object.raw("score").map(|node| &node.value) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Map(map)) => map
                .entries()
                .iter()
                .filter_map(|entry| match &entry.key.value {
                    Value::Str(name) => Some(Score {
                        name: Some(name.clone()),
                        value: entry.value.value.clone(),
                    }),
                    _ => None,
                })
                .collect(),
            Some(scalar) => vec![Score {
                name: None,
                value: scalar.clone(),
            }],
        };
        (num_samples, scores)
    })
}

/// A key as a part of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::parse::parse_json;

    #[test]
    fn a_later_metric_takes_the_place_of_an_earlier_one_of_its_name() {
        let text = r#"{"a/b": {"score": {"x": 1, "y": "2"}}, "c": {"score": 7}, "d": {"score": {"x": 3, "score": 8, "z": []}}}"#;
        let result = read(&parse_json(text.as_bytes()).unwrap()).unwrap();
        let (metrics, _) = result.metrics();
        let shown: Vec<String> = metrics
            .iter()
            .map(|metric| format!("{} {} {}", metric.name, metric.value, metric.pointer()))
            .collect();
        assert_eq!(
            shown,
            ["x 3 /d/score/x", "y 2 /a~1b/score/y", "score 8 /d/score/score"]
        );
        assert_eq!(result.entries.first().unwrap().pointer(), "/a~1b");
    }

    #[test]
    fn many_metrics_under_a_long_name_are_held_once() {
        let mut scores = String::new();
        for number in 0..100_000 {
            let _ = write!(scores, "\"m{number}\": {number}, ");
        }
        let long = "k".repeat(1 << 20);
        let text = format!("{{\"{long}\": {{\"score\": {{{scores} \"last\": 1e999}}}}}}");
        let result = read(&parse_json(text.as_bytes()).unwrap()).unwrap();
        let (metrics, overflows) = result.metrics();
        assert_eq!((metrics.len(), overflows.len()), (100_001, 0));
        assert_eq!(
            metrics.last().unwrap().pointer().len(),
            (1 << 20) + "//score/last".len()
        );
    }
}
