//! Core's answers as the JSON text that a host reads. What can't be answered is data too: `{"error": "…"}`.

use num_bigint::BigInt;
use runbench_core::archive::{ArchiveKind, ArchiveTree, ReadAt};
use runbench_core::check::{Report, check};
use runbench_core::curve::{self, Curve, RegionSpan};
use runbench_core::diag::{Style, to_json, to_text};
use runbench_core::rules::{RuleFilter, rules_json};
use runbench_core::ruleset::{Choice, RuleSet, recognise};
use runbench_core::tree::Tree;
use serde::Serialize;

/// A judged submission, or why there is none.
#[derive(Debug)]
pub struct Checked(Result<Report, String>);

/// Takes the ruleset whose layout the submission has, as the command line does when nothing is asked for.
pub const AUTO: &str = "auto";

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
    /// Judges a tree by a ruleset's name or [`AUTO`]. `name` is the folder's own name: printed paths start with it.
    pub fn new(tree: &dyn Tree, name: &str, ruleset: &str) -> Self {
        let (ruleset, choice) = if ruleset == AUTO {
            recognise(tree)
        } else {
            (ruleset, Choice::named())
        };
        Self(match RuleSet::embedded(ruleset) {
            Ok(ruleset) => Ok(Report {
                ruleset_choice: choice,
                ..check(tree, name, &ruleset)
            }),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Judges an archive. Printed paths start with the folder that stands around the submission in it.
    pub fn of_archive(archive: impl ReadAt + 'static, name: &str, ruleset: &str) -> Self {
        let mut start = [0; 512];
        let length = archive.read_at(0, &mut start).unwrap_or(0);
        if start.get(..length).and_then(ArchiveKind::of).is_none() {
            return Self::failed(format!(
                "`{name}` is no zip, tar or tar.gz, or its beginning can't be read"
            ));
        }
        let tree = ArchiveTree::new(Box::new(archive));
        let shown = tree.shown_as(Some(name));
        Self::new(&tree, &shown, ruleset)
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
            Err(error) => failure(error),
        }
    }
}

/// The names of the rulesets, oldest first.
pub fn rulesets() -> Vec<String> {
    RuleSet::names().map(str::to_owned).collect()
}

/// The rules of a ruleset with all texts: the same bytes as `runbench rules list --format json`.
pub fn rules(ruleset: &str) -> String {
    match RuleSet::embedded(ruleset) {
        Ok(ruleset) => rules_json(&ruleset, &RuleFilter::default()),
        Err(error) => failure(&error.to_string()),
    }
}

/// The regions of a declared maximum: `{"format_version", "regions": [..]}`.
pub fn regions(ruleset: &str, c_max: &str, c_min: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Regions {
        format_version: u32,
        regions: Vec<RegionSpan>,
    }
    match spans(ruleset, c_max, c_min) {
        Ok(regions) => json(&Regions {
            format_version: FORMAT_VERSION,
            regions,
        }),
        Err(error) => failure(&error),
    }
}

fn spans(ruleset: &str, c_max: &str, c_min: Option<&str>) -> Result<Vec<RegionSpan>, String> {
    let number = |text: &str| -> Result<BigInt, String> {
        let digits = text.trim();
        // A number of a million digits would take minutes.
        let parsed = (digits.len() <= 400).then(|| digits.parse().ok()).flatten();
        parsed.ok_or_else(|| format!("`{text}` is no whole number"))
    };
    let c_max = number(c_max)?;
    let c_min = c_min.map(number).transpose()?;
    let ruleset = RuleSet::embedded(ruleset).map_err(|error| error.to_string())?;
    curve::region_spans(&ruleset, &c_max, c_min.as_ref()).map_err(|error| error.to_string())
}

fn failure(error: &str) -> String {
    json(&Failure { error })
}

/// Compact JSON. Keys are text and numbers finite, so nothing can fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}
