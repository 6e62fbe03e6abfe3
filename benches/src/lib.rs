//! Inputs shared by the benches: made, not stored, and the same on every run.

pub mod archive;
pub mod canned_server;
pub mod load_client;
pub mod side_by_side;
pub mod submission;
#[path = "../../proptests/src/texts.rs"]
pub mod texts;
pub mod tokens;
pub mod trace_errors;

use std::fmt::Write as _;

pub use runbench::token_bench::changed_copies;

/// English prose with some tables and code: this project's own pages.
pub const PROSE: &str = concat!(
    include_str!("../../README.md"),
    include_str!("../../ARCHITECTURE.md"),
    include_str!("../../CONTRIBUTING.md"),
    include_str!("../../docs/event-log.md"),
    include_str!("../../docs/rules.md"),
);

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
