//! Approved draft models of speculative decoding.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::super::facts::Unavailable;
use super::{Refusal, as_text, document, text};
use crate::check::Replacement;
use crate::parse::{Node, Value, parse_yaml, python_equal};
use crate::rules::document::Document;
use crate::ruleset::SubmissionV15;

/// Approved drafters.
#[derive(Clone, Debug)]
pub struct Drafters {
    entries: Vec<Entry>,
}

/// One drafter, as approved for one benchmark.
#[derive(Clone, Debug)]
struct Entry {
    benchmark: String,
    approved_cohort: Option<String>,
    weight_checksum: Option<String>,
    target_checksum: Option<String>,
    configuration: Option<Configuration>,
}

/// What defines the draft pass of an entry without weights of its own; never empty.
#[derive(Clone, Debug)]
enum Configuration {
    Mapping(Value),
    /// A list of pairs, which the reference takes for a mapping.
    Pairs(Vec<(String, Value)>),
}

/// What the list says about a declared drafter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// The benchmark may not be run with any drafter.
    NoneApproved,
    /// It may, but not with this one.
    Unknown,
    /// The first entry that matches, with the cohort that approved it.
    Approved(Option<&'a str>),
}

impl Drafters {
    /// The ruleset's drafters, or those of a file.
    pub fn new(parameters: &SubmissionV15, file: Option<&Replacement>) -> Result<Self, Unavailable> {
        if let Some(file) = file {
            return Self::read(file).map_err(|refusal| refusal.of(file));
        }
        let entry = |drafter: &crate::ruleset::Drafter| Entry {
            benchmark: drafter.benchmark.clone(),
            approved_cohort: Some(drafter.approved_cohort.clone()),
            weight_checksum: Some(drafter.weight_checksum.clone()),
            target_checksum: None,
            configuration: None,
        };
        Ok(Self {
            entries: parameters.drafters.iter().map(entry).collect(),
        })
    }

    /// `drafters: [{benchmark, approved_cohort, weight_checksum | target_checksum, configuration}]`; an empty file is an
    /// empty list.
    fn read(file: &Replacement) -> Result<Self, Refusal> {
        let empty = file
            .content
            .as_ref()
            .is_ok_and(|bytes| parse_yaml(bytes).is_ok_and(|root| root.value == Value::Null));
        if empty {
            return Ok(Self { entries: Vec::new() });
        }
        let document = document(file)?;
        let Some(Value::List(list)) = document.root().child("drafters").map(|node| &node.value) else {
            return Err(Refusal::new("`drafters` must be a list"));
        };
        let of = |(index, node): (usize, &Node)| {
            entry(&document, node).map_err(|refusal| Refusal {
                message: format!("drafter {index} {}", refusal.message),
                ..refusal
            })
        };
        let entries = list.iter().enumerate().map(of).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Looks for a declared drafter.
    pub fn find(&self, benchmark: &str, declared: &Node) -> Match<'_> {
        let mut approved = self
            .entries
            .iter()
            .filter(|entry| entry.benchmark == benchmark)
            .peekable();
        if approved.peek().is_none() {
            return Match::NoneApproved;
        }
        match approved.find(|entry| entry.is(declared)) {
            Some(entry) => Match::Approved(entry.approved_cohort.as_deref()),
            None => Match::Unknown,
        }
    }
}

impl Entry {
    /// Whether this is the drafter that a point declares.
    fn is(&self, declared: &Node) -> bool {
        let given = |key: &str, wanted: &String| {
            let value = declared.child(key).map(|node| &node.value);
            matches!(value, Some(Value::Str(text)) if text == wanted)
        };
        if let Some(checksum) = &self.weight_checksum {
            return given("weight_checksum", checksum);
        }
        let same_target =
            (self.target_checksum.as_ref()).is_some_and(|checksum| given("target_checksum", checksum));
        let configuration = declared.child("configuration").map(|node| &node.value);
        same_target
            && (self.configuration.as_ref().zip(configuration))
                .is_some_and(|(approved, declared)| approved.equals(declared))
    }
}

impl Configuration {
    fn of(value: &Value) -> Result<Option<Self>, Refusal> {
        Ok(match value {
            Value::Map(map) if !map.entries().is_empty() => Some(Self::Mapping(value.clone())),
            Value::List(items) if !items.is_empty() => {
                let pairs = items.iter().map(pair).collect::<Option<_>>();
                let refusal = || Refusal::crash("has a `configuration` that is no mapping");
                Some(Self::Pairs(pairs.ok_or_else(refusal)?))
            }
            // Python takes these for nothing.
            Value::Null | Value::Bool(false) | Value::Map(_) | Value::List(_) => None,
            Value::Str(text) if text.is_empty() => None,
            Value::Bytes(bytes) if bytes.is_empty() => None,
            Value::Set(items) if items.is_empty() => None,
            Value::Int(integer) if *integer == BigInt::ZERO => None,
            Value::Float(float) if *float == 0.0 => None,
            _ => return Err(Refusal::crash("has a `configuration` that is no mapping")),
        })
    }

    fn equals(&self, declared: &Value) -> bool {
        let pairs = match (self, declared) {
            (Self::Mapping(approved), _) => return python_equal(approved, declared),
            (Self::Pairs(pairs), Value::Map(_)) => pairs,
            _ => return false,
        };
        // Of equal keys the last counts.
        let approved: BTreeMap<&str, &Value> =
            pairs.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let Value::Map(map) = declared else { return false };
        approved.len() == map.entries().len()
            && approved
                .iter()
                .all(|(key, value)| map.get(key).is_some_and(|node| python_equal(value, &node.value)))
    }
}

/// A list of two, the first of them text.
fn pair(item: &Node) -> Option<(String, Value)> {
    match &item.value {
        Value::List(items) => match items.as_slice() {
            [key, value] => match &key.value {
                Value::Str(key) => Some((key.clone(), value.value.clone())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn entry(document: &Document<()>, node: &Node) -> Result<Entry, Refusal> {
    if !matches!(node.value, Value::Map(_)) {
        return Err(Refusal::new("is no mapping"));
    }
    let benchmark = text(node, "benchmark").ok_or_else(|| Refusal::new("has no `benchmark`"))?;
    let given = |key: &str| node.child(key).filter(|node| node.value != Value::Null);
    let as_given = |key: &str| given(key).map(|node| as_text(document, node)).transpose();
    // Not compared, but written out.
    as_given("model_id")?;
    let entry = Entry {
        benchmark: benchmark.to_owned(),
        approved_cohort: as_given("approved_cohort")?,
        weight_checksum: as_given("weight_checksum")?,
        target_checksum: as_given("target_checksum")?,
        configuration: match given("configuration") {
            Some(node) => Configuration::of(&node.value)?,
            None => None,
        },
    };
    if entry.weight_checksum.is_none() && entry.target_checksum.is_none() {
        return Err(Refusal::new(
            "needs a `weight_checksum`, or a `target_checksum` with a `configuration`",
        ));
    }
    Ok(entry)
}
