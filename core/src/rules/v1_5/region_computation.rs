//! `region-computation`.

use super::prelude::*;
use crate::region::RegionError;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "region-computation",
        formula: "1 <= C_min <= {regions.greatest_c_min} and C_max > {regions.greatest_c_min}",
        section: "\u{a7}5.5",
        reads: &[DESCRIPTION, POINT],
        parameters: &["regions"],
        title: "C_max and C_min leave room for all regions",
        what: "C_min must be 1 to {regions.greatest_c_min}, and C_max greater than that. With interval = log2(C_max - C_min) / 3 the regions end at \
               C_min, C_min + round(2^interval), C_min + round(2^(2 interval)) and C_max; a margin up to ceil({regions.margin} C_max) \
               follows.",
        why: "Every curve must be measured in all regions.",
        fix: "declare the highest concurrency that the system supports",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Basis, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let Some(regions) = &cx.curve.regions else {
        return cx.curve.regions().map(drop);
    };
    let path = super::description_path(cx.curve);
    match regions {
        Err(error @ RegionError::CMin { given, most }) => {
            let place = cx
                .curve
                .raw_description()
                .map(|document| document.place("/c_min_override"));
            out.error(path, error.to_string())
                .keyed("c-min-range")
                .at_maybe(place)
                .term("C_min", given)
                .measured(given, format!("1 to {most}"), "requests in flight", "");
        }
        Err(error @ RegionError::TooLow { given, least }) => {
            let finding = out.error(path, error.to_string()).keyed("c-max-too-low");
            finding
                .term("C_max", given)
                .measured(given, format!("> {least}"), "requests in flight", "");
            if let Some(description) = cx.curve.raw_description() {
                finding.at(description.place("/max_supported_concurrency"));
            }
        }
        Err(RegionError::TooHigh { .. }) => return Err(NotRun::after("system-description-valid")),
        Ok(_) => {}
    }
    Ok(())
}
