//! `steady-state-consistency`.

use num_bigint::BigInt;

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "steady-state-consistency",
        formula: "passes = super_pass_end - super_pass_start + 1; windowable: passes >= {min_passes}; insufficient_passes: passes < {min_passes}",
        section: "\u{a7}4.4",
        reads: &[POINT],
        parameters: &["min_passes"],
        title: "the steady-state status fits the window",
        what: "passes = super_pass_end - super_pass_start + 1, where both are given. A `windowable` block must have at \
               least {min_passes} passes and no state that drifts; one with `insufficient_passes` must have fewer.",
        why: "A status that contradicts its window was written by hand.",
        fix: "copy the block from the load generator's report",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

/// Whether any metric drifts.
pub(super) fn drifts(state: &[(String, String)]) -> bool {
    state.iter().any(|(_, state)| state.starts_with("Drifting"))
}

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let block = declared.value.steady_state.as_ref();
    let Some((block, status)) = block.and_then(|block| Some((block, block.status.as_deref()?))) else {
        return Err(NotRun::because("the point has no steady-state status"));
    };
    let window = &block.window;
    let passes = match (&window.super_pass_start, &window.super_pass_end) {
        (Some(start), Some(end)) => Some(end - start + 1),
        _ => None,
    };
    let least = BigInt::from(cx.submission.parameters.min_passes);
    let few = passes.as_ref().is_some_and(|passes| *passes < least);
    let enough = passes.as_ref().is_some_and(|passes| *passes >= least);
    let shown = passes.as_ref().map_or("?".to_owned(), BigInt::to_string);
    let mut faults = Vec::new();
    match status {
        "windowable" => {
            if few {
                faults.push(format!(
                    "windowable with {shown} passes; at least {least} are needed"
                ));
            }
            if drifts(&block.state) {
                faults.push("windowable while a metric drifts".to_owned());
            }
        }
        "insufficient_passes" if enough => {
            faults.push(format!(
                "insufficient_passes with {shown} passes; {least} are enough"
            ));
        }
        _ => {}
    }
    if faults.is_empty() {
        out.pass(declared.path(), format!("status {status} fits the window"));
    } else {
        let finding = out.error(declared.path(), faults.join("; "));
        finding.at(declared.place("/steady_state/status"));
        for (name, bound) in [
            ("super_pass_start", &window.super_pass_start),
            ("super_pass_end", &window.super_pass_end),
        ] {
            if let Some(bound) = bound {
                finding.term(name, bound);
            }
        }
        if let Some(passes) = passes {
            finding
                .term("passes", &passes)
                .measured(&passes, &least, "passes", "");
        }
    }
    Ok(())
}
