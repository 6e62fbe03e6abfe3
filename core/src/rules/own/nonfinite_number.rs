//! `nonfinite-number`.

use super::walk::values;
use super::{Documents, OWN};
use crate::parse::Value;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "nonfinite-number",
    title: "every number is finite",
    what: "No value of a file that the checker reads may be NaN or infinite, be it written as `NaN`, `Infinity`, `.nan`, \
           `.inf` or as a number too large for 64 bits.",
    why: "Comparisons with NaN are false, so the reference lets a NaN pass: a duration, a rate or an accuracy that is NaN \
          fails no check there.",
    fix: "find out where the measurement broke; a figure that could not be computed must be left out",
    ..OWN
};

pub(in crate::rules) fn check(documents: &Documents<'_>, out: &mut Out<'_>) {
    documents(&mut |document| {
        values(document.root(), &mut |pointer, node| {
            let Value::Float(number) = node.value else { return };
            if !number.is_finite() {
                out.error(
                    document.path(),
                    format!("`{pointer}` is {number}, not a finite number"),
                )
                .at(document.place_of_span(pointer, node.span))
                .measured(number, "finite", "", "");
            }
        });
    });
}
