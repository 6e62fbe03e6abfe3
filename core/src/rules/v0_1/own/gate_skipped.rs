//! `gate-skipped`.

use super::prelude::*;
use crate::rules::GATE_SKIPPED;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: GATE_SKIPPED,
        severity: Severity::Warning,
        reads: &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"],
        parameters: &["accuracy"],
        title: "every accuracy gate was evaluated",
        what: "Says for each curve which part of its accuracy was not judged: no usable accuracy file, a target's metric \
               missing from the file, an entry without `num_samples`. With such a finding, or a model that \
               `accuracy-gate` has no target for, the verdict is `incomplete` at best.",
        why: "The reference passes a metric that is missing, or misspelt, in silence. A skipped check must not look like \
              a pass.",
        fix: "add the missing accuracy figures",
        ..OWN
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.model.points()?;
    let model = &cx.model.name;
    let Some(accuracy) = cx.model.accuracy() else {
        out.warning(
            &cx.model.path,
            format!("`{model}` has no usable accuracy file; its accuracy was not judged"),
        );
        return Ok(());
    };
    let path = accuracy.path();
    let targets = &cx.submission.parameters.accuracy;
    let target = targets.iter().find(|target| target.matches(model));
    let target = target.ok_or_else(|| NotRun::after("accuracy-gate"))?;
    let (metrics, _) = accuracy.value.metrics();
    let named = |name: &str| metrics.iter().any(|metric| metric.name.to_lowercase() == name);
    let code = |names: Vec<&str>| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let missing: Vec<&str> = target
        .metrics
        .iter()
        .map(|wanted| wanted.name.as_str())
        .filter(|name| !named(name))
        .collect();
    if !missing.is_empty() {
        let there = metrics.iter().map(|metric| metric.name).collect();
        let message = format!(
            "{} have targets but are not in the file, which has {}",
            code(missing),
            code(there)
        );
        out.warning(path, message).at(accuracy.place(""));
    }
    for entry in accuracy
        .value
        .entries
        .iter()
        .filter(|entry| entry.num_samples.is_none())
    {
        out.warning(
            path,
            format!(
                "`{}` gives no `num_samples`; its sample count was not judged",
                entry.name
            ),
        )
        .at(accuracy.place(&entry.pointer()));
    }
    Ok(())
}
