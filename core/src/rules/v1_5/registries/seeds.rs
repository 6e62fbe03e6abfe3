//! Published seed sets.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::super::facts::Unavailable;
use super::cohort::Cohort;
use super::{Refusal, as_text, document, text};
use crate::check::Replacement;
use crate::coerce::{Conversion, python_int};
use crate::parse::{Node, Value};
use crate::rules::document::Document;
use crate::ruleset::SubmissionV15;

/// Published seed sets by id.
#[derive(Clone, Debug)]
pub struct Seeds {
    sets: BTreeMap<String, PublishedSet>,
}

/// One seed set.
#[derive(Clone, Debug)]
pub struct PublishedSet {
    /// Name and value of each seed, in the order of the file.
    pub seeds: [(&'static str, BigInt); 3],
    /// Cohorts that may use the set.
    pub cohorts: Vec<String>,
}

const NAMES: [&str; 3] = ["scheduler_rng_seed", "sample_index_rng_seed", "model_seed"];

impl Seeds {
    /// The ruleset's sets, or those of a file.
    pub fn new(parameters: &SubmissionV15, file: Option<&Replacement>) -> Result<Self, Unavailable> {
        if let Some(file) = file {
            return Self::read(file, parameters.seed_adoption_cohorts).map_err(|refusal| refusal.of(file));
        }
        let set = |set: &crate::ruleset::SeedSet| {
            let values = [set.scheduler_rng_seed, set.sample_index_rng_seed, set.model_seed];
            let seeds = std::array::from_fn(|index| {
                let name = NAMES.get(index).copied().unwrap_or_default();
                (name, BigInt::from(values.get(index).copied().unwrap_or_default()))
            });
            (
                set.id.clone(),
                PublishedSet {
                    seeds,
                    cohorts: set.cohorts.clone(),
                },
            )
        };
        Ok(Self {
            sets: parameters.seed_sets.iter().map(set).collect(),
        })
    }

    /// Either `cohort: {cohort-id, seed_sets: […]}`, whose sets are for `adopters` cohorts from that one on, or a flat list
    /// `seed_sets`.
    fn read(file: &Replacement, adopters: u32) -> Result<Self, Refusal> {
        let document = document(file)?;
        let cohort = document
            .root()
            .child("cohort")
            .filter(|node| matches!(node.value, Value::Map(_)));
        let list = cohort
            .unwrap_or(document.root())
            .child("seed_sets")
            .map(|node| &node.value);
        let Some(Value::List(list)) = list else {
            return Err(Refusal::new("`seed_sets` must be a list"));
        };
        let published = cohort
            .and_then(|cohort| cohort.child("cohort-id"))
            .filter(|node| node.value != Value::Null);
        let window = match published {
            None => Vec::new(),
            Some(node) => {
                let id = as_text(&document, node)?;
                let first = Cohort::parse(&id).ok_or_else(|| {
                    Refusal::new(format!("cohort-id `{id}` is not of the form YYYY-MM-C0 or -C1"))
                })?;
                (0..adopters)
                    .map(|later| first.later(later).to_string())
                    .collect()
            }
        };
        let mut sets = BTreeMap::new();
        for (index, node) in list.iter().enumerate() {
            let id = text(node, "id").ok_or_else(|| Refusal::new(format!("seed set {index} has no `id`")))?;
            let set = published_set(&document, node, &window).map_err(|refusal| Refusal {
                message: format!("seed set `{id}` {}", refusal.message),
                ..refusal
            })?;
            sets.insert(id.to_owned(), set);
        }
        if sets.is_empty() {
            return Err(Refusal::new("it defines no seed set"));
        }
        Ok(Self { sets })
    }

    /// A set by its id.
    pub fn get(&self, id: &str) -> Option<&PublishedSet> {
        self.sets.get(id)
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().map(String::as_str)
    }

    /// Whether any set says which cohorts may use it.
    pub fn have_cohorts(&self) -> bool {
        self.sets.values().any(|set| !set.cohorts.is_empty())
    }
}

fn published_set(document: &Document<()>, node: &Node, window: &[String]) -> Result<PublishedSet, Refusal> {
    let seed = |name: &'static str| {
        let refusal = || Refusal::new("needs three integer seeds");
        let value = &node.child(name).ok_or_else(refusal)?.value;
        match python_int(value) {
            Ok(seed) => Ok((name, seed)),
            Err(Conversion::Overflow) => Err(Refusal::crash(format!("has an infinite `{name}`"))),
            Err(Conversion::NotConvertible) => Err(refusal()),
        }
    };
    let [scheduler, sample_index, model] = NAMES;
    let seeds = [seed(scheduler)?, seed(sample_index)?, seed(model)?];
    let cohorts = match node.child("cohorts").map(|node| &node.value) {
        None | Some(Value::Null) => window.to_vec(),
        Some(Value::List(items)) => {
            let texts = items.iter().map(|item| as_text(document, item));
            texts.collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Refusal::new("has `cohorts` that are no list")),
    };
    Ok(PublishedSet { seeds, cohorts })
}
