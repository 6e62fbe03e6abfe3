//! `region-computation`.

use super::prelude::*;
use crate::region::RegionError;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "region-computation",
        formula: "max_supported_concurrency > least",
        section: "#7",
        reads: &["systems/*.json"],
        parameters: &["regions"],
        title: "the declared maximum leaves room for four regions",
        what: "`max_supported_concurrency` must be greater than L = {regions.low_latency_end}. With interval = log2(M - L) / 3 \
               the regions are 1..L, L + 1..L + round(2^interval), up to L + round(2^(2 interval)), and up to \
               ceil({regions.margin} M). A system \
               without regions is not judged further.",
        why: "Every curve must be measured in all four regions; a system that can't reach beyond the first has none.",
        fix: "declare the highest concurrency that the system supports",
        ..OFFICIAL
    },
    check: Check::System(check),
};

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    let description = cx.system.description()?;
    if let Some(Err(error @ RegionError::TooLow { given, least })) = &cx.system.regions {
        out.error(&cx.system.path, error.to_string())
            .at(description.place("/max_supported_concurrency"))
            .term("max_supported_concurrency", given)
            .term("least", least)
            .measured(given, format!("> {least}"), "requests in flight", "");
    }
    Ok(())
}
