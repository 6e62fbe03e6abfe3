//! `gate-skipped`.

use super::OWN;
use super::prelude::*;
use crate::rules::GATE_SKIPPED;
use crate::rules::v1_5::{accuracy_gate, agentic_gates, bands};
use crate::schema::v1_5::accuracy::{AccuracyResults, Entry};

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: GATE_SKIPPED,
        severity: Severity::Warning,
        reads: &[SCORES, SCORES_TOO, DESCRIPTION],
        parameters: &["accuracy", "agentic"],
        title: "every gate was evaluated",
        what: "Says for each curve what the reference passes in silence: no usable accuracy file, a target's metric missing \
               from a file, an entry without `num_samples`, a point without `tps_utilization`. With such a finding, or a \
               model that `accuracy-gate` has no target for, the verdict is `incomplete` at best.",
        why: "A skipped check must not look like a pass.",
        fix: "add the missing figures",
        ..OWN
    },
    check: &[Check::Curve(CurveStage::Own, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let Curve { path, model, .. } = cx.curve;
    for (point, description) in described(cx.curve) {
        if description.root().child("tps_utilization").is_none() {
            out.warning(
                description.path(),
                format!(
                    "point {} gives no `tps_utilization`; it was not judged",
                    point.number
                ),
            )
            .at(description.place(""));
        }
    }
    let scores = bands::by_concurrency(cx.curve);
    if scores.is_empty() {
        out.warning(
            path,
            format!("`{model}` has no usable accuracy file; its accuracy was not judged"),
        );
        return Ok(());
    }
    if agentic_gates::target(&cx).is_ok() {
        return Ok(());
    }
    let target = accuracy_gate::target(&cx)?;
    for document in scores.into_values() {
        let has = |name: &str| names(&document.value).any(|known| known.to_lowercase() == name);
        // The gate takes an only metric without a name for the only target.
        let unnamed = names(&document.value).eq(["score"]) && target.metrics.len() == 1;
        let missing: Vec<String> = (target.metrics.iter())
            .filter(|wanted| !unnamed && !has(&wanted.name))
            .map(|wanted| format!("`{}`", wanted.name))
            .collect();
        if !missing.is_empty() {
            out.warning(
                document.path(),
                format!("{} have targets but are not in the file", missing.join(", ")),
            )
            .at(document.place(""));
        }
        let uncounted = |entry: &&Entry| entry.num_samples.is_none();
        for entry in document.value.entries.iter().filter(uncounted) {
            out.warning(
                document.path(),
                format!(
                    "`{}` gives no `num_samples`; its samples were not counted",
                    entry.name
                ),
            )
            .at(document.place(&entry.pointer));
        }
    }
    Ok(())
}

/// Points with a readable description.
fn described(curve: &Curve) -> impl Iterator<Item = (&Point, &crate::rules::document::Document<()>)> {
    curve
        .points
        .iter()
        .filter_map(|point| Some((point, point.description()?)))
}

/// Names of all metrics of a file.
fn names(results: &AccuracyResults) -> impl Iterator<Item = &str> {
    let metrics = results.entries.iter().flat_map(|entry| &entry.metrics);
    metrics.map(|metric| metric.name.as_str())
}
