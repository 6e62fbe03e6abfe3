//! `steady-state-basis`.

use super::prelude::*;
use super::steady_state_consistency::drifts;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "steady-state-basis",
        section: "\u{a7}4.4",
        severity: Severity::Warning,
        reads: &[POINT],
        title: "the result is that of a steady state",
        what: "`steady_state` should be given, be `windowable`, and not have the verdict drifting_up or drifting_down.",
        why: "Figures of a run that drifts say little about the next hour.",
        fix: "run longer, until the load generator finds a steady window",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let summary = cx.point.summary()?;
    let path = summary.path();
    let Some(block) = &declared.value.steady_state else {
        out.warning(path, "the point has no steady-state block; the whole run counts")
            .at(declared.place(""));
        return Ok(());
    };
    let status = block.status.as_deref().unwrap_or("absent");
    if status == "windowable" {
        out.pass(path, "the steady-state window counts");
    } else {
        out.warning(
            path,
            format!("the steady-state status is {status}; the whole run counts"),
        )
        .keyed("warn-2")
        .at(declared.place("/steady_state/status"));
    }
    if let Some(verdict @ ("drifting_up" | "drifting_down")) = block.verdict.as_deref() {
        let (key, which) = if drifts(&block.state) {
            ("drifting-metrics", "; some metrics drift")
        } else {
            ("drifting", "")
        };
        out.warning(path, format!("the verdict is {verdict}{which}"))
            .keyed(key)
            .at(declared.place("/steady_state/verdict"));
    }
    Ok(())
}
