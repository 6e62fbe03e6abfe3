//! `duplicate-result`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::OWN;
use super::view::{Curve, File, Point, View, place, text};
use super::walk::values;
use crate::parse::Value;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "duplicate-result",
    title: "no two points have the same result",
    what: "No two points of a submission, of one curve or of two, may have summaries that hold the same values throughout, \
           or that name the same run (`run_id`). Points that `duplicate-point` reports are left to it.",
    why: "Two runs never agree in every count and every nanosecond. A copy lets one measurement pass as two.",
    fix: "put the point's own result in place, or remove the point",
    ..OWN
};

/// What tells a result: a hash of all its values, or the id of its run.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mark<'s> {
    Values([u8; 32]),
    Run(&'s str),
}

type Seen<'v, 's> = (&'v Curve<'s>, &'v Point<'s>, File<'s>);

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    let mut marks: BTreeMap<Mark<'_>, Seen<'_, '_>> = BTreeMap::new();
    for (curve, point, file) in view.measured() {
        let run = text(file, "/run_id").filter(|id| !id.trim().is_empty());
        let known =
            std::iter::once((Mark::Values(hash(file)), "")).chain(run.map(|id| (Mark::Run(id), "/run_id")));
        let mut reported = false;
        for (mark, pointer) in known {
            let by_run = matches!(mark, Mark::Run(_));
            let Some((first_curve, first, first_file)) = marks.get(&mark) else {
                marks.insert(mark, (curve, point, file));
                continue;
            };
            if reported || is_same_point((first_curve, first, *first_file), (curve, point, file)) {
                continue;
            }
            reported = true;
            let what = if by_run {
                "names the same run as"
            } else {
                "holds the same values as"
            };
            out.error(
                file.path(),
                format!("the result of `{}` {what} `{}`", point.label, first_file.path()),
            )
            .at(place(file, pointer));
        }
    }
}

/// Whether two points are one file, or declare one concurrency, which is another rule's finding.
pub(super) fn is_same_point(one: Seen<'_, '_>, other: Seen<'_, '_>) -> bool {
    let same_curve = one.0.path == other.0.path;
    let both_online = !one.1.dedicated && !other.1.dedicated;
    one.2.path() == other.2.path() || (same_curve && both_online && one.1.concurrency == other.1.concurrency)
}

/// A hash of every value of a file with its way there; spelling and blanks don't matter.
fn hash(file: File<'_>) -> [u8; 32] {
    let mut text = String::new();
    values(file.root(), &mut |trail, node| {
        if matches!(node.value, Value::List(_) | Value::Map(_) | Value::Set(_)) {
            return;
        }
        trail.write(&mut text);
        // Writing to a `String` can't fail.
        let _ = match &node.value {
            Value::Int(integer) => writeln!(text, " {integer}"),
            Value::Float(float) => writeln!(text, " {float}"),
            Value::Str(words) | Value::LoneSurrogate(words) => writeln!(text, " {words:?}"),
            Value::Bool(flag) => writeln!(text, " {flag}"),
            Value::Bytes(bytes) => writeln!(text, " {bytes:?}"),
            Value::Other(name) => writeln!(text, " {name}"),
            _ => writeln!(text, " null"),
        };
    });
    Sha256::digest(text).into()
}
