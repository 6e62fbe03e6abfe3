//! What the versions' `gate-skipped` have in common: gates that the reference skips in silence.

use std::collections::BTreeSet;

use super::view::{Curve, File, Point, Scores, Target, View, at, listed, number, place};
use crate::coerce::{Conversion, python_int};
use crate::parse::Value;
use crate::rules::Out;
use crate::suggest::{closest, did_you_mean};

/// Reports datasets that no minimum was found for, each once. Where the ruleset's list is `complete`, every dataset should
/// have one; else only names that are nearly a known one are reported.
pub(in crate::rules) fn datasets(curve: &Curve<'_>, known: &[&str], complete: bool, out: &mut Out<'_>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for point in curve.points.iter().filter(|point| point.summary.is_some()) {
        let name = super::view::text(point.config, "/dataset").unwrap_or_default();
        if known.contains(&name) || !seen.insert(name) {
            continue;
        }
        let near = closest(name, known.iter().copied());
        if near.is_none() && !complete {
            continue;
        }
        let message = match (name, near) {
            ("", _) => "no dataset is named, so the number of queries was not judged".to_owned(),
            (_, None) => {
                format!("no minimum is known for dataset `{name}`, so the number of queries was not judged")
            }
            (_, Some(near)) => format!(
                "no minimum is known for dataset `{name}`, so the number of queries was not judged; did you mean `{near}`?"
            ),
        };
        out.warning(point.config.path(), message)
            .at(place(point.config, "/dataset"));
    }
}

/// Reports points whose counts could not be added up, once a curve.
pub(in crate::rules) fn accounting(curve: &Curve<'_>, out: &mut Out<'_>) {
    let uncounted = |point: &&Point<'_>| {
        let issued = point
            .summary
            .map(|file| number(file, "/n_samples_issued").unwrap_or_default());
        issued.is_some_and(|issued| issued.abs() <= 0.0)
    };
    let skipped: Vec<&Point<'_>> = curve.points.iter().filter(uncounted).collect();
    if let Some(file) = skipped.first().and_then(|point| point.summary) {
        let labels: Vec<&str> = skipped.iter().map(|point| point.label).collect();
        let message = format!(
            "no request was issued as of `n_samples_issued`, so completed and failed ones were not added up: {}",
            listed(&labels)
        );
        out.warning(file.path(), message)
            .at(place(file, "/n_samples_issued"));
    }
}

/// Reports metrics of a target that a file lacks, or that are no numbers there.
pub(in crate::rules) fn metrics(scores: &Scores<'_>, target: &Target<'_>, out: &mut Out<'_>) {
    let names = || {
        scores
            .entries
            .iter()
            .flat_map(|entry| entry.metrics.iter().map(|(name, ..)| *name))
    };
    // A metric counts by its first spelling that ignores case.
    let has = |wanted: &str| names().any(|name| name.to_lowercase() == wanted);
    let missing: Vec<&str> = target
        .metrics
        .iter()
        .copied()
        .filter(|wanted| !has(wanted))
        .collect();
    if missing.is_empty() {
        return;
    }
    let path = scores.file.path();
    let mut absent = Vec::new();
    for wanted in missing {
        if let Some((pointer, value)) = stored(scores, wanted) {
            out.warning(
                path,
                format!("{wanted} is {}, no number, so it was not judged", value.name()),
            )
            .at(place(scores.file, &pointer));
        } else {
            absent.push(wanted);
        }
    }
    if absent.is_empty() {
        return;
    }
    let there: Vec<&str> = names().collect();
    let meant = absent
        .iter()
        .map(|wanted| {
            let unknown = there
                .iter()
                .copied()
                .filter(|name| !target.metrics.contains(name));
            did_you_mean(wanted, unknown).replace("did you mean", "is it spelt")
        })
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let has = if there.is_empty() {
        "no metrics".to_owned()
    } else {
        listed(&there)
    };
    out.warning(
        path,
        format!(
            "{} {} a target but {} not in the file, which has {has}{meant}",
            super::view::listed(&absent),
            if absent.len() == 1 { "has" } else { "have" },
            if absent.len() == 1 { "is" } else { "are" },
        ),
    )
    .at(place(scores.file, ""));
}

/// A metric that stands in a file, in whatever type: its pointer and value.
fn stored<'s>(scores: &Scores<'s>, wanted: &str) -> Option<(String, &'s Value)> {
    scores.entries.iter().find_map(|entry| {
        ["/score", ""].iter().find_map(|below| {
            let above = format!("{}{below}", entry.pointer);
            let Value::Map(map) = &at(scores.file, &above)?.value else {
                return None;
            };
            let named = map.entries().iter().find_map(|entry| match &entry.key.value {
                Value::Str(name) if name.to_lowercase() == wanted => Some((name, &entry.value.value)),
                _ => None,
            });
            named.map(|(name, value)| (format!("{above}/{}", super::view::escaped(name)), value))
        })
    })
}

/// Whether samples were given in a way that can be counted. An infinite number is the file's own error.
pub(in crate::rules) fn is_counted(num_samples: Option<&Value>) -> bool {
    num_samples.is_some_and(|value| !matches!(python_int(value), Err(Conversion::NotConvertible)))
}

/// Reports entries whose samples were not counted, once a file.
pub(in crate::rules) fn samples(file: File<'_>, uncounted: &[(&str, String)], out: &mut Out<'_>) {
    let Some((_, pointer)) = uncounted.first() else {
        return;
    };
    let names: Vec<&str> = uncounted.iter().map(|(name, _)| *name).collect();
    let gives = if names.len() == 1 { "gives" } else { "give" };
    let message = format!(
        "{} {gives} no `num_samples` that can be counted, so the samples were not judged",
        listed(&names)
    );
    let pointer = format!("{pointer}/num_samples");
    out.warning(file.path(), message).at(place(file, &pointer));
}

impl<'s> View<'s> {
    /// The curve of a directory.
    pub(in crate::rules) fn curve(&self, path: &str) -> Option<&Curve<'s>> {
        self.curves.iter().find(|curve| curve.path == path)
    }
}
