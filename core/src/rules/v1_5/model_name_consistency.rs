//! `model-name-consistency`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "model-name-consistency",
        section: "\u{a7}8.1",
        reads: &[POINT, "results/<system>/<model>/"],
        title: "the directory is named like the model",
        what: "The first `model_name` that a valid point declares must equal the model's directory, case included. None at \
               all is a warning.",
        why: "The directory's name decides which accuracy targets apply.",
        fix: "rename the directory, or correct `model_name`",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let Curve { path, model, .. } = cx.curve;
    match cx.curve.declared_model() {
        None => {
            out.warning(path, "no valid point names its model");
        }
        Some(name) if name == model => {
            out.pass(path, format!("the directory is named like the model `{name}`"));
        }
        Some(name) => {
            let mut named = cx
                .curve
                .valid()
                .filter(|(_, declared)| declared.value.model_name.as_deref() == Some(name));
            let place = named.next().map(|(_, declared)| declared.place("/model_name"));
            out.error(
                path,
                format!("the model `{name}` belongs into a directory of that name, not `{model}`"),
            )
            .at_maybe(place)
            .measured(model, name, "", "");
        }
    }
    Ok(())
}
