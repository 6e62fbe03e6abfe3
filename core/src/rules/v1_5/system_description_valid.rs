//! `system-description-valid`.

use super::prelude::*;
use crate::parse::Value;
use crate::region::RegionError;
use crate::rules::document::{Loaded, crash};

/// The trouble of an unusable `c_min_override`, to which the reference gives that rule's section.
const C_MIN_TROUBLE: &str = "invalid";

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "system-description-valid",
        section: "\u{a7}8.2",
        reads: &[DESCRIPTION],
        title: "the system description is JSON that its schema accepts",
        what: "Every point's file must be a JSON object; the curve's first readable one must match the schema: required \
               fields present, every field of its type, known division and availability with what the availability asks \
               for. One error per failing field.",
        why: "Every other rule of the curve starts from this file, above all from `max_supported_concurrency`.",
        fix: "correct the field; the place shows the value as it was read",
        ..OFFICIAL
    },
    check: &[
        Check::System(of_system),
        Check::Point(PointStage::Described, is_object),
        Check::Curve(CurveStage::Described, schema),
    ],
};

/// The power rules read one description of the whole system. What makes the reference crash there is an error of the
/// schema too, where that sees the file.
fn of_system(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    if let (Some(document), Some(pointer)) = (&cx.system.description, &cx.system.described.crash) {
        let mut firsts = cx.system.curves.iter().filter_map(Curve::raw_description);
        if firsts.all(|first| first.path() != document.path()) {
            crash(out, &RULE.meta, document, pointer, "the value is not of its type");
        }
    }
    Ok(())
}

fn is_object(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = cx.point.description_path();
    match &cx.point.description {
        None => return Err(NotRun::after("system-description-present")),
        Some(Loaded::Bad(troubles)) => {
            for trouble in troubles {
                let finding = out.error(&path, trouble.message.clone());
                if let Some(place) = &trouble.place {
                    finding.at(place.clone());
                }
            }
        }
        Some(Loaded::Good(document)) => {
            let root = &document.root().value;
            if !matches!(root, Value::Map(_)) {
                let message = format!("expected an object, found {}", root.name());
                out.error(&path, message).at(document.place(""));
            }
        }
    }
    Ok(())
}

fn schema(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let (Some(raw), Some(description)) = (cx.curve.raw_description(), &cx.curve.description) else {
        return Err(NotRun::after("system-description-present"));
    };
    let path = raw.path();
    match description {
        Loaded::Good(_) => {
            // The reference multiplies the maximum by the margin as a float and crashes where that overflows.
            if let Some(Err(error @ RegionError::TooHigh { .. })) = &cx.curve.regions {
                out.schema_error(path, "unworded-error", error.to_string())
                    .at(raw.place("/max_supported_concurrency"));
            } else {
                out.pass(path, "the system is described");
            }
        }
        Loaded::Bad(troubles) => {
            for trouble in troubles {
                let finding = out.schema_error(path, trouble.key, trouble.message.clone());
                if trouble.key == C_MIN_TROUBLE {
                    finding.section(super::c_min_override::RULE.meta.section);
                }
                if let Some(place) = &trouble.place {
                    finding.at(place.clone());
                }
            }
        }
    }
    Ok(())
}
