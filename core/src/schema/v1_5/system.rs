//! `r<N>/system_desc.json`.

use num_bigint::BigInt;

use super::node_type::node_type;
use crate::coerce::{
    Fault, FaultKind, Faults, Field, Object, boolean, either, entries, enumeration, float, int, list, string,
    text_of_at_least,
};
use crate::parse::{Node, Value};

/// Longest `shortened_system_name`, in characters.
const LONGEST_SHORT_NAME: usize = 20;

/// Greatest `c_min_override`.
const GREATEST_C_MIN: u32 = 32;

/// Shortest `config_summary` that is text, in characters.
const SHORTEST_SUMMARY: usize = 4;

const DIVISIONS: &[(&str, ())] = &[("standardized", ()), ("serviced", ()), ("rdi", ())];

const AVAILABILITIES: &[(&str, Availability)] = &[
    ("available", Availability::Available),
    ("preview", Availability::Preview),
    ("rdi", Availability::Rdi),
];

/// Spellings of the availability's field, the present one first.
const AVAILABILITY_FIELDS: [&str; 3] = [
    "system_availability_status",
    "publication_status",
    "availability_status",
];

/// The system description. Rules read most of it from the raw file, so only this is kept.
#[derive(Clone, Debug)]
pub struct SystemDescription {
    /// `C_max`: the most requests in flight that the system is declared to support.
    pub max_supported_concurrency: BigInt,
}

/// Whether the system can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Availability {
    Available,
    Preview,
    #[default]
    Rdi,
}

/// What the checks between fields need.
struct Raw {
    availability: Availability,
    url: Option<String>,
    date: Option<String>,
    description: SystemDescription,
}

/// Reads a system description.
pub fn read(root: &Node) -> Result<SystemDescription, Vec<Fault>> {
    Faults::read(root, |field| {
        let status_field = availability_field(field)?;
        let raw = field.object(|object| fields(object, status_field))?;
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| is_blank(text));
        match raw.availability {
            Availability::Available if blank(&raw.url) => field.fault(
                FaultKind::Named("availability-url-missing"),
                "the system is available, but `availability_url` is missing",
            ),
            Availability::Preview if blank(&raw.date) => field.fault(
                FaultKind::Named("availability-date-missing"),
                "the system is a preview, but `target_availability_date` is missing",
            ),
            _ => Some(raw.description),
        }
    })
}

fn fields(object: &Object<'_>, status_field: &'static str) -> Raw {
    let strings = |names: &[&'static str]| {
        for name in names {
            object.optional(name, string);
        }
    };
    strings(&[
        "submitter_org_names",
        "submitter_contact",
        "submission_id",
        "submission_date",
        "publish_date",
    ]);
    object.required("system_name", string);
    strings(&["system_category"]);
    let availability = object.required(
        status_field,
        enumeration(AVAILABILITIES, FaultKind::Named("availability-unknown")),
    );
    let url = object.optional("availability_url", string);
    let date = object.optional("target_availability_date", date);
    let max_supported_concurrency = object.required("max_supported_concurrency", int);
    object.default("c_min_override", (), c_min_override);
    object.required("system_size", string);
    object.required("system_node_ensemble_count", int);
    object.required("system_node_ensemble_total", int);
    strings(&["serving_framework"]);
    object.required("shortened_system_name", short_name);
    strings(&["endpoint_url"]);
    object.required("node_types", list(node_type));
    strings(&["node_config"]);
    object.optional("config_summary", config_summary);
    strings(&["config_summary_notes"]);
    parallelism(object);
    strings(&["link_config"]);
    object.optional("tps_utilization", float);
    object.required(
        "division",
        enumeration(DIVISIONS, FaultKind::Named("division-unknown")),
    );
    strings(&[
        "model_precision",
        "link_to_model",
        "link_to_model_transformation",
        "model_notes",
        "dataset_id",
        "dataset_name",
    ]);
    object.optional("input_token_average", float);
    object.optional("output_token_average", float);
    strings(&["dataset_type", "dataset_link"]);
    object.optional("measured_accuracy_score", measured_accuracy_score);
    Raw {
        availability,
        url,
        date,
        description: SystemDescription {
            max_supported_concurrency,
        },
    }
}

/// The field that gives the availability: the first that is there and not empty. `None`, with a fault, if two differ.
fn availability_field(field: Field<'_>) -> Option<&'static str> {
    let given = AVAILABILITY_FIELDS.iter().filter_map(|name| {
        let value = &field.node.child(name)?.value;
        let empty = matches!(value, Value::Null) || matches!(value, Value::Str(text) if text.is_empty());
        (!empty).then(|| (*name, plain(value)))
    });
    let given: Vec<(&'static str, String)> = given.collect();
    let [first, ..] = AVAILABILITY_FIELDS;
    let Some((name, value)) = given.first() else {
        return Some(first);
    };
    if let Some((other, differs)) = given.iter().find(|(_, other)| other != value) {
        let message = format!("`{name}` is `{value}`, but `{other}` is `{differs}`");
        return field.fault(FaultKind::Named("availability-conflict"), message);
    }
    Some(*name)
}

/// A value as text, trimmed and in lower case, to compare spellings of one field.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::Str(text) | Value::LoneSurrogate(text) => text.clone(),
        Value::Int(integer) => integer.to_string(),
        Value::Float(float) => format!("{float:?}"),
        Value::Bool(flag) => flag.to_string(),
        other => format!("{other:?}"),
    };
    trimmed(&text).to_lowercase()
}

/// Trims what Python's `str.strip` does.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

fn is_blank(text: &str) -> bool {
    trimmed(text).is_empty()
}

/// A real day as `YYYY-MM-DD`; blank text counts as none.
fn date(field: Field<'_>) -> Option<String> {
    let text = string(field)?;
    if is_blank(&text) || is_date(&text) {
        return Some(text);
    }
    let message = format!("`{text}` is no date; write YYYY-MM-DD");
    field.fault(FaultKind::Named("availability-date-invalid"), message)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    year >= 1 && (1..=last).contains(&day)
}

/// An integer from 1 to 32, written as one.
fn c_min_override(field: Field<'_>) -> Option<()> {
    if valid_c_min(&field.node.value).is_some() {
        return Some(());
    }
    let message = format!("must be a JSON integer from 1 to {GREATEST_C_MIN}");
    field.fault(FaultKind::Named("invalid"), message)
}

/// A `c_min_override` that can be used.
pub fn valid_c_min(value: &Value) -> Option<BigInt> {
    let Value::Int(integer) = value else { return None };
    let within = *integer >= BigInt::from(1) && *integer <= BigInt::from(GREATEST_C_MIN);
    within.then(|| integer.clone())
}

fn short_name(field: Field<'_>) -> Option<String> {
    let text = string(field)?;
    let length = text.chars().count();
    if is_blank(&text) {
        return field.fault(FaultKind::Named("shortened-name-empty"), "the name is blank");
    }
    if length > LONGEST_SHORT_NAME {
        let message = format!("the name has {length} characters; {LONGEST_SHORT_NAME} at most are allowed");
        return field.fault(FaultKind::Named("shortened-name-too-long"), message);
    }
    Some(text)
}

fn config_summary(field: Field<'_>) -> Option<()> {
    let text = text_of_at_least(SHORTEST_SUMMARY);
    either(
        |field| field.object(|object| parallelism(object)),
        |field| text(field).map(drop),
    )(field)
}

fn parallelism(object: &Object<'_>) {
    object.optional("disaggregated", boolean);
    for name in [
        "expert_parallel",
        "tensor_parallel",
        "pipeline_parallel",
        "data_parallel",
        "batch",
    ] {
        object.optional(name, int);
    }
}

/// Text, a float, or scores by dataset; empty text counts as absent.
fn measured_accuracy_score(field: Field<'_>) -> Option<()> {
    if matches!(&field.node.value, Value::Str(text) if text.is_empty()) {
        return Some(());
    }
    let plain = either(|field| string(field).map(drop), |field| float(field).map(drop));
    let by_dataset =
        entries(|field: Field<'_>| field.object(|object| drop(object.required("scores", entries(number)))));
    either(plain, |field| by_dataset(field).map(drop))(field)
}

/// A number that is written as one.
fn number(field: Field<'_>) -> Option<f64> {
    match &field.node.value {
        Value::Int(_) | Value::Float(_) => float(field),
        other => field.fault(
            FaultKind::FloatType,
            format!("expected a number, found {}", other.name()),
        ),
    }
}
