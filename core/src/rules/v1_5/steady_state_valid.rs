//! `steady-state-valid`.

use super::prelude::*;

const STATUSES: [&str; 4] = [
    "windowable",
    "insufficient_duration",
    "insufficient_passes",
    "partial_dataset",
];

const VERDICTS: [&str; 5] = [
    "STEADY STATE",
    "drifting_up",
    "drifting_down",
    "anomaly",
    "not found",
];

const STATES: [&str; 3] = ["Plateau", "Drifting Up", "Drifting Down"];

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "steady-state-valid",
        section: "\u{a7}4.4",
        reads: &[POINT],
        title: "a steady-state block uses known words",
        what: "Where `steady_state` is given: `status` one of windowable, insufficient_duration, insufficient_passes, \
               partial_dataset; `verdict` one of STEADY STATE, drifting_up, drifting_down, anomaly, not found; every \
               value of `state` one of Plateau, Drifting Up, Drifting Down.",
        why: "The block decides whether the window or the whole run counts.",
        fix: "copy the block from the load generator's report",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let Some(block) = &declared.value.steady_state else {
        return Err(NotRun::because("the point has no steady-state block"));
    };
    let mut faults = Vec::new();
    let mut pointer = "/steady_state".to_owned();
    for (name, value, known) in [
        ("status", &block.status, STATUSES.as_slice()),
        ("verdict", &block.verdict, VERDICTS.as_slice()),
    ] {
        if let Some(value) = value
            && !known.contains(&value.as_str())
        {
            faults.push(format!("{name} `{value}` is none of {}", known.join(", ")));
            pointer = format!("/steady_state/{name}");
        }
    }
    for (metric, state) in &block.state {
        if !STATES.contains(&state.as_str()) {
            faults.push(format!(
                "state `{state}` of {metric} is none of {}",
                STATES.join(", ")
            ));
        }
    }
    if faults.is_empty() {
        out.pass(declared.path(), "the steady-state block uses known words");
    } else {
        out.error(declared.path(), faults.join("; "))
            .at(declared.place(&pointer));
    }
    Ok(())
}
