//! Rulesets: the numbers that rules judge by, as immutable, named and content-hashed data.

mod check;
mod own;
mod recognise;
mod shared;
mod v0_1;
mod v1_5;
mod values;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use own::{IdenticalFigures, OwnParameters};
pub use recognise::{Choice, ChosenBy, recognise};
pub use shared::{AccuracyTarget, Bound, CountRange, MetricTarget, StoredValue, squashed};
pub use v0_1::{PerRegion, RegionParameters, SubmissionV01};
pub use v1_5::{
    AgenticTarget, Cooling, Cores, Drafter, Durations, Offline, Power, PowerOfModel, PowerTolerances,
    RegionParametersV15, SeedSet, SubmissionV15, SwitchPower,
};
pub use values::Values;

/// The RON text of every ruleset that the program carries, by name.
const EMBEDDED: &[(&str, &str)] = &[
    ("v0.1", include_str!("../../configs/rulesets/v0.1.ron")),
    ("v1.5", include_str!("../../configs/rulesets/v1.5.ron")),
];

/// The only layout of ruleset files that this program reads.
const FORMAT_VERSION: u32 = 1;

/// A dated collection of rules' parameters.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// Its name, such as `v0.1`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The program whose verdict its official verdict equals.
    pub reference: String,
    /// The numbers.
    pub parameters: Parameters,
    /// What our own rules judge by; no part of the file, nor of its hash.
    pub own: OwnParameters,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// Whether it is a user's own: not one that the program carries. Its verdict is nobody's official one.
    pub custom: bool,
}

/// Parameters by family and version.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Parameters {
    /// Submission folders as of v0.1.
    SubmissionV01(SubmissionV01),
    /// Submission folders as of v1.5.
    SubmissionV15(Box<SubmissionV15>),
}

/// Why a ruleset could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// No embedded ruleset has this name.
    #[error("no ruleset is named `{name}`; known: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// The text is not a ruleset.
    #[error("line {line}, column {column}: {message}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// Well formed, but with a number that no rule can judge by.
    #[error("`{field}` {message}")]
    Unusable {
        /// Which field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
}

/// The part of a file that is read first: what else there is depends on it.
#[derive(Deserialize)]
#[serde(rename = "RuleSet")]
struct Head {
    format_version: u32,
}

/// The file's shape; [`RuleSet`] adds the hash.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "RuleSet")]
struct RuleSetFile {
    format_version: u32,
    name: String,
    title: String,
    reference: String,
    parameters: Parameters,
}

impl RuleSet {
    /// Names of the rulesets that the program carries, oldest first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// A ruleset that the program carries.
    pub fn embedded(name: &str) -> Result<Self, RuleSetError> {
        let Some((_, text)) = EMBEDDED.iter().find(|(known, _)| *known == name) else {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            return Err(RuleSetError::Unknown {
                name: name.to_owned(),
                known,
            });
        };
        Self::from_ron(text)
    }

    /// Reads a ruleset from RON text. Errors name line and column.
    pub fn from_ron(text: &str) -> Result<Self, RuleSetError> {
        let options = ron::Options::default();
        // The version comes first: a file of another version has fields that this program does not know.
        if let Ok(Head { format_version }) = options.from_str(text) {
            check_version(format_version)?;
        }
        let file: RuleSetFile = options.from_str(text).map_err(|error| RuleSetError::Malformed {
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })?;
        check_version(file.format_version)?;
        file.parameters.check()?;
        if file.name.trim().is_empty() {
            return Err(RuleSetError::Unusable {
                field: "name".to_owned(),
                message: "is empty; reports are told apart by it".to_owned(),
            });
        }
        let RuleSetFile {
            name,
            title,
            reference,
            parameters,
            ..
        } = file;
        Ok(Self {
            name,
            title,
            reference,
            parameters,
            own: OwnParameters::embedded()?,
            sha256: hex(&Sha256::digest(text.as_bytes())),
            custom: EMBEDDED.iter().all(|(_, known)| *known != text),
        })
    }
}

fn check_version(format_version: u32) -> Result<(), RuleSetError> {
    if format_version == FORMAT_VERSION {
        return Ok(());
    }
    Err(RuleSetError::Unusable {
        field: "format_version".to_owned(),
        message: format!("is {format_version}; this program reads {FORMAT_VERSION}"),
    })
}

impl Parameters {
    /// The version whose rules judge by them.
    pub fn version(&self) -> &'static str {
        match self {
            Self::SubmissionV01(_) => "v0.1",
            Self::SubmissionV15(_) => "v1.5",
        }
    }

    fn check(&self) -> Result<(), RuleSetError> {
        match self {
            Self::SubmissionV01(parameters) => parameters.numbers(),
            Self::SubmissionV15(parameters) => parameters.numbers(),
        }
        .check()
    }
}

/// Lower-case hex of some bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_ruleset_loads_under_its_own_name() {
        for name in RuleSet::names() {
            let ruleset = RuleSet::embedded(name).unwrap();
            assert_eq!(ruleset.name, name);
            assert_eq!(ruleset.sha256.len(), 64);
        }
    }

    #[test]
    fn unknown_name_lists_what_exists() {
        let error = RuleSet::embedded("v9").unwrap_err().to_string();
        assert!(error.contains("v9") && error.contains("v0.1"), "{error}");
    }

    #[test]
    fn malformed_text_names_line_and_column() {
        let text = EMBEDDED[0].1.replacen("margin: 1.1", "margin: oops", 1);
        let RuleSetError::Malformed { line, column, .. } = RuleSet::from_ron(&text).unwrap_err() else {
            panic!()
        };
        let written = text.lines().nth(line - 1).unwrap();
        assert!(
            written[..column].contains("margin"),
            "line {line}, column {column}: {written}"
        );
    }

    #[test]
    fn unknown_field_is_refused() {
        let text = EMBEDDED[0]
            .1
            .replacen("margin: 1.1", "margin: 1.1, marign: 2.0", 1);
        assert!(
            RuleSet::from_ron(&text)
                .unwrap_err()
                .to_string()
                .contains("marign")
        );
    }

    #[test]
    fn values_that_no_rule_can_judge_by_are_refused() {
        for (at, good, bad) in [
            (0, "margin: 1.1", "margin: NaN"),
            (0, "margin: 1.1", "margin: 0.5"),
            (0, "floor: 1e-9", "floor: 0.0"),
            (0, "(min: 7, max: 32)", "(min: 33, max: 32)"),
            (0, "low_latency_end: 32", "low_latency_end: 0"),
            (0, "[\"llama3\", \"405b\"]", "[\"Llama3\", \"405b\"]"),
            (0, "[\"llama3\", \"405b\"]", "[]"),
            (0, "name: \"rougel\"", "name: \"rougeL\""),
            (0, "upper: Some((684.68, 1.1))", "upper: Some((684.68, 0.5))"),
            (0, "name: \"v0.1\"", "name: \" \""),
            (1, "osl_tokens: (425.0, 520.0)", "osl_tokens: (520.0, 425.0)"),
            (1, "\"2026-11-C0\"", "\"2026-11\""),
            (1, "(\"gb300\", 1400.0)", "(\"GB-300\", 1400.0)"),
        ] {
            assert!(EMBEDDED[at].1.contains(good), "{good}");
            let text = EMBEDDED[at].1.replacen(good, bad, 1);
            assert!(
                matches!(RuleSet::from_ron(&text), Err(RuleSetError::Unusable { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_file_of_another_version_is_refused_for_that_whatever_else_it_holds() {
        let text = EMBEDDED[0]
            .1
            .replacen("format_version: 1", "format_version: 2, novelty: [Some(1)]", 1);
        let error = RuleSet::from_ron(&text).unwrap_err().to_string();
        assert!(error.contains("format_version") && error.contains('2'), "{error}");
    }

    #[test]
    fn a_file_that_differs_from_the_program_s_is_custom() {
        let changed = EMBEDDED[0].1.replacen("max: 32", "max: 64", 1);
        assert!(RuleSet::from_ron(&changed).unwrap().custom);
        assert!(!RuleSet::from_ron(EMBEDDED[0].1).unwrap().custom);
    }

    #[test]
    fn a_target_matches_by_fragments_of_the_squashed_name() {
        let Parameters::SubmissionV01(parameters) = RuleSet::embedded("v0.1").unwrap().parameters else {
            panic!()
        };
        let first = |model: &str| {
            parameters
                .accuracy
                .iter()
                .find(|target| target.matches(model))
                .map(|t| t.min_samples)
        };
        assert_eq!(first("Llama-3_1-8B-Instruct"), Some(13368));
        assert_eq!(first("LLAMA 3.1 405b"), Some(8313));
        assert_eq!(first("gpt-oss-120b"), None);
    }
}
