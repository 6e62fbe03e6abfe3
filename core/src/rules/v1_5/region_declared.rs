//! `region-declared`.

use super::prelude::*;
use crate::region::v1_5::Region;
use crate::suggest::did_you_mean;

/// What a submitter writes who leaves the region to the computation.
pub(super) const ANY: &str = "submitters_choice";

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "region-declared",
        section: "\u{a7}8.3",
        reads: &[POINT],
        title: "a declared region is a known one",
        what: "`region`, where it is given, must be low_latency, low_concurrency, med_concurrency, high_concurrency, \
               margin or submitters_choice.",
        why: "A name that nobody knows tells a reader nothing.",
        fix: "declare the computed region, or leave `region` out",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let Some(region) = declared.value.region.as_deref() else {
        return Err(NotRun::because("the point declares no region"));
    };
    if region == ANY || Region::ALL.into_iter().any(|known| known.name() == region) {
        out.pass(declared.path(), format!("region {region} is known"));
    } else {
        let known = Region::ALL.map(Region::name).join(", ");
        out.error(
            declared.path(),
            format!(
                "region `{region}` is unknown; known are {known} and {ANY}{}",
                did_you_mean(region, Region::ALL.map(Region::name).into_iter().chain([ANY]))
            ),
        )
        .at(declared.place("/region"));
    }
    Ok(())
}
