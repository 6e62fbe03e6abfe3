//! `duplicate-key`.

use super::prelude::*;
use super::walk::{documents, values};
use crate::parse::Value;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "duplicate-key",
        severity: Severity::Warning,
        reads: &["systems/*.json", "pareto/**"],
        title: "no object gives a key twice",
        what: "A key may stand once in a mapping. The reference takes the last one silently.",
        why: "Two values under one name let a person read one and the checker another.",
        fix: "keep the value that is meant",
        ..OWN
    },
    check: Check::Ending(check),
};

fn check(submission: &Submission<'_>, out: &mut Out<'_>) -> Ran {
    submission.entered()?;
    documents(submission, &mut |document| {
        values(document.root(), &mut |pointer, node| {
            let Value::Map(map) = &node.value else { return };
            for span in map.duplicates() {
                out.warning(
                    document.path(),
                    "this key was given before in the same object; the last one counts",
                )
                .at(document.place_of_span(pointer, *span));
            }
        });
    });
    Ok(())
}
