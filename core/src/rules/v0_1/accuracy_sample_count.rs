//! `accuracy-sample-count`.

use super::accuracy_valid;
use super::prelude::*;
use crate::coerce::{Conversion, python_int};
use crate::rules::document::crash;
use num_bigint::BigInt;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-sample-count",
        formula: "num_samples >= least",
        section: "#15",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"],
        parameters: &["accuracy.min_samples"],
        title: "every accuracy entry covers enough samples",
        what: "`num_samples` of each entry, cut to an integer, must reach the model's minimum. An entry without it, or \
               where it can't be converted, is not judged.",
        why: "Accuracy on a chosen few samples proves nothing.",
        fix: "run the accuracy evaluation on the whole dataset",
        ..OFFICIAL
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.model.points()?;
    let accuracy = cx
        .model
        .accuracy()
        .ok_or_else(|| NotRun::because("no accuracy file was loaded"))?;
    let targets = &cx.submission.parameters.accuracy;
    let target = targets.iter().find(|target| target.matches(&cx.model.name));
    let least = target.ok_or_else(|| NotRun::after("accuracy-gate"))?.min_samples;
    let path = accuracy.path();
    let mut judged = false;
    for entry in &accuracy.value.entries {
        let Some(value) = &entry.num_samples else { continue };
        let pointer = format!("{}/num_samples", entry.pointer());
        let count = match python_int(value) {
            Ok(count) => count,
            Err(Conversion::NotConvertible) => continue,
            Err(Conversion::Overflow) => {
                crash(
                    out,
                    &accuracy_valid::RULE.meta,
                    accuracy,
                    &pointer,
                    "num_samples is infinite",
                );
                continue;
            }
        };
        judged = true;
        if count < least.into() {
            out.error(
                path,
                format!(
                    "`{}` covers {count} samples; at least {least} are needed",
                    entry.name
                ),
            )
            .at(accuracy.place(&pointer))
            .term("num_samples", &count)
            .term("least", least)
            .measured(
                &count,
                format!(">= {least}"),
                "samples",
                format!("{} short", BigInt::from(least) - &count),
            );
        } else {
            out.pass(
                path,
                format!("`{}` covers {count} samples; {least} are needed", entry.name),
            );
        }
    }
    if judged {
        Ok(())
    } else {
        Err(NotRun::because("no entry gives `num_samples`"))
    }
}
