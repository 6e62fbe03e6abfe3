//! `offline-point-present`.

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "offline-point-present",
        section: "\u{a7}5.7",
        reads: &[POINT],
        title: "the curve has exactly one Offline point",
        what: "Exactly one valid point must declare `offline: dedicated` or `elected`; an elected one must be the point at \
               C_max (section 5.7.2). An agentic curve must have none.",
        why: "The Offline point says what the system can do when nobody waits.",
        fix: "declare the Offline point, or elect the one at C_max",
        ..OFFICIAL
    },
    check: &[Check::Curve(CurveStage::Whole, check)],
};

fn check(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = &cx.curve.path;
    let offline: Vec<&Point> = (cx.curve.points.iter())
        .filter(|point| point.is_dedicated() || point.is_elected())
        .collect();
    let last = offline.last().and_then(|point| point.declared().ok());
    let place = last.map(|document| document.place("/offline"));
    if cx.curve.is_agentic() {
        if offline.is_empty() {
            out.pass_as("pass-2", path, "an agentic curve has no Offline point");
        } else {
            out.error(path, "an agentic curve must have no Offline point")
                .keyed("fail-3")
                .at_maybe(place);
        }
        return Ok(());
    }
    match offline.as_slice() {
        [] => {
            out.error(path, "no point declares `offline`").keyed("fail-2");
        }
        [point] => {
            let concurrency = point.concurrency();
            match &cx.curve.c_max {
                Some(c_max) if point.is_elected() && concurrency != c_max => {
                    out.error(
                        path,
                        format!(
                            "the elected Offline point is at concurrency {concurrency}, not at C_max {c_max}"
                        ),
                    )
                    .keyed("fail-4")
                    .section("\u{a7}5.7.2")
                    .at_maybe(point.declared().ok().map(|document| document.place("/offline")))
                    .measured(concurrency, c_max, "requests in flight", "");
                }
                _ => out.pass(path, format!("the Offline point is at concurrency {concurrency}")),
            }
        }
        _ => {
            out.error(
                path,
                format!("{} points declare `offline`; exactly one may", offline.len()),
            )
            .at_maybe(place);
        }
    }
    Ok(())
}
