//! `declared-minimum`.

use super::OWN;
use super::view::{View, number, place};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "declared-minimum",
    severity: Severity::Warning,
    title: "a run reached the minima of its own settings",
    what: "`duration_ns` / 1e6 must reach the point's `runtime_settings.min_duration_ms`, and `n_samples_completed` its \
           `min_sample_count`, where these are given. A run that is too short for the ruleset as well is left to \
           `point-duration`.",
    why: "The reference reads both settings and never uses them. A run below its own minimum was cut short.",
    fix: "let the run go on until its own minima are reached",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for (_, point, file) in view.measured() {
        let wanted = |name: &str| number(point.config, &format!("/runtime_settings/{name}"));
        let ran_ms = number(file, "/duration_ns")
            .map(|ns| ns / 1e6)
            .filter(|ms| *ms > 0.0);
        let too_short = |ms: f64| point.least_duration_ms.is_some_and(|least| ms < least);
        if let Some((least, ran)) = wanted("min_duration_ms").zip(ran_ms)
            && ran < least
            && !too_short(ran)
        {
            out.warning(
                file.path(),
                format!("ran {ran} ms; its own settings ask for at least {least} ms"),
            )
            .at(place(file, "/duration_ns"))
            .measured(
                ran,
                format!(">= {least}"),
                "ms",
                format!("{} ms short", least - ran),
            );
        }
        if let Some((least, completed)) = wanted("min_sample_count").zip(number(file, "/n_samples_completed"))
            && completed < least
        {
            out.warning(
                file.path(),
                format!("completed {completed} requests; its own settings ask for at least {least}"),
            )
            .at(place(file, "/n_samples_completed"))
            .measured(
                completed,
                format!(">= {least}"),
                "requests",
                format!("{} short", least - completed),
            );
        }
    }
}
