//! `maximal-engagement`.

use num_bigint::BigInt;
use num_traits::Signed;

use super::power::parallelism;
use super::power_descriptor;
use super::prelude::*;
use crate::rules::document::Document;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "maximal-engagement",
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
    let most = match accelerators.unwrap_or_default().checked_div(replica) {
        Some(most) if replica.is_positive() && data.is_positive() => most,
        _ => {
            out.error(
                path,
                format!("DP {data} and a replica of {replica} accelerators must be at least 1"),
            )
            .at(place("/data_parallel"));
            return Ok(());
        }
    };
    let shortfall = declared.value.dp_shortfall.as_ref();
    let at_shortfall = || declared.place("/dp_shortfall");
    if *data > most {
        out.error(
            path,
            format!("DP is {data}, but the system holds {most} replicas"),
        )
        .keyed("fail-2")
        .at(place("/data_parallel"))
        .measured(data, format!("<= {most}"), "replicas", "");
    } else if *data == most {
        if shortfall.is_some() {
            out.warning(path, "a `dp_shortfall` is declared, but there is none")
                .keyed("shortfall-unneeded")
                .at(at_shortfall());
        } else {
            out.pass(path, format!("all {most} replicas are used"));
        }
    } else {
        let few = format!("DP is {data} of {most}");
        match shortfall {
            None => {
                out.error(path, format!("{few}, and no `dp_shortfall` says why"))
                    .keyed("fail-3")
                    .at(place("/data_parallel"))
                    .measured(data, &most, "replicas", "");
            }
            Some(shortfall) if shortfall.dp_actual != *data || shortfall.dp_formula != most => {
                let message = format!(
                    "{few}, but `dp_shortfall` says {} of {}",
                    shortfall.dp_actual, shortfall.dp_formula
                );
                out.error(path, message).keyed("fail-4").at(at_shortfall());
            }
            Some(_) => {
                out.warning(path, format!("{few}, as `dp_shortfall` says"))
                    .keyed("warn-5")
                    .at(at_shortfall());
            }
        }
    }
    Ok(())
}
