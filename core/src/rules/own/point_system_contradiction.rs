//! `point-system-contradiction`.

use super::OWN;
use super::view::{Curve, File, Point, View, at, listed, number, place, text};
use crate::diag::Severity;
use crate::parse::Value;
use crate::rules::model_name::trim;
use crate::rules::{Meta, Out};
use crate::ruleset::squashed;

pub(in crate::rules) const META: Meta = Meta {
    id: "point-system-contradiction",
    title: "a point and its system's description say the same",
    what: "`division` and `max_supported_concurrency` of a point must be those of its system's description (an error \
           otherwise: the regions and the rules of the division follow from one of the two). `model_precision`, \
           `dataset_name`, `link_to_model` and `link_to_model_transformation` should be (a warning). Case and punctuation of \
           names don't matter. `dataset` stands for `dataset_name` where a point has none, \
           unless the ruleset knows it. Reported once a curve and field, with the list of points.",
    why: "The reference reads each from one file and never compares them, so a point can be published under one claim and \
          judged under another.",
    fix: "correct the file that is wrong",
    ..OWN
};

/// Fields of both files, and how bad it is when they differ.
const FIELDS: [(&str, &str, Severity); 7] = [
    ("division", "division", Severity::Error),
    (
        "max_supported_concurrency",
        "max_supported_concurrency",
        Severity::Error,
    ),
    ("model_precision", "model_precision", Severity::Warning),
    ("dataset_name", "dataset_name", Severity::Warning),
    ("dataset", "dataset_name", Severity::Warning),
    ("link_to_model", "link_to_model", Severity::Warning),
    (
        "link_to_model_transformation",
        "link_to_model_transformation",
        Severity::Warning,
    ),
];

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        for (field, theirs, severity) in FIELDS {
            of_field(&view.datasets, curve, field, theirs, severity, out);
        }
    }
}

fn of_field(
    datasets: &[&str],
    curve: &Curve<'_>,
    field: &str,
    theirs: &str,
    severity: Severity,
    out: &mut Out<'_>,
) {
    let (pointer, their_pointer) = (format!("/{field}"), format!("/{theirs}"));
    let differing: Vec<(&Point<'_>, File<'_>)> = (curve.points.iter())
        .filter_map(|point| Some((point, point.description?)))
        // The disclosed name of a dataset is compared where it is given, and a name of the ruleset's own never.
        .filter(|(point, _)| {
            field != "dataset"
                || (at(point.config, "/dataset_name").is_none()
                    && !text(point.config, &pointer).is_some_and(|name| datasets.contains(&name)))
        })
        .filter(|(point, description)| differ(point.config, &pointer, *description, &their_pointer))
        .collect();
    let Some((point, description)) = differing.first() else {
        return;
    };
    let labels: Vec<&str> = differing.iter().map(|(point, _)| point.label).collect();
    let (ours, other) = (shown(point.config, &pointer), shown(*description, &their_pointer));
    let message = format!(
        "`{field}` is `{ours}`, but `{}` says `{other}`: {}",
        description.path(),
        listed(&labels)
    );
    let finding = match severity {
        Severity::Error => out.error(point.config.path(), message),
        _ => out.warning(point.config.path(), message),
    };
    finding
        .at(place(point.config, &pointer))
        .measured(ours, other, "", "");
}

/// Whether both files give a value, and not the same one.
fn differ(config: File<'_>, pointer: &str, description: File<'_>, their_pointer: &str) -> bool {
    if let (Some(one), Some(other)) = (text(config, pointer), text(description, their_pointer)) {
        let blank = trim(one).is_empty() || trim(other).is_empty();
        return !blank && one != other && squashed(one) != squashed(other);
    }
    match (number(config, pointer), number(description, their_pointer)) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_ne(),
        _ => false,
    }
}

fn shown(file: File<'_>, pointer: &str) -> String {
    match at(file, pointer).map(|node| &node.value) {
        Some(Value::Str(text)) => text.clone(),
        Some(Value::Int(integer)) => integer.to_string(),
        Some(Value::Float(float)) => float.to_string(),
        _ => String::new(),
    }
}
