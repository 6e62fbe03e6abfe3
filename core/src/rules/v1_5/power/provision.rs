//! Power of a whole system: its figures, what is wrong with them, and what is odd about them.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::defaults::{accelerator_w, cpu_w, switch_w};
use super::described::Described;
use super::round2;
use crate::ruleset::Power;
use crate::schema::v1_5::power::{
    Cabling, Cooling, Figure, Nics, NodeSet, PowerMethod, ScaleUpMethod, SourcedValue, Switch, SystemPower,
};

/// Bits in a byte: aggregate bandwidths are in bytes, energy is per bit.
const BITS: f64 = 8.0;

/// What became of a power descriptor.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    /// What makes the figure unusable: message and pointer.
    pub problems: Vec<(String, String)>,
    /// What is odd, but does no harm.
    pub remarks: Vec<(String, String)>,
    /// The figure; meaningful only without problems.
    pub provision: Provision,
}

/// Power that is provisioned for a system.
#[derive(Clone, Debug, Default)]
pub struct Provision {
    /// Kilowatts of the whole system.
    pub kw: f64,
    /// Whether that is a declared figure, which does not split into sets.
    pub declared: bool,
    /// Whether a default of the rules is part of the figure.
    pub estimated: bool,
    /// Overhead as a share of the major components.
    pub overhead: f64,
    /// Watts of the switches between nodes.
    pub switches_w: f64,
    /// The sets of nodes, in the order of the file.
    pub sets: Vec<SetPower>,
}

/// Power of one set of nodes.
#[derive(Clone, Debug, Default)]
pub struct SetPower {
    /// Its ensemble.
    pub ensemble: BigInt,
    /// Nodes provisioned.
    pub nodes: BigInt,
    /// Accelerators of one node, where they are known.
    pub accelerators: Option<BigInt>,
    /// Watts of the major components.
    pub major_w: f64,
    /// Watts by published figures.
    pub published_w: f64,
}

/// Computes the power of a system.
pub fn assess(power: &SystemPower, described: &Described, rules: &Power) -> Assessment {
    let mut sum = Sum {
        power,
        described,
        rules,
        assessment: Assessment::default(),
        gaps: Vec::new(),
        estimated: false,
    };
    sum.run();
    sum.assessment
}

struct Sum<'a> {
    power: &'a SystemPower,
    described: &'a Described,
    rules: &'a Power,
    assessment: Assessment,
    /// Values that are absent and have no default.
    gaps: Vec<(String, String)>,
    estimated: bool,
}

impl Sum<'_> {
    fn run(&mut self) {
        let power = self.power;
        let mut ids = BTreeSet::new();
        if !power.node_sets.iter().all(|set| ids.insert(&set.node_set_id)) {
            self.problem("two sets of nodes have one `node_set_id`", "/node_sets");
        }
        let sets = power
            .node_sets
            .iter()
            .enumerate()
            .map(|(index, set)| self.set(set, &format!("/node_sets/{index}")))
            .collect();
        let overhead = match power.cooling {
            Cooling::Liquid => self.rules.overhead.liquid,
            Cooling::Air => self.rules.overhead.air,
        };
        self.assessment.provision = Provision {
            overhead,
            sets,
            ..Provision::default()
        };
        self.scale_out();
        self.total();
    }

    fn problem(&mut self, message: impl Into<String>, pointer: impl Into<String>) {
        self.assessment.problems.push((message.into(), pointer.into()));
    }

    fn remark(&mut self, message: impl Into<String>) {
        self.assessment
            .remarks
            .push((message.into(), "/scale_out".to_owned()));
    }

    fn gap(&mut self, message: impl Into<String>, pointer: impl Into<String>) -> f64 {
        self.gaps.push((message.into(), pointer.into()));
        0.0
    }

    /// Watts of a figure, of its default where it is absent, or a gap.
    fn watts(&mut self, value: Option<&SourcedValue>, default: Option<f64>, what: &str, at: &str) -> f64 {
        if let Some(value) = value {
            return self.sourced_watts(value, at);
        }
        match default {
            Some(watts) => {
                self.estimated = true;
                watts
            }
            None => self.gap(
                format!("{what} has no figure, and the rules have no default for it"),
                at,
            ),
        }
    }

    fn sourced_watts(&mut self, value: &SourcedValue, at: &str) -> f64 {
        self.estimated |= value.is_default;
        if let Some(watts) = watts_of(value) {
            return watts;
        }
        self.problem("a power is given in picojoules", at);
        0.0
    }

    fn set(&mut self, set: &NodeSet, at: &str) -> SetPower {
        let described = self.described.ensembles.get(&set.system_node_ensemble_id);
        let declared = set.components.as_ref().and_then(|components| {
            components
                .accelerator
                .as_ref()
                .map(|units| units.count_per_node.clone())
        });
        let nodes = as_float(&set.nodes_provisioned);
        let mut result = SetPower {
            ensemble: set.system_node_ensemble_id.clone(),
            nodes: set.nodes_provisioned.clone(),
            accelerators: declared.or_else(|| described?.accelerators.clone()),
            ..SetPower::default()
        };
        if set.power_method == PowerMethod::ComponentSum {
            result.major_w = nodes * self.node_w(set, at).unwrap_or(0.0);
        } else {
            result.published_w = self.published_w(set, nodes, at);
        }
        result
    }

    /// Watts of one node by its parts; `None` where a problem makes the rest pointless.
    fn node_w(&mut self, set: &NodeSet, at: &str) -> Option<f64> {
        let at = format!("{at}/components");
        let Some(parts) = &set.components else {
            self.problem("a set that is summed from parts has no `components`", at);
            return None;
        };
        let mut watts = if let Some(combined) = &parts.combined_cpu_accelerator {
            let has_tdp = [&parts.cpu, &parts.accelerator]
                .into_iter()
                .flatten()
                .any(|units| units.tdp_per_unit.is_some());
            if has_tdp {
                self.problem("a combined figure stands beside one for its parts", at.clone());
            }
            self.sourced_watts(combined, &format!("{at}/combined_cpu_accelerator"))
        } else {
            let (Some(cpu), Some(accelerator)) = (&parts.cpu, &parts.accelerator) else {
                self.problem("`cpu` and `accelerator`, or a combined figure, are needed", at);
                return None;
            };
            let cores = self
                .described
                .ensembles
                .get(&set.system_node_ensemble_id)
                .and_then(|facts| facts.cores.as_ref());
            let default = cpu_w(self.rules, &cpu.model, cores);
            let cpu_w = self.watts(
                cpu.tdp_per_unit.as_ref(),
                default,
                "the CPU",
                &format!("{at}/cpu"),
            );
            let default = accelerator_w(self.rules, &accelerator.model);
            let accelerator_w = self.watts(
                accelerator.tdp_per_unit.as_ref(),
                default,
                "the accelerator",
                &format!("{at}/accelerator"),
            );
            as_float(&cpu.count_per_node) * cpu_w + as_float(&accelerator.count_per_node) * accelerator_w
        };
        watts += self.scale_up_w(set, &at);
        Some(watts)
    }

    fn scale_up_w(&mut self, set: &NodeSet, at: &str) -> f64 {
        let at = format!("{at}/scale_up_network");
        let network = set
            .components
            .as_ref()
            .and_then(|parts| parts.scale_up_network.as_ref());
        let Some(network) = network else {
            self.problem("a set that is summed from parts has no `scale_up_network`", at);
            return 0.0;
        };
        match network.method {
            ScaleUpMethod::None => 0.0,
            ScaleUpMethod::DeclaredTdp => {
                let Some(count) = &network.switch_count else {
                    self.problem("`declared_tdp` needs a `switch_count`", at);
                    return 0.0;
                };
                let watts = self.watts(network.tdp_per_switch.as_ref(), None, "the scale-up switch", &at);
                as_float(count) * watts
            }
            ScaleUpMethod::BandwidthEstimate => {
                let Some(bandwidth) = network.aggregate_bandwidth_tbps else {
                    self.problem("`bandwidth_estimate` needs an `aggregate_bandwidth_tbps`", at);
                    return 0.0;
                };
                let picojoules = match &network.energy_per_bit_pj {
                    Some(energy) => {
                        self.estimated |= energy.is_default;
                        if let Figure::Picojoules(picojoules) = energy.value {
                            picojoules
                        } else {
                            self.problem("energy per bit is not given in picojoules", at);
                            0.0
                        }
                    }
                    None => self.gap("energy per bit is missing", at),
                };
                bandwidth * BITS * picojoules
            }
        }
    }

    fn published_w(&mut self, set: &NodeSet, nodes: f64, at: &str) -> f64 {
        let Some(published) = &set.published_power else {
            self.problem("a published set has no `published_power`", at);
            return 0.0;
        };
        let watts = self.sourced_watts(published, &format!("{at}/published_power"));
        if set.power_method == PowerMethod::PublishedSystem || watts_of(published).is_none() {
            return nodes * watts;
        }
        match &set.nodes_in_published_rack {
            // The share first, as the reference rounds it.
            Some(rack) if *rack > set.nodes_provisioned => watts * (nodes / as_float(rack)),
            _ => {
                let message = "`nodes_in_published_rack` must be greater than `nodes_provisioned`";
                self.problem(message, format!("{at}/nodes_in_published_rack"));
                0.0
            }
        }
    }

    fn scale_out(&mut self) {
        let fabric = &self.power.scale_out;
        let sets = &self.power.node_sets;
        let nodes: BigInt = sets.iter().map(|set| &set.nodes_provisioned).sum();
        let several = nodes > BigInt::from(1);
        if fabric.present {
            if let (Some(cabling), Some(required), Some(nics), Some(switches)) = (
                fabric.cabling,
                fabric.required_bandwidth_tbps,
                &fabric.nics,
                &fabric.switches,
            ) {
                self.nics(nics);
                self.bandwidth(required, as_float(&nodes), nics, switches);
                self.switches(switches, cabling);
            } else {
                let message = "a network between nodes needs cabling, bandwidth, nics and switches";
                self.problem(message, "/scale_out");
            }
            if !several {
                self.remark("a network between nodes is declared for a single node");
            }
        } else if several {
            let isolated = |set: &NodeSet| {
                let parts = set.components.as_ref();
                let network = parts.and_then(|parts| parts.scale_up_network.as_ref());
                set.power_method == PowerMethod::ComponentSum
                    && network.is_some_and(|network| network.method == ScaleUpMethod::None)
            };
            if sets.iter().all(isolated) {
                self.problem("several nodes have no network of any kind", "/scale_out/present");
            } else {
                self.remark("several nodes have no network between them");
            }
        }
    }

    fn nics(&mut self, nics: &Nics) {
        let at = "/scale_out/nics";
        let sums = |set: &NodeSet| set.power_method == PowerMethod::ComponentSum;
        let any_sum = self.power.node_sets.iter().any(sums);
        let excluded = !nics.excluded_from_published_power.is_empty();
        if !nics.counted {
            if any_sum {
                self.problem("network cards of summed nodes must be counted", at);
            }
            return;
        }
        if !any_sum && !excluded {
            self.problem("published figures already hold the network cards", at);
        }
        let watts = self.watts(
            nics.tdp_per_nic.as_ref(),
            Some(self.rules.nic_w),
            "the network card",
            at,
        );
        let per_node = as_float(&nics.count_per_node) * watts;
        for (set, result) in self
            .power
            .node_sets
            .iter()
            .zip(&mut self.assessment.provision.sets)
        {
            if sums(set) || excluded {
                result.major_w += as_float(&set.nodes_provisioned) * per_node;
            }
        }
    }

    fn bandwidth(&mut self, required: f64, nodes: f64, nics: &Nics, switches: &[Switch]) {
        let slack = self.rules.tolerances.bandwidth_tbps;
        let derived = nodes * as_float(&nics.count_per_node) * nics.bandwidth_per_nic_gbps / 1000.0;
        if required < derived - slack {
            let message = format!(
                "required bandwidth {required} Tb/s is below the {derived} Tb/s of the network cards"
            );
            self.problem(message, "/scale_out/required_bandwidth_tbps");
        } else if required > derived + slack {
            self.remark(format!(
                "required bandwidth {required} Tb/s is above the {derived} Tb/s of the network cards"
            ));
        }
        let offered: f64 = switches
            .iter()
            .map(|switch| as_float(&switch.count) * switch.bandwidth_tbps)
            .sum();
        let needed = required.max(derived);
        if offered < needed - slack {
            let message = format!("switches offer {offered} Tb/s; {needed} Tb/s are needed");
            self.problem(message, "/scale_out/switches");
        }
    }

    fn switches(&mut self, switches: &[Switch], cabling: Cabling) {
        for (index, switch) in switches.iter().enumerate() {
            let default = switch_w(self.rules, &switch.model, cabling);
            let watts = self.watts(
                switch.power_per_switch.as_ref(),
                default,
                "the switch",
                &format!("/scale_out/switches/{index}"),
            );
            self.assessment.provision.switches_w += as_float(&switch.count) * watts;
        }
    }

    fn total(&mut self) {
        let provision = &self.assessment.provision;
        let major: f64 = provision.sets.iter().map(|set| set.major_w).sum();
        let published: f64 = provision.sets.iter().map(|set| set.published_w).sum();
        let (overhead, switches) = (provision.overhead, provision.switches_w);
        let other = overhead * major;
        let total = major + other + published + switches;
        let mut kw = round2(total / 1000.0);
        if let Some(declared) = &self.power.declared_provisioned_power {
            let at = "/declared_provisioned_power";
            self.estimated = declared.is_default;
            match watts_of(declared) {
                Some(watts) => {
                    kw = round2(watts / 1000.0);
                    self.assessment.provision.declared = true;
                }
                None => self.problem("a power is given in picojoules", at),
            }
        } else {
            self.assessment.problems.append(&mut self.gaps);
        }
        self.assessment.provision.kw = kw;
        self.assessment.provision.estimated = self.estimated;
        if !self.assessment.problems.is_empty() || !self.gaps.is_empty() {
            return;
        }
        let tolerances = self.rules.tolerances;
        let computed = &self.power.computed;
        let figures = [
            (
                "major_components_w",
                computed.major_components_w,
                major,
                tolerances.watts,
            ),
            (
                "overhead_fraction",
                computed.overhead_fraction,
                overhead,
                tolerances.ratio,
            ),
            (
                "other_components_w",
                computed.other_components_w,
                other,
                tolerances.watts,
            ),
            (
                "published_node_power_w",
                computed.published_node_power_w,
                published,
                tolerances.watts,
            ),
            (
                "scale_out_switch_power_w",
                computed.scale_out_switch_power_w,
                switches,
                tolerances.watts,
            ),
            (
                "total_system_power_w",
                computed.total_system_power_w,
                total,
                tolerances.watts,
            ),
        ];
        for (name, given, derived, tolerance) in figures {
            self.compare(&format!("/computed/{name}"), given, derived, tolerance);
        }
        let given = self.power.provisioned_power_kw;
        self.compare("/provisioned_power_kw", given, kw, tolerances.kilowatts);
    }

    fn compare(&mut self, pointer: &str, given: Option<f64>, derived: f64, tolerance: f64) {
        if let Some(given) = given
            && (given - derived).abs() > tolerance
        {
            let message = format!("is {given}, but {derived} follows from the parts");
            self.problem(message, pointer);
        }
    }
}

fn watts_of(value: &SourcedValue) -> Option<f64> {
    match value.value {
        Figure::Watts(watts) => Some(watts),
        Figure::Kilowatts(kilowatts) => Some(kilowatts * 1000.0),
        Figure::Picojoules(_) => None,
    }
}

/// A count as a float; beyond the range, infinity.
fn as_float(count: &BigInt) -> f64 {
    count.to_f64().unwrap_or(f64::INFINITY)
}
