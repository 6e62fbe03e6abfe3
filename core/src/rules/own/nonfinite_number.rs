//! `nonfinite-number`.

use super::walk::{MOST_PER_FILE, values};
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
        let mut count = 0_usize;
        values(document.root(), &mut |trail, node| {
            let Value::Float(number) = node.value else { return };
            if number.is_finite() {
                return;
            }
            count = count.saturating_add(1);
            if count <= MOST_PER_FILE {
                let pointer = trail.pointer();
                out.error(
                    document.path(),
                    format!("`{pointer}` is {number}, not a finite number"),
                )
                .at(document.place_of_span(&pointer, node.span))
                .measured(number, "finite", "", "");
            }
        });
        // Of a long file also numbers that no rule looks at.
        for span in &document.unkept().nonfinite {
            if count < MOST_PER_FILE {
                out.error(document.path(), "a number that is not finite stands here")
                    .at(document.place_of_span("", *span));
            }
            count = count.saturating_add(1);
        }
        let known = document.unkept().nonfinite.len();
        count = count.saturating_add(document.unkept().nonfinite_count.saturating_sub(known));
        if let Some(more) = count.checked_sub(MOST_PER_FILE).filter(|more| *more > 0) {
            out.error(document.path(), format!("{more} more numbers aren't finite"));
        }
    });
}
