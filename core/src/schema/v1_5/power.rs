//! `results/<system>/system_power.json`.

use num_bigint::BigInt;

use crate::coerce::{
    Fault, FaultKind, Faults, Field, above, at_least, boolean, entries, float, int, list, one_of, raw,
    string, text_of_at_least,
};
use crate::parse::Node;

/// Power of one system.
#[derive(Clone, Debug)]
pub struct SystemPower {
    /// How the system is cooled.
    pub cooling: Cooling,
    /// Its nodes, by kind; at least one.
    pub node_sets: Vec<NodeSet>,
    /// The network between nodes.
    pub scale_out: ScaleOut,
    /// A figure for the whole system instead of a sum.
    pub declared_provisioned_power: Option<SourcedValue>,
    /// Figures that the submitter computed.
    pub computed: Computed,
    /// Kilowatts that the submitter computed.
    pub provisioned_power_kw: Option<f64>,
}

/// How a system is cooled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cooling {
    /// By liquid.
    Liquid,
    /// By air.
    #[default]
    Air,
}

/// Nodes of one kind.
#[derive(Clone, Debug, Default)]
pub struct NodeSet {
    /// Its id.
    pub node_set_id: BigInt,
    /// The ensemble of the system description.
    pub system_node_ensemble_id: BigInt,
    /// How many nodes are provisioned; above 0.
    pub nodes_provisioned: BigInt,
    /// How its power is found.
    pub power_method: PowerMethod,
    /// A published figure.
    pub published_power: Option<SourcedValue>,
    /// Nodes of the rack that the published figure is for.
    pub nodes_in_published_rack: Option<BigInt>,
    /// Parts of one node.
    pub components: Option<Components>,
}

/// How the power of a set of nodes is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PowerMethod {
    /// Summed from parts.
    #[default]
    ComponentSum,
    /// Published for one node.
    PublishedSystem,
    /// Published for a rack of more nodes.
    NodeScaling,
}

/// Parts of one node.
#[derive(Clone, Debug, Default)]
pub struct Components {
    /// Processors.
    pub cpu: Option<Units>,
    /// Accelerators.
    pub accelerator: Option<Units>,
    /// Processors and accelerators together.
    pub combined_cpu_accelerator: Option<SourcedValue>,
    /// The network within a node.
    pub scale_up_network: Option<ScaleUp>,
}

/// Parts of one kind.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// Name of the model; empty when absent.
    pub model: String,
    /// How many per node.
    pub count_per_node: BigInt,
    /// Watts of one.
    pub tdp_per_unit: Option<SourcedValue>,
}

/// The network within a node.
#[derive(Clone, Debug, Default)]
pub struct ScaleUp {
    /// How its power is found.
    pub method: ScaleUpMethod,
    /// Switches.
    pub switch_count: Option<BigInt>,
    /// Watts of one switch.
    pub tdp_per_switch: Option<SourcedValue>,
    /// Bandwidth in TB/s.
    pub aggregate_bandwidth_tbps: Option<f64>,
    /// Energy in pJ per bit.
    pub energy_per_bit_pj: Option<SourcedValue>,
}

/// How the power of the network within a node is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleUpMethod {
    /// From its switches.
    DeclaredTdp,
    /// From its bandwidth.
    BandwidthEstimate,
    /// There is none.
    #[default]
    None,
}

/// The network between nodes.
#[derive(Clone, Debug, Default)]
pub struct ScaleOut {
    /// Whether there is one.
    pub present: bool,
    /// Its cables.
    pub cabling: Option<Cabling>,
    /// Bandwidth in Tb/s that the system needs.
    pub required_bandwidth_tbps: Option<f64>,
    /// Network cards.
    pub nics: Option<Nics>,
    /// Switches.
    pub switches: Option<Vec<Switch>>,
}

/// Cables between nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cabling {
    /// Copper.
    #[default]
    Passive,
    /// Optical, with transceivers.
    ActiveOptical,
}

/// Network cards of every node.
#[derive(Clone, Debug, Default)]
pub struct Nics {
    /// How many per node.
    pub count_per_node: BigInt,
    /// Gb/s of one.
    pub bandwidth_per_nic_gbps: f64,
    /// Whether their power is added.
    pub counted: bool,
    /// Watts of one.
    pub tdp_per_nic: Option<SourcedValue>,
    /// Why published figures lack them; empty when absent.
    pub excluded_from_published_power: String,
}

/// Switches of one kind.
#[derive(Clone, Debug, Default)]
pub struct Switch {
    /// Name of the model.
    pub model: String,
    /// How many; above 0.
    pub count: BigInt,
    /// Tb/s of one.
    pub bandwidth_tbps: f64,
    /// Watts of one.
    pub power_per_switch: Option<SourcedValue>,
}

/// A figure and where it comes from.
#[derive(Clone, Debug, Default)]
pub struct SourcedValue {
    /// The figure.
    pub value: Figure,
    /// Whether it is a default of the rules.
    pub is_default: bool,
}

/// A figure in the unit that it was given in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// Watts.
    Watts(f64),
    /// Kilowatts.
    Kilowatts(f64),
    /// Picojoules.
    Picojoules(f64),
}

impl Default for Figure {
    fn default() -> Self {
        Self::Watts(0.0)
    }
}

/// Figures that the submitter computed.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names are the file's")]
pub struct Computed {
    pub major_components_w: Option<f64>,
    pub overhead_fraction: Option<f64>,
    pub other_components_w: Option<f64>,
    pub published_node_power_w: Option<f64>,
    pub scale_out_switch_power_w: Option<f64>,
    pub total_system_power_w: Option<f64>,
}

const COOLINGS: &[(&str, Cooling)] = &[("liquid", Cooling::Liquid), ("air", Cooling::Air)];

const METHODS: &[(&str, PowerMethod)] = &[
    ("component_sum", PowerMethod::ComponentSum),
    ("published_system", PowerMethod::PublishedSystem),
    ("node_scaling", PowerMethod::NodeScaling),
];

const SCALE_UP_METHODS: &[(&str, ScaleUpMethod)] = &[
    ("declared_tdp", ScaleUpMethod::DeclaredTdp),
    ("bandwidth_estimate", ScaleUpMethod::BandwidthEstimate),
    ("none", ScaleUpMethod::None),
];

const CABLINGS: &[(&str, Cabling)] = &[
    ("passive", Cabling::Passive),
    ("active_optical", Cabling::ActiveOptical),
];

/// Where a figure comes from, and whether that is a default of the rules.
const SOURCE_TYPES: &[(&str, bool)] = &[
    ("vendor_spec", false),
    ("publication", false),
    ("public_statement", false),
    ("mlc_default", true),
];

/// Sections that a default of the rules may name as its source.
const DEFAULT_SOURCES: [&str; 4] = ["D.1", "D.2", "D.3", "D.4"];

/// Reads a power descriptor.
pub fn read(root: &Node) -> Result<SystemPower, Vec<Fault>> {
    Faults::read(root, |field| {
        field.object(|object| {
            object.required("system_desc_id", text_of_at_least(1));
            let power = SystemPower {
                cooling: object.required("cooling", one_of(COOLINGS)),
                node_sets: object.required("node_sets", node_sets),
                scale_out: object.required("scale_out", scale_out),
                declared_provisioned_power: object.optional("declared_provisioned_power", sourced_value),
                computed: object.optional("computed", computed).unwrap_or_default(),
                provisioned_power_kw: object.optional("provisioned_power_kw", float),
            };
            object.optional("mlc_estimated_power", boolean);
            object.optional("notes", string);
            power
        })
    })
}

fn node_sets(field: Field<'_>) -> Option<Vec<NodeSet>> {
    let sets = list(node_set)(field)?;
    if sets.is_empty() {
        return field.fault(FaultKind::TooShort, "at least one set of nodes is needed");
    }
    Some(sets)
}

fn node_set(field: Field<'_>) -> Option<NodeSet> {
    field.object(|object| NodeSet {
        node_set_id: object.required("node_set_id", int),
        system_node_ensemble_id: object.required("system_node_ensemble_id", int),
        nodes_provisioned: object.required("nodes_provisioned", above(0, int)),
        power_method: object.required("power_method", one_of(METHODS)),
        published_power: object.optional("published_power", sourced_value),
        nodes_in_published_rack: object.optional("nodes_in_published_rack", int),
        components: object.optional("components", components),
    })
}

fn components(field: Field<'_>) -> Option<Components> {
    field.object(|object| Components {
        cpu: object.optional("cpu", |field| units(field, false)),
        accelerator: object.optional("accelerator", |field| units(field, true)),
        combined_cpu_accelerator: object.optional("combined_cpu_accelerator", sourced_value),
        scale_up_network: object.optional("scale_up_network", scale_up),
    })
}

fn units(field: Field<'_>, accelerator: bool) -> Option<Units> {
    field.object(|object| {
        let units = Units {
            model: object.optional("model", string).unwrap_or_default(),
            count_per_node: object.required("count_per_node", at_least(0, int)),
            tdp_per_unit: object.optional("tdp_per_unit", sourced_value),
        };
        if accelerator {
            object.optional("below_rated_tdp", entries(raw));
        }
        units
    })
}

fn scale_up(field: Field<'_>) -> Option<ScaleUp> {
    field.object(|object| ScaleUp {
        method: object.required("method", one_of(SCALE_UP_METHODS)),
        switch_count: object.optional("switch_count", at_least(0, int)),
        tdp_per_switch: object.optional("tdp_per_switch", sourced_value),
        aggregate_bandwidth_tbps: object.optional("aggregate_bandwidth_tbps", at_least(0, float)),
        energy_per_bit_pj: object.optional("energy_per_bit_pj", sourced_value),
    })
}

fn scale_out(field: Field<'_>) -> Option<ScaleOut> {
    field.object(|object| ScaleOut {
        present: object.required("present", boolean),
        cabling: object.optional("cabling", one_of(CABLINGS)),
        required_bandwidth_tbps: object.optional("required_bandwidth_tbps", at_least(0, float)),
        nics: object.optional("nics", nics),
        switches: object.optional("switches", list(switch)),
    })
}

fn nics(field: Field<'_>) -> Option<Nics> {
    field.object(|object| Nics {
        count_per_node: object.required("count_per_node", at_least(0, int)),
        bandwidth_per_nic_gbps: object.required("bandwidth_per_nic_gbps", at_least(0, float)),
        counted: object.required("counted", boolean),
        tdp_per_nic: object.optional("tdp_per_nic", sourced_value),
        excluded_from_published_power: object
            .optional("excluded_from_published_power", string)
            .unwrap_or_default(),
    })
}

fn switch(field: Field<'_>) -> Option<Switch> {
    field.object(|object| Switch {
        model: object.required("model", string),
        count: object.required("count", above(0, int)),
        bandwidth_tbps: object.required("bandwidth_tbps", at_least(0, float)),
        power_per_switch: object.optional("power_per_switch", sourced_value),
    })
}

fn computed(field: Field<'_>) -> Option<Computed> {
    field.object(|object| Computed {
        major_components_w: object.optional("major_components_w", float),
        overhead_fraction: object.optional("overhead_fraction", float),
        other_components_w: object.optional("other_components_w", float),
        published_node_power_w: object.optional("published_node_power_w", float),
        scale_out_switch_power_w: object.optional("scale_out_switch_power_w", float),
        total_system_power_w: object.optional("total_system_power_w", float),
    })
}

/// A figure in exactly one unit, with a source that fits its type.
fn sourced_value(field: Field<'_>) -> Option<SourcedValue> {
    let (figures, is_default, source) = field.closed_object(|object| {
        let watts = object.optional("value_w", at_least(0, float)).map(Figure::Watts);
        let kilowatts = object
            .optional("value_kw", at_least(0, float))
            .map(Figure::Kilowatts);
        let picojoules = object
            .optional("value_pj", at_least(0, float))
            .map(Figure::Picojoules);
        let is_default = object.required("source_type", one_of(SOURCE_TYPES));
        let source = object.required("source", text_of_at_least(1));
        ([watts, kilowatts, picojoules], is_default, source)
    })?;
    let mut given = figures.into_iter().flatten();
    let (Some(value), None) = (given.next(), given.next()) else {
        return field.fault(
            FaultKind::Named("value-count"),
            "exactly one of `value_w`, `value_kw` and `value_pj` must be given",
        );
    };
    if is_default {
        if !DEFAULT_SOURCES.contains(&source.as_str()) {
            let known = DEFAULT_SOURCES.join(", ");
            return field.fault(
                FaultKind::Named("mlc-default-source"),
                format!("the source of a default must be one of {known}"),
            );
        }
    } else if !source.starts_with("http://") && !source.starts_with("https://") {
        return field.fault(
            FaultKind::Named("source-not-url"),
            "the source must be an address that starts with http:// or https://",
        );
    }
    Some(SourcedValue { value, is_default })
}
