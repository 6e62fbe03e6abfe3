//! `point-duration`.

use num_bigint::BigInt;

use super::facts::AGENTIC;
use super::prelude::*;
use crate::diag::Figure;
use crate::ruleset::Durations;
use crate::schema::v1_5::point::PointConfig;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "point-duration",
        formula: "duration_s >= least_s",
        section: "\u{a7}6.2",
        severity: Severity::Warning,
        reads: &[POINT, SUMMARY],
        parameters: &["min_duration"],
        title: "the point ran long enough",
        what: "The steady-state window's `duration_s`, or duration_ns / 1e9 where there is none, must not be below \
               {min_duration.short_ms:s} up to concurrency {min_duration.short_up_to}, {min_duration.long_ms:s} above, and \
               {min_duration.agentic_ms:s} above for agentic load. Not evaluated for a concurrency in no \
               region.",
        why: "A short run samples few states of the server's queue, so its tail is too kind.",
        fix: "repeat the point with a longer duration",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Measured, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let summary = cx.point.summary()?;
    let concurrency = &declared.value.concurrency;
    if cx.curve.regions()?.classify(concurrency).is_none() {
        return Err(NotRun::after("concurrency-in-range"));
    }
    let least_ms = minimum_ms(&cx.submission.parameters.min_duration, &declared.value);
    let window_s = declared
        .value
        .steady_state
        .as_ref()
        .and_then(|block| block.window.duration_s);
    let duration_ms = match window_s {
        Some(seconds) => seconds * 1000.0,
        None => summary.value.duration_ns / 1e6,
    };
    let place = || match window_s {
        Some(_) => declared.place("/steady_state/window/duration_s"),
        None => summary.place("/duration_ns"),
    };
    let path = summary.path();
    if duration_ms < least_ms {
        let (ran, least) = (duration_ms / 1e3, least_ms / 1e3);
        out.warning(
            path,
            format!(
                "ran {} s; concurrency {concurrency} needs at least {least} s",
                Figure::beside(ran, least)
            ),
        )
        .at(place())
        .term("duration_s", Figure::beside(ran, least))
        .term("least_s", Figure::new(least))
        .measured(
            Figure::beside(ran, least),
            format!(">= {least}"),
            "s",
            format!("{} s short", Figure::new(least - ran)),
        );
    } else {
        out.pass(path, format!("ran {} s", Figure::new(duration_ms / 1e3)));
    }
    Ok(())
}

/// The shortest run of a point, in milliseconds.
pub(super) fn minimum_ms(minima: &Durations, declared: &PointConfig) -> f64 {
    if declared.concurrency <= BigInt::from(minima.short_up_to) {
        minima.short_ms
    } else if declared.runtime.load_pattern == AGENTIC {
        minima.agentic_ms
    } else {
        minima.long_ms
    }
}
