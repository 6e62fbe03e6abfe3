//! `power-unphysical` and `power-contradiction`.

use num_bigint::BigInt;

use super::OWN;
use super::prelude::*;
use crate::parse::{Node, Value};
use crate::rules::document::{Document, Loaded};
use crate::rules::own::AnyDocument;
use crate::rules::own::view::{as_number, at, place};
use crate::rules::own::walk::{MOST_PER_FILE, values};
use crate::schema::v1_5::power::SystemPower;

pub(in super::super) const UNPHYSICAL: SubmissionRule = Rule {
    meta: Meta {
        id: "power-unphysical",
        reads: &[POWER],
        title: "power is a finite number of watts above zero",
        what: "Every number of the power descriptor but ids must be 0 or more, and the kilowatts that follow from it a finite \
               number above 0.",
        why: "The reference takes a system of no watts, or of infinitely many, and throughput per kilowatt follows from it.",
        fix: "correct the figure",
        ..OWN
    },
    check: &[Check::SystemEnding(unphysical)],
};

pub(in super::super) const CONTRADICTION: SubmissionRule = Rule {
    meta: Meta {
        id: "power-contradiction",
        severity: Severity::Warning,
        reads: &[POWER, DESCRIPTION],
        title: "the power descriptor counts the nodes and accelerators that the description has",
        what: "For each node set the `nodes_provisioned` of its ensemble must be the description's `number_of_nodes`, and \
               `components.accelerator.count_per_node` its accelerators per node, where both are given.",
        why: "The reference compares neither. Power of fewer nodes or accelerators than were used flatters the throughput per \
              kilowatt.",
        fix: "correct the file that is wrong",
        ..OWN
    },
    check: &[Check::SystemEnding(contradiction)],
};

fn descriptor<'a>(cx: &SystemCx<'a>) -> Result<&'a Document<SystemPower>, NotRun> {
    match &cx.system.power {
        Some(Loaded::Good(document)) => Ok(document),
        Some(Loaded::Bad(_)) => Err(NotRun::after("power-descriptor")),
        None => Err(NotRun::because("the system has no power descriptor")),
    }
}

fn unphysical(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    let document = descriptor(&cx)?;
    let mut found = 0_usize;
    values(document.root(), &mut |trail, node| {
        let Some(number) = as_number(node).filter(|number| *number < 0.0) else {
            return;
        };
        let pointer = trail.pointer();
        if pointer.ends_with("_id") {
            return;
        }
        found = found.saturating_add(1);
        if found <= MOST_PER_FILE {
            out.error(document.path(), format!("`{pointer}` is {number}, below zero"))
                .at(document.place_of_span(&pointer, node.span))
                .measured(number, ">= 0", "", "");
        }
    });
    let Some(assessment) = cx
        .system
        .assessment
        .as_ref()
        .filter(|assessment| assessment.problems.is_empty())
    else {
        return Ok(());
    };
    let kw = assessment.provision.kw;
    // A figure below zero follows from one that has been named, an infinite one may not.
    if found == 0 && !(kw > 0.0 && kw.is_finite()) {
        let pointer = if assessment.provision.declared {
            "/declared_provisioned_power"
        } else {
            "/node_sets"
        };
        out.error(document.path(), format!("the system's power comes to {kw} kW"))
            .at(document.place(pointer))
            .measured(kw, "> 0 and finite", "kW", "");
    }
    Ok(())
}

fn contradiction(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    let document = descriptor(&cx)?;
    let described = cx
        .system
        .curves
        .iter()
        .find_map(super::super::facts::Curve::raw_description);
    let Some(description) = described else {
        return Err(NotRun::after("system-description-present"));
    };
    for (index, set) in document.value.node_sets.iter().enumerate().take(MOST_PER_FILE) {
        let id = &set.system_node_ensemble_id;
        if let Some(nodes) = nodes_of(description, id)
            && nodes != set.nodes_provisioned
        {
            let pointer = format!("/node_sets/{index}/nodes_provisioned");
            out.warning(
                document.path(),
                format!(
                    "{} nodes of ensemble {id} have power, but the system has {nodes}",
                    set.nodes_provisioned
                ),
            )
            .at(place(document, &pointer))
            .measured(&set.nodes_provisioned, &nodes, "nodes", "");
        }
        let powered = set
            .components
            .as_ref()
            .and_then(|parts| parts.accelerator.as_ref());
        let has = cx
            .system
            .described
            .ensembles
            .get(id)
            .and_then(|node| node.accelerators.as_ref());
        if let (Some(powered), Some(has)) = (powered, has)
            && powered.count_per_node != *has
        {
            let pointer = format!("/node_sets/{index}/components/accelerator/count_per_node");
            out.warning(
                document.path(),
                format!(
                    "{} accelerators of a node have power, but a node has {has}",
                    powered.count_per_node
                ),
            )
            .at(place(document, &pointer))
            .measured(&powered.count_per_node, has, "accelerators", "");
        }
    }
    Ok(())
}

/// Nodes of an ensemble, if the description counts them: over all node types of that id.
fn nodes_of(description: &dyn AnyDocument, id: &BigInt) -> Option<BigInt> {
    let Value::List(types) = &at(description, "/node_types")?.value else {
        return None;
    };
    let integer = |node: &Node, key: &str| match &node.child(key)?.value {
        Value::Int(integer) => Some(integer.clone()),
        _ => None,
    };
    let of_id = types
        .iter()
        .filter(|node| integer(node, "system_node_ensemble_id").as_ref() == Some(id));
    let counts: Option<Vec<BigInt>> = of_id.map(|node| integer(node, "number_of_nodes")).collect();
    counts
        .filter(|counts| !counts.is_empty())
        .map(|counts| counts.iter().sum())
}
