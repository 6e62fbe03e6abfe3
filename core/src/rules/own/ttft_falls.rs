//! `ttft-falls`.

use super::OWN;
use super::view::{View, configuration, listed, median, place};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "ttft-falls",
    severity: Severity::Warning,
    parameters: &["own.least_ttft_ratio"],
    title: "the time to the first token doesn't fall while the load rises",
    what: "Among the points of a curve with one configuration, the median TTFT must not fall below 0.7 of what it was at any \
           lower concurrency.",
    why: "More requests in flight share the same hardware, so the first token comes no sooner. A lower time says that \
          something else was measured, or under another configuration.",
    fix: "look at both runs; measure again the one that doesn't fit, or say in the notes what was changed",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        let mut greatest: Vec<(Vec<Option<crate::parse::Value>>, f64, &str)> = Vec::new();
        let mut fallen = Vec::new();
        for (_, point, file) in curve.by_load() {
            let Some((pointer, ns)) = median(file, "ttft").filter(|(_, ns)| *ns >= 0.0) else {
                continue;
            };
            let own = configuration(point);
            match greatest
                .iter_mut()
                .find(|(configuration, ..)| *configuration == own)
            {
                None => greatest.push((own, ns, point.label)),
                Some((_, most, label)) if ns > *most => (*most, *label) = (ns, point.label),
                Some((_, most, label)) if ns < *most * view.own.least_ttft_ratio => {
                    fallen.push((point.label, file, pointer, ns, *most, *label));
                }
                Some(_) => {}
            }
        }
        let Some((label, file, pointer, ns, most, higher)) = fallen.first() else {
            continue;
        };
        let rest: Vec<&str> = fallen.iter().skip(1).map(|fallen| fallen.0).collect();
        let also = if rest.is_empty() {
            String::new()
        } else {
            format!("; so do {}", listed(&rest))
        };
        let (fell_ms, most_ms) = (ns / 1e6, most / 1e6);
        out.warning(
            file.path(),
            format!(
                "`{label}` has a median TTFT of {fell_ms} ms, below the {most_ms} ms of `{higher}` with fewer requests in \
                 flight{also}"
            ),
        )
        .at(place(*file, pointer))
        .measured(
            fell_ms,
            format!(">= {}", most_ms * view.own.least_ttft_ratio),
            "ms",
            format!("{:.0} % lower", (1.0 - fell_ms / most_ms) * 100.0),
        );
    }
}
