//! Inputs shared by the benches: made, not stored, and the same on every run.

pub mod archive;
pub mod submission;

use std::fmt::Write as _;

/// A mapping of `entries` numbered fields as JSON text, each with an integer, a float, a text and a list.
pub fn json_document(entries: usize) -> String {
    let mut text = "{".to_owned();
    for entry in 0..entries {
        let comma = if entry == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}\n  \"field_{entry}\": {{\"count\": {entry}, \"ratio\": {entry}.25e-1, \
             \"name\": \"point \\u00e9 {entry}\", \"list\": [true, null, -1]}}"
        );
    }
    text.push_str("\n}\n");
    text
}

/// The same fields as [`json_document`]'s, as block-style YAML.
pub fn yaml_document(entries: usize) -> String {
    let mut text = String::new();
    for entry in 0..entries {
        let _ = write!(
            text,
            "field_{entry}:\n  count: {entry}\n  ratio: {entry}.25e-1\n  name: point é {entry}\n  list:\n    - yes\n    - ~\n    - -1\n"
        );
    }
    text
}
