//! `gate-skipped`.

use super::prelude::*;
use super::view::view;
use crate::rules::GATE_SKIPPED;
use crate::rules::own::gates;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: GATE_SKIPPED,
        severity: Severity::Warning,
        reads: &[
            "pareto/<system_id>/<model>/points/point_*.yaml",
            "pareto/<system_id>/<model>/results/point_<C>/results_summary.json",
            "pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json",
        ],
        parameters: &["accuracy", "min_queries"],
        title: "every gate was evaluated",
        what: "Says for each curve what the reference passes in silence: no usable accuracy file, a target's metric that is \
               missing from the file or no number, an entry without a `num_samples` that can be counted, a dataset whose \
               name is nearly one that has a minimum, results without `n_samples_issued`. With such a finding, or a model \
               that `accuracy-gate` has no target for, the verdict is `incomplete` at best.",
        why: "The reference passes a metric that is missing, or misspelt, in silence. A skipped check must not look like \
              a pass.",
        fix: "add the missing figures, or correct the name",
        ..OWN
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.model.points()?;
    let view = view(cx.submission);
    let Some(curve) = view.curve(&cx.model.path) else {
        return Ok(());
    };
    // The reference knows placeholders only.
    gates::datasets(curve, &view.datasets, false, out);
    gates::accounting(curve, out);
    let model = &cx.model.name;
    let Some(accuracy) = cx.model.accuracy() else {
        out.warning(
            &cx.model.path,
            format!("`{model}` has no usable accuracy file; its accuracy was not judged"),
        );
        return Ok(());
    };
    let Some(target) = view.target(model) else {
        return Err(NotRun::after("accuracy-gate"));
    };
    for scores in &curve.scores {
        gates::metrics(scores, target, out);
    }
    let uncounted: Vec<(&str, String)> = (accuracy.value.entries.iter())
        .filter(|entry| !gates::is_counted(entry.num_samples.as_ref()))
        .map(|entry| (entry.name.as_str(), entry.pointer()))
        .collect();
    gates::samples(accuracy, &uncounted, out);
    Ok(())
}
