//! Checks a submission that never touches a disk, and prints the report as `runbench check` does; as JSON when asked by
//! any argument.

#![expect(clippy::print_stdout, reason = "an example's result is what it prints")]
#![expect(
    clippy::disallowed_methods,
    reason = "an example is a program, not a part of core"
)]

mod submission;

use runbench_core::check::check;
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::ruleset::{RuleSet, RuleSetError};

fn main() -> Result<(), RuleSetError> {
    let ruleset = RuleSet::embedded("v0.1")?;
    let report = check(&submission::submission(), "acme", &ruleset);
    let as_json = std::env::args_os().len() > 1;
    print!(
        "{}",
        if as_json {
            to_json(&report)
        } else {
            to_text(&report, Style::default())
        }
    );
    Ok(())
}
