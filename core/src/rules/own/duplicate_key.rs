//! `duplicate-key`.

use super::walk::{MOST_PER_FILE, values};
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
        let mut count = 0_usize;
        values(document.root(), &mut |trail, node| {
            let Value::Map(map) = &node.value else { return };
            for span in map.duplicates() {
                count = count.saturating_add(1);
                if count <= MOST_PER_FILE {
                    out.warning(
                        document.path(),
                        "this key was given before in the same object; the last one counts",
                    )
                    .at(document.place_of_span(&trail.pointer(), *span));
                }
            }
        });
        if let Some(more) = count.checked_sub(MOST_PER_FILE).filter(|more| *more > 0) {
            out.warning(document.path(), format!("{more} more keys were given before"));
        }
    });
}
