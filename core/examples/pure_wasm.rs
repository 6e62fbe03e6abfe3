//! Core as a wasm module that needs nothing from its host. `cargo xtask test` builds it for wasm32, asserts that it
//! imports nothing, runs its one export in Node, and compares the report with that of the native `check_in_memory`.

mod submission;

use runbench_core::check::check as judge;
use runbench_core::diag::to_json;
use runbench_core::ruleset::RuleSet;

/// Judges the examples' submission and gives back its JSON report: the address of text that ends with a zero byte.
#[unsafe(no_mangle)]
pub extern "C" fn check() -> *const u8 {
    let report =
        RuleSet::embedded("v0.1").map(|ruleset| to_json(&judge(&submission::submission(), "acme", &ruleset)));
    let mut text = report.unwrap_or_else(|error| error.to_string());
    text.push('\0');
    // Kept for ever: the module is used once, and its host reads the text after this function has returned.
    text.leak().as_ptr()
}
