//! `duplicate-key`.

use super::walk::values;
use super::{Documents, OWN};
use crate::diag::Severity;
use crate::parse::Value;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "duplicate-key",
    severity: Severity::Warning,
    title: "no object gives a key twice",
    what: "A key may stand once in a mapping. The reference takes the last one silently.",
    why: "Two values under one name let a person read one and the checker another.",
    fix: "keep the value that is meant",
    ..OWN
};

pub(in crate::rules) fn check(documents: &Documents<'_>, out: &mut Out<'_>) {
    documents(&mut |document| {
        values(document.root(), &mut |pointer, node| {
            let Value::Map(map) = &node.value else { return };
            for span in map.duplicates() {
                out.warning(
                    document.path(),
                    "this key was given before in the same object; the last one counts",
                )
                .at(document.place_of_span(pointer, *span));
            }
        });
    });
}
