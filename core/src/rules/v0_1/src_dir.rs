//! `src-dir`.

use super::prelude::*;
use crate::schema::v0_1::system::Division;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "src-dir",
        section: "#1",
        reads: &["src/<model>/"],
        title: "Standardized submissions carry their source",
        what: "In the division Standardized `src/<model>` must be a directory, named like the model's directory in \
               `pareto/`. Its content is not read.",
        why: "A standardized result must be reproducible from what was submitted.",
        fix: "add `src/<model>/` with the implementation, or declare another division",
        ..OFFICIAL
    },
    check: Check::Model(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    let description = cx.system.description()?;
    if description.value.division != Division::Standardized {
        return Err(NotRun::because("only the division Standardized needs `src/`"));
    }
    let (path, present) = &cx.model.src;
    if *present {
        out.pass(path, "the model's source is there");
    } else {
        out.error(
            path,
            format!("division Standardized, but `{path}` is not a directory"),
        )
        .at(description.place("/division"));
    }
    Ok(())
}
