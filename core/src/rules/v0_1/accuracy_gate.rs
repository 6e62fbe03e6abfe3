//! `accuracy-gate`.

use super::accuracy_valid;
use super::prelude::*;
use crate::diag::Figure;
use crate::rules::ACCURACY_GATE;
use crate::rules::document::crash;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: ACCURACY_GATE,
        formula: "lower <= value <= upper, with bounds = golden value x factor",
        section: "#15",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"],
        parameters: &["accuracy"],
        title: "the model's accuracy reaches its targets",
        what: "The metrics of all entries are put into one map, a later entry replacing an earlier one's; a scalar score \
               is the metric `score`. Each metric that the model has a target for (names compared ignoring case) must be \
               at least golden value x factor, and at most its upper bound where there is one. A metric that the file \
               lacks is not judged. A model that matches no target is a warning.",
        why: "A model that was made faster by making it worse must not win.",
        fix: "check precision, chat template and decoding parameters, then run the accuracy evaluation again",
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
    let path = accuracy.path();
    let model = &cx.model.name;
    let targets = &cx.submission.parameters.accuracy;
    let Some(target) = targets.iter().find(|target| target.matches(model)) else {
        out.warning(
            path,
            format!("the ruleset has no accuracy target for `{model}`; its accuracy was not judged"),
        );
        return Ok(());
    };
    let (metrics, overflows) = accuracy.value.metrics();
    for pointer in overflows {
        let owner = &accuracy_valid::RULE.meta;
        crash(
            out,
            owner,
            accuracy,
            &pointer,
            "the metric is an integer beyond what a 64-bit float can hold",
        );
    }
    let mut judged = false;
    for wanted in &target.metrics {
        let Some(metric) = metrics
            .iter()
            .find(|metric| metric.name.to_lowercase() == wanted.name)
        else {
            continue;
        };
        judged = true;
        let (lower, upper) = (
            wanted.lower.value(),
            wanted.upper.map(crate::ruleset::Bound::value),
        );
        let (name, value) = (metric.name, metric.value);
        if value < lower {
            out.error(
                path,
                format!(
                    "{name} is {value}; `{model}` needs at least {}",
                    Figure::beside(lower, value)
                ),
            )
            .at(accuracy.place(&metric.pointer()))
            .term("value", Figure::exact(value))
            .term("lower", Figure::beside(lower, value))
            .measured(
                value,
                format!(">= {}", Figure::beside(lower, value)),
                "",
                format!("{} below", Figure::new(lower - value)),
            );
        } else if let Some(upper) = upper.filter(|upper| value > *upper) {
            out.error(
                path,
                format!(
                    "{name} is {value}; `{model}` may have at most {}",
                    Figure::beside(upper, value)
                ),
            )
            .at(accuracy.place(&metric.pointer()))
            .term("value", Figure::exact(value))
            .term("upper", Figure::beside(upper, value))
            .measured(
                value,
                format!("<= {}", Figure::beside(upper, value)),
                "",
                format!("{} above", Figure::new(value - upper)),
            );
        } else {
            out.pass(
                path,
                format!(
                    "{name} {} reaches the target {}",
                    Figure::new(value),
                    Figure::new(lower)
                ),
            );
        }
    }
    if judged {
        Ok(())
    } else {
        Err(NotRun::because(
            "the accuracy file has none of the metrics that have a target",
        ))
    }
}
