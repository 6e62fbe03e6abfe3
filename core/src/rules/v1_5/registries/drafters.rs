//! Approved draft models of speculative decoding.

use super::super::facts::Unavailable;
use super::{as_text, document, text};
use crate::check::Replacement;
use crate::parse::{Node, Value, parse_yaml, python_equal};
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
    configuration: Option<Value>,
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
            return Self::read(file);
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
    fn read(file: &Replacement) -> Result<Self, Unavailable> {
        let empty = file
            .content
            .as_ref()
            .is_ok_and(|bytes| parse_yaml(bytes).is_ok_and(|root| root.value == Value::Null));
        if empty {
            return Ok(Self { entries: Vec::new() });
        }
        let document = document(file)?;
        let refuse = |message: String| Unavailable(format!("`{}`: {message}", file.path));
        let Some(Value::List(list)) = document.root().child("drafters").map(|node| &node.value) else {
            return Err(refuse("`drafters` must be a list".to_owned()));
        };
        let entries = list
            .iter()
            .enumerate()
            .map(|(index, node)| entry(node).map_err(|message| refuse(format!("drafter {index} {message}"))));
        Ok(Self {
            entries: entries.collect::<Result<_, _>>()?,
        })
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
        let given = |key: &str, wanted: &String| text(declared, key) == Some(wanted);
        if let Some(checksum) = self
            .weight_checksum
            .as_ref()
            .filter(|checksum| !checksum.is_empty())
        {
            return given("weight_checksum", checksum);
        }
        let same_target = (self.target_checksum.as_ref())
            .filter(|checksum| !checksum.is_empty())
            .is_some_and(|checksum| given("target_checksum", checksum));
        same_target
            && self.configuration.as_ref().is_some_and(|approved| {
                let configuration = declared.child("configuration");
                configuration.is_some_and(|declared| python_equal(approved, &declared.value))
            })
    }
}

fn entry(node: &Node) -> Result<Entry, &'static str> {
    if !matches!(node.value, Value::Map(_)) {
        return Err("is no mapping");
    }
    let checksum = |key: &str| as_text(&node.child(key)?.value);
    let configuration = match node.child("configuration").map(|node| &node.value) {
        Some(value @ Value::Map(map)) if !map.entries().is_empty() => Some(value.clone()),
        // Python takes these for nothing.
        None | Some(Value::Null | Value::Bool(false) | Value::Map(_)) => None,
        Some(Value::Str(text)) if text.is_empty() => None,
        Some(Value::List(items)) if items.is_empty() => None,
        Some(_) => return Err("has a `configuration` that is no mapping"),
    };
    let entry = Entry {
        benchmark: text(node, "benchmark").ok_or("has no `benchmark`")?.to_owned(),
        approved_cohort: checksum("approved_cohort"),
        weight_checksum: checksum("weight_checksum"),
        target_checksum: checksum("target_checksum"),
        configuration,
    };
    if entry.weight_checksum.is_none() && entry.target_checksum.is_none() {
        return Err("needs a `weight_checksum`, or a `target_checksum` with a `configuration`");
    }
    Ok(entry)
}
