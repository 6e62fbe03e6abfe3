//! `run-incomplete`.

use super::OWN;
use super::view::{View, at, number, place, text};
use crate::parse::Value;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "run-incomplete",
    title: "every run came to its end",
    what: "A summary that says of itself that the run is not complete (`complete: false`, a `state` such as `interrupted` or \
           `draining`) or that answers are uncounted (`n_pending_tasks` above 0) is reported.",
    why: "The reference doesn't read these fields. Figures of a part of a run are not the point's figures.",
    fix: "measure the point again, and let the run end",
    ..OWN
};

/// States of a run that has not ended well; the load generator's own words.
const UNFINISHED: [&str; 4] = ["initialize", "live", "draining", "interrupted"];

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for (_, point, file) in view.measured() {
        let (pointer, message) =
            if let Some(state) = text(file, "/state").filter(|state| UNFINISHED.contains(state)) {
                ("/state", format!("the run of `{}` is `{state}`", point.label))
            } else if matches!(
                at(file, "/complete").map(|node| &node.value),
                Some(Value::Bool(false))
            ) {
                (
                    "/complete",
                    format!("the run of `{}` is not complete", point.label),
                )
            } else if let Some(pending) = number(file, "/n_pending_tasks").filter(|pending| *pending > 0.0) {
                (
                    "/n_pending_tasks",
                    format!("`{}` has {pending} answers uncounted", point.label),
                )
            } else {
                continue;
            };
        out.error(file.path(), message).at(place(file, pointer));
    }
}
