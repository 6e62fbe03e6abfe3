//! `nodes-used`.

use super::power::{Engagement, Provision, parallelism, used_nodes};
use super::power_descriptor;
use super::prelude::*;
use crate::rules::document::Document;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "nodes-used",
        section: "\u{a7}4.5.3",
        reads: &[POINT, DESCRIPTION, POWER],
        title: "the nodes that a point uses exist and suffice",
        what: "Where `nodes_used` is given: every ensemble once, naming exactly one set of nodes, with 1 to all of its \
               nodes; and the accelerators used must hold DP x TP x PP x EP. One node more than needed is a warning. \
               Ensembles not named are used in full.",
        why: "The point's power is that of the nodes it uses.",
        fix: "correct `nodes_used`, or leave it out when all nodes are used",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

/// The nodes that a point uses, if it says so well; `None` means all of them.
pub(super) fn engagement(cx: &PointCx<'_>, provision: &Provision) -> Result<Option<Engagement>, Vec<String>> {
    let declared = cx.point.declared().ok();
    let Some(nodes) = declared.and_then(|document| document.value.nodes_used.as_ref()) else {
        return Ok(None);
    };
    let parallelism = parallelism(cx.point.description().map(Document::root));
    used_nodes(nodes, provision, &parallelism).map(Some)
}

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    cx.point.summary()?;
    let (_, assessment) = power_descriptor::good(&cx.system())?;
    let path = declared.path();
    match engagement(&cx, &assessment.provision) {
        Ok(None) => return Err(NotRun::because("the point uses all nodes")),
        Ok(Some(engagement)) => {
            if let Some(ensemble) = engagement.spare {
                out.warning(path, format!("ensemble {ensemble} could spare a node"))
                    .at(declared.place("/nodes_used"));
            }
            out.pass(path, "the nodes used exist and suffice");
        }
        Err(problems) => {
            out.error(path, problems.join("; "))
                .at(declared.place("/nodes_used"));
        }
    }
    Ok(())
}
