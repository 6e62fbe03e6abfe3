//! A kind of node in a system description.

use crate::coerce::{FaultKind, Field, Object, int, int_by_python, list, string};
use crate::parse::{Node, Value};

/// Reads one entry of `node_types`.
pub(super) fn node_type(field: Field<'_>) -> Option<()> {
    let has_cores = field.object(|object| {
        object.optional("system_node_ensemble_id", int_by_python);
        object.optional("number_of_nodes", int);
        object.optional("host_processor_model_name", string);
        object.optional("host_processors_per_node", int);
        let cores = object.optional("host_processor_core_count", int);
        let vcpus = object.optional("host_processor_vcpu_count", int);
        object.optional("host_memory_capacity", string);
        object.required("host_memory_configuration", string);
        accelerators(field, object);
        object.required("host_network_card_count", string);
        for name in [
            "host_networking",
            "host_storage_capacity",
            "host_storage_type",
            "other_hardware",
            "hw_notes",
            "cooling",
            "inference_backend",
        ] {
            object.optional(name, string);
        }
        object.required("driver", string);
        object.optional("operating_system", string);
        object.required("filesystem", string);
        for name in ["container_link", "other_software_stack", "sw_notes"] {
            object.optional(name, string);
        }
        cores.is_some() || vcpus.is_some()
    })?;
    if !has_cores {
        return field.fault(
            FaultKind::Named("core-count-missing"),
            "gives neither `host_processor_core_count` nor `host_processor_vcpu_count`",
        );
    }
    Some(())
}

/// The list of accelerators; where it is absent or empty in any way, the fields that v0.1 had in the node itself.
fn accelerators(field: Field<'_>, object: &Object<'_>) {
    let flat = ACCELERATOR_STRINGS
        .iter()
        .chain(&[ACCELERATOR_COUNT])
        .any(|name| {
            field
                .node
                .child(name)
                .is_some_and(|node| node.value != Value::Null)
        });
    if field.node.child("accelerator_info").is_none_or(is_falsy) && flat {
        // The list's own value no longer counts, but its name is known.
        object.raw("accelerator_info");
        accelerator_fields(object);
    } else {
        object.default("accelerator_info", Vec::new(), list(accelerator));
    }
}

fn accelerator(field: Field<'_>) -> Option<()> {
    field.object(accelerator_fields)
}

const ACCELERATOR_COUNT: &str = "accelerators_per_node";

const ACCELERATOR_STRINGS: [&str; 5] = [
    "accelerator_model_name",
    "accelerator_memory_capacity",
    "accelerator_memory_type",
    "accelerator_interconnect",
    "accelerator_host_interconnect",
];

fn accelerator_fields(object: &Object<'_>) {
    let [name, others @ ..] = ACCELERATOR_STRINGS;
    object.optional(name, string);
    object.optional(ACCELERATOR_COUNT, int);
    for name in others {
        object.optional(name, string);
    }
}

/// Whether Python takes a value for false.
fn is_falsy(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Int(integer) => *integer == 0.into(),
        Value::Float(float) => matches!(float.partial_cmp(&0.0), Some(std::cmp::Ordering::Equal)),
        Value::Str(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.entries().is_empty(),
        _ => false,
    }
}
