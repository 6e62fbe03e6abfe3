//! `nonfinite-number`.

use super::walk::{MOST_PER_FILE, values};
use super::{Documents, OWN};
use crate::parse::{Value, parse_python_float};
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "nonfinite-number",
    title: "every number is finite",
    what: "No value of a file that the checker reads may be NaN or infinite, be it written as `NaN`, `Infinity`, `.nan`, \
           `.inf`, as a number too large for 64 bits, or as text (`\"NaN\"`, `\"inf\"`) in a field that is read as a number. \
           One at which an official error stands is left to that.",
    why: "Comparisons with NaN are false, so the reference lets a NaN pass: a duration, a rate or an accuracy that is NaN \
          fails no check there.",
    fix: "find out where the measurement broke; a figure that could not be computed must be left out",
    ..OWN
};

/// Longer texts aren't looked at, in bytes.
const LONGEST_NUMBER: usize = 512;

/// Whether a text could be read as a number: told by its first character, which is cheaper than to try.
fn may_be_number(text: &str) -> bool {
    let begins =
        |byte: u8| matches!(byte, b'0'..=b'9' | b'.' | b'n' | b'N' | b'i' | b'I') || !byte.is_ascii_graphic();
    let unsigned = text.trim_start_matches([' ', '+', '-']);
    text.len() <= LONGEST_NUMBER && unsigned.bytes().next().is_some_and(begins)
}

/// Names of fields that are read as numbers; others may hold `NaN` as text.
const NUMERIC: &[&str] = &[
    "total",
    "min",
    "max",
    "avg",
    "median",
    "std_dev",
    "qps",
    "tps",
    "system_tps",
    "tps_per_user",
    "system_tps_per_kw",
    "e2e_avg_interactivity",
    "output_tokens_per_turn_total",
    "e2e_turn_time_seconds_total",
    "tps_utilization",
    "input_token_average",
    "output_token_average",
    "measured_accuracy_score",
    "num_samples",
    "unit_samples",
    "n_repeats",
    "num_repeats",
    "score",
    "value_w",
    "value_kw",
    "value_pj",
    "exact_match",
    "tokens_per_sample",
    "gen_len",
];

/// Whether the value at a pointer is read as a number.
fn is_numeric(pointer: &str) -> bool {
    let (above, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let unit = ["_ns", "_s", "_w", "_kw", "_tbps", "_gbps", "_fraction"];
    NUMERIC.contains(&name)
        || name.starts_with("n_samples_")
        || name.starts_with("rouge")
        || unit.iter().any(|unit| name.ends_with(unit))
        || ["/percentiles", "/score", "/scores"]
            .iter()
            .any(|end| above.ends_with(end))
}

pub(in crate::rules) fn check(documents: &Documents<'_>, out: &mut Out<'_>) {
    documents(&mut |document| {
        let mut count = 0_usize;
        values(document.root(), &mut |trail, node| {
            let (number, text) = match &node.value {
                Value::Float(number) => (*number, None),
                Value::Str(text) if may_be_number(text) => match parse_python_float(text) {
                    Some(number) => (number, Some(text)),
                    None => return,
                },
                _ => return,
            };
            if number.is_finite() {
                return;
            }
            let pointer = trail.pointer();
            if text.is_some() && !is_numeric(&pointer) {
                return;
            }
            if count < MOST_PER_FILE {
                let place = document.place_of_span(&pointer, node.span);
                if out.is_known_error(&place) {
                    return;
                }
                let message = match text {
                    None => format!("`{pointer}` is {number}, not a finite number"),
                    Some(text) => format!("`{pointer}` is the text `{text}`, which is read as {number}"),
                };
                out.error(document.path(), message)
                    .at(place)
                    .measured(number, "finite", "", "");
            }
            count = count.saturating_add(1);
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

#[cfg(test)]
mod tests {
    use super::is_numeric;

    #[test]
    fn text_counts_only_where_a_number_is_read() {
        for pointer in [
            "/a/score/rouge1",
            "/a/score",
            "/ttft/percentiles/90",
            "/duration_ns",
            "/node_sets/0/value_w",
        ] {
            assert!(is_numeric(pointer), "{pointer}");
        }
        for pointer in ["/model_notes", "/node_types/0/hw_notes", "/dataset", "/"] {
            assert!(!is_numeric(pointer), "{pointer}");
        }
    }
}
