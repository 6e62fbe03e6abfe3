//! `region-placement`.

use super::prelude::*;
use super::region_declared::ANY;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "region-placement",
        section: "\u{a7}8.3",
        severity: Severity::Warning,
        reads: &[POINT, DESCRIPTION],
        parameters: &["regions"],
        title: "a declared region is the one computed from the concurrency",
        what: "Only where `region` is given and not submitters_choice: it should be the region that the concurrency lies in. \
               Not evaluated for a concurrency in no region.",
        why: "A region that is declared wrongly misleads readers of the curve.",
        fix: "declare the computed region, or leave `region` out",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let regions = cx.curve.regions()?;
    let document = cx.point.declared()?;
    let Some(declared) = document.value.region.as_deref().filter(|region| *region != ANY) else {
        return Err(NotRun::because("the point declares no region"));
    };
    let concurrency = &document.value.concurrency;
    let Some(computed) = regions.classify(concurrency) else {
        return Err(NotRun::after("concurrency-in-range"));
    };
    if declared == computed.name() {
        out.pass(
            document.path(),
            format!("the declared region {declared} is the computed one"),
        );
    } else {
        let message = format!(
            "region is declared as {declared}, but concurrency {concurrency} lies in {} ({})",
            computed.name(),
            regions.bounds(computed)
        );
        out.warning(document.path(), message)
            .at(document.place("/region"))
            .measured(declared, computed.name(), "", "");
    }
    Ok(())
}
