//! `gate-skipped`.

use super::OWN;
use super::prelude::*;
use super::view::view;
use crate::parse::Value;
use crate::rules::GATE_SKIPPED;
use crate::rules::document::Document;
use crate::rules::own::gates;
use crate::rules::own::view::{listed, place};
use crate::rules::v1_5::{accuracy_gate, agentic_gates, bands};

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: GATE_SKIPPED,
        severity: Severity::Warning,
        reads: &[POINT, SUMMARY, SCORES, SCORES_TOO, DESCRIPTION],
        parameters: &["accuracy", "agentic", "min_queries"],
        title: "every gate was evaluated",
        what: "Says for each curve what the reference passes in silence: no usable accuracy file, a target's metric that is \
               missing from a file or no number, an entry without a `num_samples` that can be counted, points without a \
               numeric `tps_utilization`, a dataset that has no minimum (unless the load is agentic), results without \
               `n_samples_issued`, a windowable steady state without its first or last pass. With such a finding, or a \
               model that `accuracy-gate` has no target for, the verdict is `incomplete` at best.",
        why: "A skipped check must not look like a pass.",
        fix: "add the missing figures, or correct the name",
        ..OWN
    },
    check: &[Check::Curve(CurveStage::Own, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let Curve { path, model, .. } = cx.curve;
    let view = view(cx.submission);
    let Some(curve) = view.curve(path) else {
        return Ok(());
    };
    utilization(cx.curve, out);
    passes(cx.curve, out);
    gates::accounting(curve, out);
    if !curve.agentic {
        gates::datasets(curve, &view.datasets, true, out);
    }
    let files = bands::by_concurrency(cx.curve);
    if files.is_empty() {
        out.warning(
            path,
            format!("`{model}` has no usable accuracy file; its accuracy was not judged"),
        );
        return Ok(());
    }
    if agentic_gates::target(&cx).is_ok() {
        return Ok(());
    }
    accuracy_gate::target(&cx)?;
    let Some(target) = view.target(model) else {
        return Err(NotRun::after("accuracy-gate"));
    };
    for scores in &curve.scores {
        let mut names = scores
            .entries
            .iter()
            .flat_map(|entry| &entry.metrics)
            .map(|(name, ..)| *name);
        // The gate takes an only metric without a name for the only target.
        let unnamed = names.next() == Some("score") && names.all(|name| name == "score");
        if !(unnamed && target.metrics.len() == 1) {
            gates::metrics(scores, target, out);
        }
    }
    for document in files.into_values() {
        let uncounted: Vec<(&str, String)> = (document.value.entries.iter())
            .filter(|entry| !gates::is_counted(entry.num_samples.as_ref()))
            .map(|entry| (entry.name.as_str(), entry.pointer.clone()))
            .collect();
        gates::samples(document, &uncounted, out);
    }
    Ok(())
}

/// A point's name.
fn label(point: &Point) -> &str {
    point.path.rsplit('/').next().unwrap_or(&point.path)
}

/// Reports points whose utilisation is absent or no number, which the reference leaves out.
fn utilization(curve: &Curve, out: &mut Out<'_>) {
    let is_number = |description: &Document<()>| {
        let declared = description.root().child("tps_utilization");
        declared.is_some_and(|node| matches!(node.value, Value::Int(_) | Value::Float(_)))
    };
    let without: Vec<(&str, &Document<()>)> = (curve.points.iter())
        .filter_map(|point| Some((label(point), point.description()?)))
        .filter(|(_, description)| !is_number(description))
        .collect();
    if let Some((_, description)) = without.first() {
        let labels: Vec<&str> = without.iter().map(|(label, _)| *label).collect();
        let message = format!(
            "no number is given for `tps_utilization`, so it was not judged: {}",
            listed(&labels)
        );
        out.warning(description.path(), message)
            .at(place(*description, "/tps_utilization"));
    }
}

/// Reports windowable steady states whose passes could not be counted.
fn passes(curve: &Curve, out: &mut Out<'_>) {
    let uncounted = curve.valid().filter(|(_, declared)| {
        declared.value.steady_state.as_ref().is_some_and(|block| {
            let window = &block.window;
            let windowable = block.status.as_deref() == Some("windowable");
            windowable && (window.super_pass_start.is_none() || window.super_pass_end.is_none())
        })
    });
    let uncounted: Vec<_> = uncounted.collect();
    if let Some((_, declared)) = uncounted.first() {
        let labels: Vec<&str> = uncounted.iter().map(|(point, _)| label(point)).collect();
        let message = format!(
            "the steady state is windowable but lacks its first or last pass, so its passes were not counted: {}",
            listed(&labels)
        );
        out.warning(declared.path(), message)
            .at(place(*declared, "/steady_state/window"));
    }
}
