//! `accuracy-gate`.

use super::agentic_gates;
use super::prelude::*;
use crate::diag::Figure;
use crate::rules::{ACCURACY_GATE, NO_TARGET};
use crate::ruleset::{AccuracyTarget, Bound, MetricTarget};
use crate::schema::v1_5::accuracy::Metric;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: ACCURACY_GATE,
        formula: "lower <= value <= upper, with bounds = golden value x factor",
        section: "\u{a7}15",
        reads: &[SCORES, SCORES_TOO],
        parameters: &["accuracy"],
        title: "the model's accuracy reaches its targets",
        what: "Each metric is averaged over all entries of a file that have it, weighted by `num_samples`. Each metric that the \
               model has a target for (names compared ignoring case) must be at least golden value x factor, and at most \
               its upper bound where there is one; a share from 0 to 1 is taken as percent where the target is above 1. A \
               metric that the file lacks is not judged. A model that matches no target is a warning.",
        why: "A model that was made faster by making it worse must not win.",
        fix: "check precision, chat template and decoding parameters, then run the accuracy evaluation again",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, has_target), Check::Scores(check)],
};

/// The targets of a curve that the ordinary gate judges.
pub(super) fn target<'a>(cx: &CurveCx<'a>) -> Result<&'a AccuracyTarget, NotRun> {
    if agentic_gates::target(cx).is_ok() {
        return Err(NotRun::because("the agentic gates judge this curve"));
    }
    let targets = &cx.submission.parameters.accuracy;
    targets
        .iter()
        .find(|target| target.matches(&cx.curve.model))
        .ok_or_else(|| NotRun::after(RULE.meta.id))
}

/// The path that the reference prints for every file of a curve.
pub(super) fn results_path(cx: &ScoresCx<'_>) -> String {
    let first = cx.curve.curve.accuracy().next();
    first.map_or_else(String::new, |(point, _)| format!("{}/results.json", point.path))
}

fn has_target(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    if agentic_gates::target(&cx).is_ok() {
        return Err(NotRun::because("the agentic gates judge this curve"));
    }
    if cx.curve.accuracy().next().is_none() {
        return Err(NotRun::because("no accuracy file could be used"));
    }
    if target(&cx).is_err() {
        let message = format!("the ruleset has no accuracy target for `{}`", cx.curve.model);
        out.warning(&cx.curve.path, message).keyed(NO_TARGET);
    }
    Ok(())
}

fn check(cx: ScoresCx<'_>, out: &mut Out<'_>) -> Ran {
    let target = target(&cx.curve)?;
    let path = results_path(&cx);
    let metrics = cx.scores.value.averages();
    if let ([metric], [wanted]) = (metrics.as_slice(), target.metrics.as_slice())
        && metric.name == "score"
        && wanted.name != "score"
    {
        out.warning(
            &path,
            format!("the only metric has no name; it is taken as {}", wanted.name),
        )
        .keyed("warn-2")
        .at(cx.scores.place(&metric.pointer));
        judge(&cx, &path, wanted, metric, out);
        return Ok(());
    }
    let mut judged = false;
    for wanted in &target.metrics {
        let mut found = metrics.iter();
        if let Some(metric) = found.find(|metric| metric.name.to_lowercase() == wanted.name) {
            judged = true;
            judge(&cx, &path, wanted, metric, out);
        }
    }
    if judged {
        Ok(())
    } else {
        Err(NotRun::because(
            "the file has none of the metrics that have a target",
        ))
    }
}

fn judge(cx: &ScoresCx<'_>, path: &str, wanted: &MetricTarget, metric: &Metric, out: &mut Out<'_>) {
    let (lower, upper) = (wanted.lower.value(), wanted.upper.map(Bound::value));
    let is_share = (0.0..=1.0).contains(&metric.value) && lower > 1.0;
    let value = if is_share {
        metric.value * 100.0
    } else {
        metric.value
    };
    let name = &wanted.name;
    let place = || cx.scores.place(&metric.pointer);
    if value < lower {
        out.error(
            path,
            format!(
                "{name} is {}; at least {} is needed",
                Figure::beside(value, lower),
                Figure::beside(lower, value)
            ),
        )
        .at(place())
        .term("value", Figure::beside(value, lower))
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
                "{name} is {}; at most {} is allowed",
                Figure::beside(value, upper),
                Figure::beside(upper, value)
            ),
        )
        .keyed("fail-2")
        .at(place())
        .term("value", Figure::beside(value, upper))
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
