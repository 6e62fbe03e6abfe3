//! `maximal-engagement`.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::Signed;

use super::power::parallelism;
use super::power_descriptor;
use super::prelude::*;
use crate::diag::Place;
use crate::rules::document::Document;
use crate::schema::v1_5::point::{DpShortfall, PointConfig};

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "maximal-engagement",
        formula: "DP = DP_max, with DP_max = floor(provisioned accelerators / (TP x PP x EP))",
        section: "\u{a7}4.5.3",
        reads: &[POINT, DESCRIPTION, POWER],
        title: "a point uses as many replicas as the system holds",
        what: "replica = TP x PP x EP accelerators, DPmax = floor(provisioned accelerators / replica). DP must be DPmax; a \
               lower one needs a `dp_shortfall` with these two numbers and a reason, and stays a warning. Not judged, but \
               warned of, without parallelism, when disaggregated, or when accelerators are unknown.",
        why: "Idle accelerators draw power that nobody counts.",
        fix: "run as many replicas as fit, or explain the shortfall in `dp_shortfall`",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    cx.point.summary()?;
    let (_, assessment) = power_descriptor::good(&cx.system())?;
    let description = cx.point.description();
    let path = declared.path();
    let place = |pointer: &str| match description {
        Some(document) => document.place(pointer),
        None => declared.place(""),
    };
    let parallelism = parallelism(description.map(Document::root));
    let accelerators: Option<BigInt> = assessment
        .provision
        .sets
        .iter()
        .map(|set| Some(&set.nodes * set.accelerators.as_ref()?))
        .sum();
    let unjudged = if !parallelism.given {
        Some(("warn", "the description gives no parallelism"))
    } else if parallelism.disaggregated {
        Some(("warn-2", "prefill and decode run apart"))
    } else if accelerators.is_none() {
        Some(("warn-3", "accelerators per node are unknown"))
    } else {
        None
    };
    if let Some((key, why)) = unjudged {
        out.warning(path, format!("{why}; the engagement was not judged"))
            .keyed(key)
            .at(place(""));
        return Ok(());
    }
    let (data, replica) = (&parallelism.data, &parallelism.replica);
    let most = accelerators.unwrap_or_default().checked_div(replica);
    let positive = replica.is_positive() && data.is_positive();
    let Some(most) = most.filter(|_| positive) else {
        let message = format!("DP {data} and a replica of {replica} accelerators must be at least 1");
        out.error(path, message).at(place("/data_parallel"));
        return Ok(());
    };
    judge(declared, data, &most, || place("/data_parallel"), out);
    Ok(())
}

/// Judges data parallelism against what the hardware allows.
fn judge(
    declared: &Document<PointConfig>,
    data: &BigInt,
    most: &BigInt,
    at_data: impl Fn() -> Place,
    out: &mut Out<'_>,
) {
    let path = declared.path();
    let at_shortfall = || declared.place("/dp_shortfall");
    let few = format!("DP is {data} of {most}");
    match (data.cmp(most), &declared.value.dp_shortfall) {
        (Ordering::Greater, _) => {
            out.error(
                path,
                format!("DP is {data}, but the system holds {most} replicas"),
            )
            .keyed("fail-2")
            .at(at_data())
            .term("DP", data)
            .term("DP_max", most)
            .measured(data, format!("<= {most}"), "replicas", "");
        }
        (Ordering::Equal, Some(_)) => {
            out.warning(path, "a `dp_shortfall` is declared, but there is none")
                .keyed("shortfall-unneeded")
                .at(at_shortfall());
        }
        (Ordering::Equal, None) => out.pass(path, format!("all {most} replicas are used")),
        (Ordering::Less, None) => {
            out.error(path, format!("{few}, and no `dp_shortfall` says why"))
                .keyed("fail-3")
                .at(at_data())
                .term("DP", data)
                .term("DP_max", most)
                .measured(data, most, "replicas", "");
        }
        (Ordering::Less, Some(shortfall)) => {
            let DpShortfall {
                dp_actual,
                dp_formula,
            } = shortfall;
            if dp_actual == data && dp_formula == most {
                out.warning(path, format!("{few}, as `dp_shortfall` says"))
                    .keyed("warn-5")
                    .at(at_shortfall());
            } else {
                let message = format!("{few}, but `dp_shortfall` says {dp_actual} of {dp_formula}");
                out.error(path, message).keyed("fail-4").at(at_shortfall());
            }
        }
    }
}
