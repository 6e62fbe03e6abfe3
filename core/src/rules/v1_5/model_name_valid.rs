//! `model-name-valid`.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::rules::model_name::normalise;
use crate::suggest::did_you_mean;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "model-name-valid",
        section: "\u{a7}3.2",
        reads: &[POINT],
        parameters: &["models"],
        title: "the model is one that may be benchmarked",
        what: "Every distinct `model_name` of valid points must be exactly one of the ruleset's models.",
        why: "Results are compared within one model, found by its exact name.",
        fix: "write the model's name as the rules write it",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Described, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let models = &cx.submission.parameters.models;
    let mut seen = BTreeSet::new();
    for (_, declared) in cx.curve.valid() {
        let Some(name) = declared
            .value
            .model_name
            .as_deref()
            .filter(|name| !name.is_empty())
        else {
            continue;
        };
        if !seen.insert(name) {
            continue;
        }
        let place = declared.place("/model_name");
        let path = declared.path();
        let canonical = normalise(name);
        if models.iter().any(|model| model == name) {
            out.pass(path, format!("`{name}` may be benchmarked"));
        } else if models.contains(&canonical) {
            out.error(path, format!("`{name}` must be written `{canonical}`"))
                .keyed("noncanonical")
                .at(place)
                .measured(name, canonical, "", "");
        } else {
            out.error(
                path,
                format!(
                    "`{name}` is none of {}{}",
                    models.join(", "),
                    did_you_mean(name, models.iter().map(String::as_str))
                ),
            )
            .at(place);
        }
    }
    if seen.is_empty() {
        return Err(NotRun::because("no valid point names a model"));
    }
    Ok(())
}
