//! Rulesets: the numbers that rules judge by, as immutable, named and content-hashed data.

mod check;
mod own;
mod shared;
mod v0_1;
mod v1_5;

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use own::{IdenticalFigures, OwnParameters};
pub use shared::{AccuracyTarget, Bound, CountRange, MetricTarget, StoredValue, squashed};
pub use v0_1::{PerRegion, RegionParameters, SubmissionV01};
pub use v1_5::{
    AgenticTarget, Cooling, Cores, Drafter, Durations, Offline, Power, PowerOfModel, PowerTolerances,
    RegionParametersV15, SeedSet, SubmissionV15, SwitchPower,
};

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
}

/// Parameters by family and version.
#[derive(Clone, Debug, Deserialize)]
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
        let file: RuleSetFile = options.from_str(text).map_err(|error| RuleSetError::Malformed {
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })?;
        file.parameters.check()?;
        if file.format_version != FORMAT_VERSION {
            let message = format!("is {}; this program reads {FORMAT_VERSION}", file.format_version);
            return Err(RuleSetError::Unusable {
                field: "format_version".to_owned(),
                message,
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
        })
    }
}

impl Parameters {
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
    fn numbers_that_no_rule_can_judge_by_are_refused() {
        for (good, bad) in [
            ("margin: 1.1", "margin: NaN"),
            ("margin: 1.1", "margin: 0.5"),
            ("floor: 1e-9", "floor: 0.0"),
        ] {
            let text = EMBEDDED[0].1.replacen(good, bad, 1);
            assert!(
                matches!(RuleSet::from_ron(&text), Err(RuleSetError::Unusable { .. })),
                "{bad}"
            );
        }
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
