//! `systems/*.json`.

use num_bigint::BigInt;

use crate::coerce::{
    Fault, FaultKind, Faults, Field, either, enumeration, float, int, int_by_python, list, string,
};
use crate::parse::{Node, Value};

/// Who runs the system, and by which rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Division {
    /// Reproducible from the submitted source.
    #[default]
    Standardized,
    /// A service run by its owner.
    Serviced,
    /// Research, development, internal.
    Rdi,
}

const DIVISIONS: &[(&str, Division)] = &[
    ("standardized", Division::Standardized),
    ("serviced", Division::Serviced),
    ("rdi", Division::Rdi),
];

const AVAILABILITIES: &[(&str, ())] = &[("available", ()), ("preview", ()), ("rdi", ())];

/// The system description. Fields that no rule reads are checked and dropped.
#[derive(Clone, Debug)]
pub struct SystemDescription {
    /// M: the most requests in flight that the system is declared to support.
    pub max_supported_concurrency: BigInt,
    /// Its division.
    pub division: Division,
    /// The model's identifier.
    pub model_id: Option<String>,
    /// The model's name, read where `model_id` is absent or empty.
    pub model_name: Option<String>,
}

/// Reads a system description.
pub fn read(root: &Node) -> Result<SystemDescription, Vec<Fault>> {
    Faults::read(root, |field| {
        field.object(|object| {
            for name in ["submitter_org_names", "system_name", "system_category"] {
                object.required(name, string);
            }
            object.required(
                "system_availability_status",
                enumeration(AVAILABILITIES, FaultKind::Named("availability-unknown")),
            );
            let max_supported_concurrency = object.required("max_supported_concurrency", int);
            object.required("node_types", list(node_type));
            let division = object.required(
                "division",
                enumeration(DIVISIONS, FaultKind::Named("division-unknown")),
            );
            for name in [
                "submitter_contact",
                "submission_id",
                "submission_date",
                "publish_date",
                "system_size",
                "serving_framework",
                "model_precision",
                "link_to_model",
                "link_to_model_transformation",
                "model_notes",
                "dataset_id",
                "dataset_name",
                "dataset_type",
                "dataset_link",
            ] {
                object.optional(name, string);
            }
            let model_id = object.optional("model_id", string);
            let model_name = object.optional("model_name", string);
            for name in ["system_node_ensemble_count", "system_node_ensemble_total"] {
                object.optional(name, int);
            }
            for name in ["input_token_average", "output_token_average"] {
                object.optional(name, float);
            }
            object.optional("measured_accuracy_score", measured_accuracy_score);
            SystemDescription {
                max_supported_concurrency,
                division,
                model_id,
                model_name,
            }
        })
    })
}

/// Text or a float; empty text counts as absent.
fn measured_accuracy_score(field: Field<'_>) -> Option<()> {
    if matches!(&field.node.value, Value::Str(text) if text.is_empty()) {
        return Some(());
    }
    either(|field| string(field).map(drop), |field| float(field).map(drop))(field)
}

fn node_type(field: Field<'_>) -> Option<()> {
    field.object(|object| {
        object.optional("system_node_ensemble_id", int_by_python);
        for name in [
            "number_of_nodes",
            "host_processors_per_node",
            "host_processor_core_count",
            "host_processor_vcpu_count",
            "accelerators_per_node",
        ] {
            object.optional(name, int);
        }
        for name in [
            "host_processor_model_name",
            "host_memory_capacity",
            "host_memory_configuration",
            "accelerator_model_name",
            "accelerator_memory_capacity",
            "accelerator_memory_type",
            "accelerator_interconnect",
            "accelerator_host_interconnect",
            "host_network_card_count",
            "host_networking",
            "host_storage_capacity",
            "host_storage_type",
            "other_hardware",
            "hw_notes",
            "cooling",
            "inference_backend",
            "driver",
            "operating_system",
            "filesystem",
            "container_link",
            "other_software_stack",
            "sw_notes",
        ] {
            object.optional(name, string);
        }
    })
}
