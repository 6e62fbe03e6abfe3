//! `accuracy-unjudged`.

use super::OWN;
use super::view::{View, listed, place};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "accuracy-unjudged",
    severity: Severity::Warning,
    title: "every accuracy entry is judged by something",
    what: "In a file that has the model's metrics, an entry with none of them is judged by nothing: it is reported, once a \
           file.",
    why: "A reader takes an accuracy that stands in a submission for one that was checked.",
    fix: "name the metric as the ruleset does, or leave the entry out",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        let Some(target) = view.target(curve.model).filter(|_| !curve.agentic) else {
            continue;
        };
        for scores in &curve.scores {
            let judged: Vec<bool> = (scores.entries.iter())
                .map(|entry| {
                    let mut names = entry.metrics.iter().map(|(name, ..)| name.to_lowercase());
                    names.any(|name| target.metrics.contains(&name.as_str()))
                })
                .collect();
            // With none judged at all the gate itself was skipped, which `gate-skipped` says.
            if !judged.contains(&true) {
                continue;
            }
            let left: Vec<_> = (scores.entries.iter().zip(&judged))
                .filter(|(_, judged)| !**judged)
                .map(|(entry, _)| entry)
                .collect();
            if let Some(first) = left.first() {
                let names: Vec<&str> = left.iter().map(|entry| entry.name).collect();
                out.warning(
                    scores.file.path(),
                    format!(
                        "{} {} none of the metrics that `{}` is judged by ({})",
                        listed(&names),
                        if names.len() == 1 { "has" } else { "have" },
                        curve.model,
                        listed(&target.metrics)
                    ),
                )
                .at(place(scores.file, &first.pointer));
            }
        }
    }
}
