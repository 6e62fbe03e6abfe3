//! `approved-drafter`, `drafter-approval-lead-time`: speculative decoding uses a published draft model.

use super::prelude::*;
use super::registries::{Cohort, Match};
use crate::parse::{Node, Value};
use crate::rules::document::Document;
use crate::schema::v1_5::point::PointConfig;

const BASE: Meta = Meta {
    section: "\u{a7}2.9.4",
    reads: &[POINT],
    why: "A draft model tuned to the benchmark's answers would make every system fast.",
    ..OFFICIAL
};

pub(super) const APPROVED: SubmissionRule = Rule {
    meta: Meta {
        id: "approved-drafter",
        parameters: &["drafters"],
        title: "speculative decoding uses an approved drafter",
        what: "A non-empty `speculative_decoding` must match an approved entry of the benchmark (the first declared model, \
               else the directory): equal `weight_checksum`, or for an entry without one equal `target_checksum` and \
               equal, non-empty `configuration`. A benchmark without entries allows none.",
        fix: "use an approved drafter, or run without speculative decoding",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, approved)],
};

pub(super) const LEAD_TIME: SubmissionRule = Rule {
    meta: Meta {
        id: "drafter-approval-lead-time",
        formula: "target_cohort >= approved_cohort + {drafter_lead_cohorts} cohorts",
        parameters: &["drafters", "drafter_lead_cohorts"],
        title: "the drafter was approved early enough",
        what: "`target_cohort` must be at least two cohorts after the approval of the first entry that matches. A cohort \
               that is absent or can't be read is a warning.",
        fix: "target a later cohort",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, lead_time)],
};

/// Valid points with speculative decoding, and what the list says about it.
fn drafted<'a>(cx: &CurveCx<'a>) -> Result<Vec<(&'a Document<PointConfig>, Match<'a>)>, NotRun> {
    let drafters = cx
        .submission
        .drafters
        .as_ref()
        .map_err(|_| NotRun::after("drafter-list-registry"))?;
    let benchmark = cx.curve.declared_model().unwrap_or(&cx.curve.model);
    let used = |node: &&Node| matches!(&node.value, Value::Map(map) if !map.entries().is_empty());
    let points = cx.curve.valid().filter_map(|(_, declared)| {
        let node = declared.value.speculative_decoding.as_ref().filter(used)?;
        Some((declared, drafters.find(benchmark, node)))
    });
    Ok(points.collect())
}

fn approved(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    for (declared, found) in drafted(&cx)? {
        let path = declared.path();
        let place = || declared.place("/speculative_decoding");
        match found {
            Match::Approved(_) => out.pass(path, "the drafter is approved"),
            Match::NoneApproved => {
                out.error(path, "no drafter is approved for this benchmark")
                    .at(place());
            }
            Match::Unknown => {
                out.error(path, "the drafter matches no approved entry of this benchmark")
                    .keyed("fail-2")
                    .at(place());
            }
        }
    }
    Ok(())
}

fn lead_time(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let lead = cx.submission.parameters.drafter_lead_cohorts;
    for (declared, found) in drafted(&cx)? {
        let Match::Approved(approved) = found else {
            continue;
        };
        let path = declared.path();
        let target = declared.value.target_cohort.as_deref();
        let parsed = approved
            .and_then(Cohort::parse)
            .zip(target.and_then(Cohort::parse));
        let Some((approved, target)) = parsed else {
            let message = format!(
                "cohorts can't be compared: approved {}, targeted {}",
                approved.unwrap_or("absent"),
                target.unwrap_or("absent")
            );
            out.warning(path, message).at(declared.place("/target_cohort"));
            continue;
        };
        let earliest = approved.later(lead);
        if target < earliest {
            out.error(
                path,
                format!("approved in {approved}, the drafter is open from {earliest} on, not for {target}"),
            )
            .at(declared.place("/target_cohort"))
            .term("target_cohort", target)
            .term("approved_cohort", approved)
            .measured(target, format!(">= {earliest}"), "", "");
        } else {
            out.pass(path, format!("the drafter is open from {earliest} on"));
        }
    }
    Ok(())
}
