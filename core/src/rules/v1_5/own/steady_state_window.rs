//! `steady-state-window`.

use super::OWN;
use super::prelude::*;
use crate::rules::document::Document;
use crate::rules::own::view::{number, place};
use crate::schema::v1_5::point::PointConfig;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "steady-state-window",
        reads: &[POINT, SUMMARY],
        parameters: &["own.window_tolerance_ratio"],
        title: "a steady-state window goes forward and lies within its run",
        what: "`super_pass_end` must not be below `super_pass_start`, nor the start below 0; `super_pass_size`, `n_samples` and \
               `duration_s` must be above 0; `duration_s` must not be longer than the run (`duration_ns` / 1e9) by more \
               than 1 %.",
        why: "`point-duration` judges the window in place of the run and takes its length as it is declared: a window \
              longer than the run makes any run long enough.",
        fix: "write the window as the load generator found it",
        ..OWN
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    if declared.value.steady_state.is_none() {
        return Err(NotRun::because("the point has no steady-state block"));
    }
    let value = |name: &str| number(declared, &format!("/steady_state/window/{name}"));
    if let Some((start, end)) = value("super_pass_start").zip(value("super_pass_end"))
        && end < start
    {
        say(
            declared,
            "super_pass_end",
            format!("the window ends at pass {end}, before its start at {start}"),
            out,
        )
        .measured(end, format!(">= {start}"), "passes", "");
    }
    if let Some(start) = value("super_pass_start").filter(|start| *start < 0.0) {
        say(
            declared,
            "super_pass_start",
            format!("the window starts at pass {start}"),
            out,
        )
        .measured(start, ">= 0", "passes", "");
    }
    for (name, unit) in [
        ("super_pass_size", "samples"),
        ("n_samples", "samples"),
        ("duration_s", "s"),
    ] {
        if let Some(number) = value(name).filter(|number| *number <= 0.0) {
            say(
                declared,
                name,
                format!("the window's `{name}` is {number}: it holds nothing"),
                out,
            )
            .measured(number, "> 0", unit, "");
        }
    }
    let run_s = cx
        .point
        .summary()
        .ok()
        .and_then(|summary| number(summary, "/duration_ns"))
        .map(|ns| ns / 1e9);
    if let Some((window_s, run_s)) = value("duration_s").zip(run_s)
        && run_s > 0.0
        && window_s > run_s * (1.0 + cx.submission.own.window_tolerance_ratio)
    {
        say(
            declared,
            "duration_s",
            format!("the window lasts {window_s} s, the run {run_s} s"),
            out,
        )
        .measured(
            window_s,
            format!("<= {run_s}"),
            "s",
            format!("{:.3} s longer than the run", window_s - run_s),
        );
    }
    Ok(())
}

fn say<'o>(
    declared: &Document<PointConfig>,
    field: &str,
    message: String,
    out: &'o mut Out<'_>,
) -> &'o mut crate::diag::Finding {
    let place = place(declared, &format!("/steady_state/window/{field}"));
    out.error(declared.path(), message).at(place)
}
