//! Columns that stand for others: the reference's `parser`.

use std::collections::BTreeMap;

use super::RowError;
use super::row::Cells;

/// Columns that may be named as targets: all that are read.
const TARGETS: [&str; 14] = [
    "prompt",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "name",
    "n",
    "stop",
    "logit_bias",
    "user",
    "chat_template",
    "token_ids",
    "input_tokens",
    "ground_truth",
];

/// Why a renaming can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// Not `target=source`.
    #[error("`{0}` renames nothing; write `TARGET=SOURCE`, such as `prompt=text_input`")]
    NoEquals(String),
    /// A column that is never read.
    #[error("`{0}` is no column that is read; those are {list}", list = TARGETS.join(", "))]
    UnknownTarget(String),
    /// A target given twice.
    #[error("`{0}` is given two sources")]
    Twice(String),
}

/// Target columns and where their values come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(BTreeMap<String, String>);

impl Columns {
    /// Reads renamings of the form `target=source`.
    pub fn parse<'a>(renamings: impl IntoIterator<Item = &'a str>) -> Result<Self, ColumnsError> {
        let mut columns = BTreeMap::new();
        for renaming in renamings {
            let (target, source) = renaming
                .split_once('=')
                .ok_or_else(|| ColumnsError::NoEquals(renaming.to_owned()))?;
            let (target, source) = (target.trim(), source.trim());
            if !TARGETS.contains(&target) {
                return Err(ColumnsError::UnknownTarget(target.to_owned()));
            }
            if columns.insert(target.to_owned(), source.to_owned()).is_some() {
                return Err(ColumnsError::Twice(target.to_owned()));
            }
        }
        Ok(Self(columns))
    }

    /// Targets and sources.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(target, source)| (target.as_str(), source.as_str()))
    }

    /// The cells under the names of their targets.
    pub(super) fn rename(&self, mut cells: Cells) -> Result<Cells, RowError> {
        let mut renamed = Vec::new();
        for (target, source) in &self.0 {
            let Some(value) = cells.0.get(source).cloned() else {
                return Err(RowError::NoColumn {
                    source_column: source.clone(),
                    columns: cells.names(),
                });
            };
            if target != source && cells.0.contains_key(target) {
                return Err(RowError::Taken {
                    target: target.clone(),
                    source_column: source.clone(),
                });
            }
            renamed.push((target.clone(), value));
        }
        // After all are read: two targets may have one source.
        for source in self.0.values() {
            cells.0.remove(source);
        }
        cells.0.extend(renamed);
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, ColumnsError};

    #[test]
    fn reads_renamings() {
        let columns = Columns::parse(["prompt=text_input", "system = intro"]).unwrap();
        let entries: Vec<(&str, &str)> = columns.entries().collect();
        assert_eq!(entries, [("prompt", "text_input"), ("system", "intro")]);
        assert_eq!(
            Columns::parse(["prompt:x"]),
            Err(ColumnsError::NoEquals("prompt:x".to_owned()))
        );
        assert_eq!(
            Columns::parse(["promt=x"]),
            Err(ColumnsError::UnknownTarget("promt".to_owned()))
        );
        assert!(Columns::parse(["prompt=a", "prompt=b"]).is_err());
    }
}
