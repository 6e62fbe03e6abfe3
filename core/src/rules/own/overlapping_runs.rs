//! `overlapping-runs`.

use std::collections::BTreeMap;

use super::OWN;
use super::view::{File, View, number, place};
use crate::diag::Severity;
use crate::rules::{Meta, NotRun, Out, Ran};

pub(in crate::rules) const META: Meta = Meta {
    id: "overlapping-runs",
    severity: Severity::Warning,
    parameters: &["own.overlap_s"],
    title: "no two points of a system were measured at the same time",
    what: "Where summaries say when a run started (`test_started_at`, an epoch in s, ms, us or ns of the years 2020 to 2100), \
           the spans from there over `duration_ns` of two points of one system must not overlap by more than a second.",
    why: "Two runs at once share the system, or one of them ran on another.",
    fix: "measure points one after the other; correct the start if the clock was wrong",
    ..OWN
};

/// The years 2020 to 2100, in seconds since 1970.
const EPOCH_S: std::ops::Range<f64> = 1_577_836_800.0..4_102_444_800.0;

struct Run<'s> {
    label: &'s str,
    file: File<'s>,
    start_s: f64,
    end_s: f64,
}

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) -> Ran {
    let mut systems: BTreeMap<&str, Vec<Run<'_>>> = BTreeMap::new();
    for (curve, point, file) in view.measured() {
        let start_s = number(file, "/test_started_at").and_then(epoch_s);
        let length_s = number(file, "/duration_ns")
            .map(|ns| ns / 1e9)
            .filter(|s| *s > 0.0);
        if let Some((start_s, length_s)) = start_s.zip(length_s) {
            systems.entry(curve.system).or_default().push(Run {
                label: point.label,
                file,
                start_s,
                end_s: start_s + length_s,
            });
        }
    }
    if systems.is_empty() {
        return Err(NotRun::because("no summary says when its run started"));
    }
    for runs in systems.values_mut() {
        runs.sort_by(|one, other| one.start_s.total_cmp(&other.start_s));
        let mut last: Option<&Run<'_>> = None;
        for run in runs.iter() {
            if let Some(before) = last
                && before.file.path() != run.file.path()
                && before.end_s - run.start_s > view.own.overlap_s
            {
                let overlap = before.end_s.min(run.end_s) - run.start_s;
                out.warning(
                    run.file.path(),
                    format!(
                        "`{}` ran at the same time as `{}`, for {overlap:.1} s",
                        run.label,
                        before.file.path()
                    ),
                )
                .at(place(run.file, "/test_started_at"))
                .measured(
                    format!("{overlap:.1}"),
                    format!("<= {}", view.own.overlap_s),
                    "s",
                    "",
                );
            }
            if last.is_none_or(|last| run.end_s > last.end_s) {
                last = Some(run);
            }
        }
    }
    Ok(())
}

/// An epoch of any of the usual units in seconds.
fn epoch_s(number: f64) -> Option<f64> {
    let units = [1.0, 1e3, 1e6, 1e9];
    units
        .iter()
        .map(|unit| number / unit)
        .find(|seconds| EPOCH_S.contains(seconds))
}
