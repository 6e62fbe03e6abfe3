//! `shared-path-resolution`.

use std::collections::BTreeSet;

use super::point_config_valid;
use super::prelude::*;
use crate::rules::document::crash;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "shared-path-resolution",
        section: "\u{a7}9.1",
        reads: &[POINT, "src/", "docs/"],
        title: "declared paths lead to directories of the submission",
        what: "Every distinct `shared_src` and `shared_docs`, trimmed, must be a relative path without `..` to a directory \
               below the submission. A backslash counts as a slash.",
        why: "Source and documents belong to the submission, not to a machine that nobody else has.",
        fix: "give a path below the submission, such as `src/<implementation>`",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let mut seen = BTreeSet::new();
    for (point, declared) in cx.curve.valid() {
        for shared in &point.shared {
            if !seen.insert((shared.field, shared.value.as_str())) {
                continue;
            }
            // The system can't even look for it, and the reference crashes.
            if shared.too_long {
                let pointer = format!("/{}", shared.field);
                let message = format!("{} is longer than a path can be", shared.field);
                crash(out, &point_config_valid::RULE.meta, declared, &pointer, message);
                continue;
            }
            match shared.trouble {
                None => out.pass(
                    declared.path(),
                    format!("{} `{}` is a directory", shared.field, shared.value),
                ),
                Some(trouble) => {
                    out.error(
                        declared.path(),
                        format!("{} `{}`: {trouble}", shared.field, shared.value),
                    )
                    .at(declared.place(&format!("/{}", shared.field)));
                }
            }
        }
    }
    if seen.is_empty() {
        return Err(NotRun::because("no valid point declares a shared path"));
    }
    Ok(())
}
