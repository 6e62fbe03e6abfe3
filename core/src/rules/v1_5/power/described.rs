//! What a raw system description says about power; its schema may have refused it.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use crate::coerce::{decimal_digit, parse_python_int};
use crate::parse::{Node, Value};
use crate::rules::model_name::trim;
use crate::rules::python_text::is_odd_digit;
use crate::schema::v1_5::power::Cooling;

/// What a description says about power.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// The division, trimmed and in lower case.
    pub division: Option<String>,
    /// How the texts on cooling read together.
    pub cooling: Option<Cooling>,
    /// Node types by ensemble id.
    pub ensembles: BTreeMap<BigInt, NodeFacts>,
    /// The value at which the reference crashes, as a JSON pointer.
    pub crash: Option<String>,
}

/// One kind of node.
#[derive(Clone, Debug, Default)]
pub struct NodeFacts {
    /// Cores of a processor.
    pub cores: Option<BigInt>,
    /// Accelerators of a node.
    pub accelerators: Option<BigInt>,
}

const LIQUIDS: [&str; 3] = ["liquid", "water", "immersion"];

impl Described {
    /// Reads a raw description.
    pub fn new(root: &Node) -> Self {
        let node_types: &[Node] = match root.child("node_types").map(|node| &node.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        };
        let text = |node: &Node, key: &str| match &node.child(key)?.value {
            Value::Str(text) | Value::LoneSurrogate(text) => Some(text.to_lowercase()),
            _ => None,
        };
        let coolings = std::iter::once(root)
            .chain(node_types)
            .filter_map(|node| cooled(&text(node, "cooling")?));
        Self {
            division: text(root, "division").map(|division| trim(&division).to_owned()),
            cooling: coolings.reduce(|one, other| if one == other { one } else { Cooling::Air }),
            ensembles: ensembles(node_types),
            crash: crash(root, node_types),
        }
    }
}

/// Node types by ensemble; of several with one id the last that knows a fact counts.
fn ensembles(node_types: &[Node]) -> BTreeMap<BigInt, NodeFacts> {
    let mut ensembles: BTreeMap<BigInt, NodeFacts> = BTreeMap::new();
    for node in node_types {
        let Some(id) = ensemble_id(node) else { continue };
        let (known, new) = (ensembles.entry(id).or_default(), facts(node));
        known.cores = new.cores.or(known.cores.take());
        known.accelerators = new.accelerators.or(known.accelerators.take());
    }
    ensembles
}

/// The reference goes through the node types, and reads what `str.isdigit` takes by `int`.
fn crash(root: &Node, node_types: &[Node]) -> Option<String> {
    let unreadable = |node: &Node| match node.child("system_node_ensemble_id").map(|node| &node.value) {
        Some(Value::Str(text)) => {
            let digits = trim(text);
            let is_digit = |c| decimal_digit(c).is_some() || is_odd_digit(c);
            !digits.is_empty() && digits.chars().all(is_digit) && parse_python_int(text).is_none()
        }
        _ => false,
    };
    match root.child("node_types").map(|node| &node.value) {
        Some(Value::Bool(true)) => return Some("/node_types".to_owned()),
        Some(Value::Int(number)) if *number != BigInt::ZERO => return Some("/node_types".to_owned()),
        // NaN is true to Python.
        Some(Value::Float(number)) if !matches!(number, 0.0) => return Some("/node_types".to_owned()),
        _ => {}
    }
    let at = node_types.iter().position(unreadable)?;
    Some(format!("/node_types/{at}/system_node_ensemble_id"))
}

fn cooled(text: &str) -> Option<Cooling> {
    if LIQUIDS.iter().any(|word| text.contains(word)) {
        Some(Cooling::Liquid)
    } else {
        text.contains("air").then_some(Cooling::Air)
    }
}

/// An integer, a boolean as 1 or 0, or text of digits with blanks around it.
fn ensemble_id(node: &Node) -> Option<BigInt> {
    match &node.child("system_node_ensemble_id")?.value {
        Value::Int(id) => Some(id.clone()),
        Value::Bool(flag) => Some(BigInt::from(*flag)),
        Value::Str(text) if trim(text).chars().all(|c| decimal_digit(c).is_some()) => parse_python_int(text),
        _ => None,
    }
}

fn facts(node: &Node) -> NodeFacts {
    let integer = |node: &Node, key: &str| match &node.child(key)?.value {
        Value::Int(number) => Some(number.clone()),
        _ => None,
    };
    let count = |node: &Node| integer(node, "accelerators_per_node");
    let accelerators = match node.child("accelerator_info").map(|node| &node.value) {
        Some(Value::List(items)) if !items.is_empty() => {
            items.iter().filter_map(count).reduce(|sum, count| sum + count)
        }
        _ => count(node),
    };
    // Python counts a boolean as an integer, and only the accelerators are guarded against it.
    let cores = match node.child("host_processor_core_count").map(|node| &node.value) {
        Some(Value::Bool(flag)) => Some(BigInt::from(*flag)),
        _ => integer(node, "host_processor_core_count"),
    };
    NodeFacts { cores, accelerators }
}
