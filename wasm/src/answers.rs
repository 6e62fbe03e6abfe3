//! Core's answers as the JSON text that a host reads. What can't be answered is data too: `{"error": "…"}`.

use runbench_core::check::{Report, check};
use runbench_core::curve::Curve;
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::Tree;
use serde::Serialize;

/// A judged submission, or why there is none.
#[derive(Debug)]
pub struct Checked(Result<Report, String>);

/// Version of the layouts below; grows when a reader must change.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
}

#[derive(Serialize)]
struct Curves<'a> {
    format_version: u32,
    curves: &'a [Curve],
}

impl Checked {
    /// Judges a tree. `name` is the folder's own name: printed paths start with it.
    pub fn new(tree: &dyn Tree, name: &str, ruleset: &str) -> Self {
        Self(match RuleSet::embedded(ruleset) {
            Ok(ruleset) => Ok(check(tree, name, &ruleset)),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Nothing was judged.
    pub fn failed(message: String) -> Self {
        Self(Err(message))
    }

    /// Why there is no report.
    pub fn error(&self) -> Option<&str> {
        self.0.as_ref().err().map(String::as_str)
    }

    /// The report: the same bytes as `runbench check --format json`.
    pub fn json(&self) -> String {
        self.with(to_json)
    }

    /// The report for people: the same as `runbench check`.
    pub fn text(&self) -> String {
        self.with(|report| to_text(report, Style::default()))
    }

    /// The curves: `{"format_version", "curves": [..]}`.
    pub fn curves(&self) -> String {
        self.with(|report| {
            json(&Curves {
                format_version: FORMAT_VERSION,
                curves: &report.curves,
            })
        })
    }

    fn with(&self, answer: impl FnOnce(&Report) -> String) -> String {
        match &self.0 {
            Ok(report) => answer(report),
            Err(error) => json(&Failure { error }),
        }
    }
}

/// Compact JSON. Keys are text and numbers finite, so nothing can fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}
