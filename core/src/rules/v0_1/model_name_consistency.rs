//! `model-name-consistency`.

use super::prelude::*;
use crate::rules::model_name::{normalise, trim};

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "model-name-consistency",
        section: "#16",
        reads: &["systems/*.json", "pareto/<system_id>/<model>/"],
        title: "the directory is named like the model",
        what: "The name is `model_id`, or `model_name` where that is empty or absent, trimmed. Its part after the last \
               `/` is trimmed, every character but letters, digits, `_` and `-` becomes `_`, runs of `_` collapse, those \
               at the ends go, and 64 characters stay. The result must equal the model's directory, case included. No \
               name at all is a warning.",
        why: "The directory's name decides which accuracy targets apply.",
        fix: "set `model_id`, or rename the directory",
        ..OFFICIAL
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.model.points()?;
    let description = cx.system.description()?;
    let path = &cx.model.path;
    let directory = &cx.model.name;
    let given = |field: &Option<String>| field.clone().filter(|name| !name.is_empty());
    let (pointer, name) = match given(&description.value.model_id) {
        Some(name) => ("/model_id", name),
        None => (
            "/model_name",
            given(&description.value.model_name).unwrap_or_default(),
        ),
    };
    let name = trim(&name);
    if name.is_empty() {
        out.warning(
            path,
            "the system description names no model (`model_id` or `model_name`)",
        )
        .at(description.place(""));
        return Ok(());
    }
    let normalised = normalise(name);
    if normalised == *directory {
        out.pass(path, format!("the directory is named like the model `{name}`"));
    } else {
        out.error(
            path,
            format!("the model `{name}` belongs into a directory `{normalised}`, not `{directory}`"),
        )
        .at(description.place(pointer))
        .measured(directory, normalised, "", "");
    }
    Ok(())
}
