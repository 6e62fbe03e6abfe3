//! `metric-overwritten`.

use std::collections::BTreeMap;

use super::OWN;
use super::view::{View, place};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "metric-overwritten",
    severity: Severity::Warning,
    title: "no accuracy figure hides another",
    what: "A metric that has a target must not be given twice with different values where only one is judged: by two entries \
           of a file (v0.1, where the later one replaces the earlier), or in two spellings that differ in case (both \
           versions, where the first spelling counts).",
    why: "A bad figure that a good one stands in front of is not judged.",
    fix: "keep the figures of the benchmark's dataset only, each under one spelling",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        let Some(target) = view.target(curve.model).filter(|_| !curve.agentic) else {
            continue;
        };
        for scores in &curve.scores {
            let mut seen: BTreeMap<String, (&str, &str, f64)> = BTreeMap::new();
            for entry in &scores.entries {
                for (name, value) in &entry.metrics {
                    let lower = name.to_lowercase();
                    if !target.metrics.contains(&lower.as_str()) {
                        continue;
                    }
                    let Some((spelled, of, before)) = seen.get(&lower).copied() else {
                        seen.insert(lower, (name, entry.name, *value));
                        continue;
                    };
                    let same_name = spelled == *name;
                    if before.total_cmp(value).is_eq() || (same_name && curve.averaged) {
                        continue;
                    }
                    let message = if same_name {
                        format!(
                            "{name} {value} of `{}` replaces the {before} of `{of}`, which was not judged",
                            entry.name
                        )
                    } else {
                        format!(
                            "{name} {value} of `{}` was not judged: {spelled} {before} of `{of}` counts",
                            entry.name
                        )
                    };
                    out.warning(scores.file.path(), message)
                        .at(place(scores.file, &entry.pointer_of(scores.file, name)))
                        .measured(value, before, "", "");
                    if same_name {
                        seen.insert(lower, (name, entry.name, *value));
                    }
                }
            }
        }
    }
}
