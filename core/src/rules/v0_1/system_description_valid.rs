//! `system-description-valid`.

use super::prelude::*;
use crate::region::RegionError;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "system-description-valid",
        section: "#1",
        reads: &["systems/*.json"],
        title: "the system description is JSON that its schema accepts",
        what: "The file must be readable, JSON, and match the schema: required fields present, every field of its \
               type, `division` one of standardized, serviced, rdi, `system_availability_status` one of available, \
               preview, rdi. One error per failing field. A system whose file fails is not judged further.",
        why: "Every other rule of the system starts from this file, above all from `max_supported_concurrency`.",
        fix: "correct the field; the place shows the value as it was read",
        ..OFFICIAL
    },
    check: Check::System(check),
};

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = &cx.system.path;
    cx.system.description.report(path, out);
    if let Some(description) = cx.system.description.good() {
        // The reference multiplies the maximum by the margin as a float and crashes where that overflows.
        if let Some(Err(error @ RegionError::TooHigh { .. })) = &cx.system.regions {
            out.error(path, error.to_string())
                .section("")
                .at(description.place("/max_supported_concurrency"));
            return Ok(());
        }
        out.pass(path, format!("system `{}` is described", cx.system.id));
    }
    Ok(())
}
