//! `duplicate-point`.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::OWN;
use crate::diag::Place;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "duplicate-point",
    title: "no two points declare the same concurrency",
    what: "Every valid point file of a curve must declare a concurrency of its own (a dedicated Offline point aside). The \
           reference counts each of two files with the same one for `point-count`.",
    why: "Copies of a point would let a curve of one measurement pass as one of seven.",
    fix: "keep one point per concurrency",
    ..OWN
};

/// Looks at valid points: the file of each, its concurrency, and what finds where that stands.
pub(in crate::rules) fn check<'p, P: FnOnce() -> Place>(
    points: impl Iterator<Item = (&'p str, &'p BigInt, P)>,
    out: &mut Out<'_>,
) {
    let mut seen: BTreeMap<&BigInt, &str> = BTreeMap::new();
    for (path, concurrency, place) in points {
        if let Some(first) = seen.get(concurrency) {
            out.error(
                path,
                format!("declares concurrency {concurrency}, as `{first}` does"),
            )
            .at(place());
        } else {
            seen.insert(concurrency, path);
        }
    }
}
