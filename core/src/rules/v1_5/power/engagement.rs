//! How much of a system one point uses.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive};

use super::provision::{Provision, SetPower};
use super::round2;
use crate::parse::{Node, Value};
use crate::schema::v1_5::point::NodesUsed;

/// How a model is spread over accelerators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parallelism {
    /// Whether any of the four numbers is given.
    pub given: bool,
    /// Whether prefill and decode run apart.
    pub disaggregated: bool,
    /// Accelerators of one replica: tensor x pipeline x expert parallelism.
    pub replica: BigInt,
    /// Replicas: data parallelism.
    pub data: BigInt,
}

/// Reads parallelism from a raw description: top-level fields, else those of an object `config_summary`. A number that is
/// not given is 1; null or text at the top level hides the other.
pub fn parallelism(description: Option<&Node>) -> Parallelism {
    let field = |name: &str| {
        let root = description?;
        match root.child(name) {
            Some(node) => Some(node),
            None => match root.child("config_summary") {
                Some(summary) if matches!(summary.value, Value::Map(_)) => summary.child(name),
                _ => None,
            },
        }
    };
    let integer = |name: &str| match field(name).map(|node| &node.value) {
        Some(Value::Int(number)) => Some(number.clone()),
        _ => None,
    };
    let numbers = [
        "tensor_parallel",
        "pipeline_parallel",
        "expert_parallel",
        "data_parallel",
    ]
    .map(integer);
    let given = numbers.iter().any(Option::is_some);
    let [tensor, pipeline, expert, data] = numbers.map(|number| number.unwrap_or_else(BigInt::one));
    let disaggregated = match field("disaggregated").map(|node| &node.value) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Int(number)) => *number > BigInt::one(),
        _ => false,
    };
    Parallelism {
        given,
        disaggregated,
        replica: tensor * pipeline * expert,
        data,
    }
}

/// Nodes of each set that a point uses, in the order of the sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used(pub Vec<BigInt>);

/// Whether the nodes used are enough for the parallelism declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engagement {
    /// Nodes used.
    pub used: Used,
    /// The ensemble of a set of which one node more than needed is used.
    pub spare: Option<BigInt>,
}

/// Nodes that a point uses, or all that is wrong with what it says about them.
pub fn used_nodes(
    declared: &[NodesUsed],
    provision: &Provision,
    parallelism: &Parallelism,
) -> Result<Engagement, Vec<String>> {
    let mut problems = Vec::new();
    let mut sets: BTreeMap<&BigInt, Vec<&SetPower>> = BTreeMap::new();
    for set in &provision.sets {
        sets.entry(&set.ensemble).or_default().push(set);
    }
    let mut by_ensemble: BTreeMap<&BigInt, &BigInt> = BTreeMap::new();
    for used in declared {
        let id = &used.system_node_ensemble_id;
        if by_ensemble.insert(id, &used.nodes).is_some() {
            problems.push(format!("ensemble {id} is named twice"));
        }
        match sets.get(id).map_or(&[][..], Vec::as_slice) {
            [] => problems.push(format!("ensemble {id} names no set of nodes")),
            [set] => {
                if !used.nodes.is_positive() || used.nodes > set.nodes {
                    problems.push(format!("ensemble {id}: {} of {} nodes", used.nodes, set.nodes));
                }
            }
            _ => problems.push(format!("ensemble {id} names several sets of nodes")),
        }
    }
    let nodes: Vec<BigInt> = provision
        .sets
        .iter()
        .map(|set| {
            let used = by_ensemble.get(&set.ensemble).copied();
            used.unwrap_or(&set.nodes).clone()
        })
        .collect();
    let accelerators: Option<Vec<BigInt>> = provision
        .sets
        .iter()
        .map(|set| set.accelerators.clone())
        .collect();
    let mut spare = None;
    if problems.is_empty()
        && parallelism.given
        && !parallelism.disaggregated
        && let Some(accelerators) = accelerators
    {
        let capacity: BigInt = nodes
            .iter()
            .zip(&accelerators)
            .map(|(nodes, each)| nodes * each)
            .sum();
        let needed = &parallelism.data * &parallelism.replica;
        if capacity < needed {
            problems.push(format!(
                "{capacity} accelerators are used; the parallelism needs {needed}"
            ));
        }
        spare = provision
            .sets
            .iter()
            .zip(accelerators)
            .find(|(_, each)| &capacity - each >= needed)
            .map(|(set, _)| set.ensemble.clone());
    }
    if problems.is_empty() {
        let used = Used(nodes);
        Ok(Engagement { used, spare })
    } else {
        Err(problems)
    }
}

/// Kilowatts that a point's share of the system stands for.
pub fn point_kw(provision: &Provision, used: Option<&Used>) -> f64 {
    let Some(Used(nodes)) = used else {
        return provision.kw;
    };
    let float = |number: &BigInt| number.to_f64().unwrap_or(f64::INFINITY);
    let shares: Vec<(&SetPower, f64)> = provision
        .sets
        .iter()
        .zip(nodes)
        .map(|(set, nodes)| (set, float(nodes) / float(&set.nodes)))
        .collect();
    if shares.iter().all(|(_, share)| share.total_cmp(&1.0).is_eq()) {
        return provision.kw;
    }
    if provision.declared {
        let largest = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
        return round2(provision.kw * largest);
    }
    // Nodes engaged are summed from the shares, not counted: that is how the reference rounds.
    let engaged: f64 = shares.iter().map(|(set, share)| float(&set.nodes) * share).sum();
    let all: BigInt = provision.sets.iter().map(|set| &set.nodes).sum();
    let of_sets: f64 = shares
        .iter()
        .map(|(set, share)| ((1.0 + provision.overhead) * set.major_w + set.published_w) * share)
        .sum();
    let switches = provision.switches_w * engaged / float(&all);
    round2((of_sets + switches) / 1000.0)
}
