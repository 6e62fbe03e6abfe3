//! Oracle cases: submissions and what the reference checker said of them.
//!
//! The project holds its copies in `proptests/corpus/`, packed: what many cases share is stored once (see [`pack`]). When `RUNBENCH_CORPUS` names a folder, the cases are read from there instead, one file a case, in the
//! layout of its `submissions/README.md`.

mod pack;

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

pub use pack::pack;

/// One submission and the reference's answer.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// The path that the checker was given, relative to the folder that the case is unpacked into.
    pub check: String,
    /// Path to content; see [`Case::unpack`].
    pub files: BTreeMap<String, Value>,
    /// `check PATH`.
    pub exit_code: u64,
    /// `check PATH --strict`.
    pub strict_exit_code: u64,
    /// `(severity, rule, path, spec_ref, key)`, sorted; `None` where the reference crashed.
    pub results: Option<Vec<Vec<Value>>>,
}

/// What can go wrong with the corpus itself.
pub type CorpusError = Box<dyn std::error::Error>;

impl Case {
    /// Reads a case in the corpus's own layout.
    fn from_json(case: &Value) -> Option<Self> {
        let expected = case.get("expected")?;
        let result = |result: &Value| result.as_array().cloned();
        Some(Self {
            id: case.get("id")?.as_str()?.to_owned(),
            check: case.get("check")?.as_str()?.to_owned(),
            files: case
                .get("files")?
                .as_object()?
                .iter()
                .map(|(path, content)| (path.clone(), content.clone()))
                .collect(),
            exit_code: expected.get("exit_code")?.as_u64()?,
            strict_exit_code: expected.get("strict_exit_code")?.as_u64()?,
            results: match expected.get("results")? {
                Value::Null => None,
                results => Some(results.as_array()?.iter().map(result).collect::<Option<_>>()?),
            },
        })
    }

    /// Writes the case's files below a folder and returns the path to check.
    pub fn unpack(&self, folder: &Path) -> io::Result<PathBuf> {
        for (path, content) in &self.files {
            let target = folder.join(path);
            if path.ends_with('/') {
                fs::create_dir_all(&target)?;
                continue;
            }
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            match content {
                Value::String(text) => fs::write(&target, text)?,
                other => match (other.get("base64"), other.get("symlink")) {
                    (Some(Value::String(text)), _) => fs::write(&target, base64(text))?,
                    (_, Some(Value::String(link))) => symlink(link, &target)?,
                    _ => {
                        return Err(io::Error::other(format!(
                            "{}: unknown content of `{path}`",
                            self.id
                        )));
                    }
                },
            }
        }
        Ok(folder.join(&self.check))
    }
}

/// The cases of a ruleset.
pub fn cases(ruleset: &str) -> Result<Vec<Case>, CorpusError> {
    match env::var_os("RUNBENCH_CORPUS") {
        Some(folder) => from_folder(&PathBuf::from(folder).join("submissions"), ruleset),
        None => pack::unpack(&fs::read_to_string(packed_file(ruleset))?),
    }
}

/// Where the project's copy of a ruleset's cases lies.
pub fn packed_file(ruleset: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/submissions-{ruleset}.json"))
}

/// Reads the files of a corpus folder.
fn from_folder(folder: &Path, ruleset: &str) -> Result<Vec<Case>, CorpusError> {
    raw_cases(folder, ruleset)?
        .iter()
        .map(|case| Case::from_json(case).ok_or_else(|| malformed(case)))
        .collect()
}

fn raw_cases(folder: &Path, ruleset: &str) -> Result<Vec<Value>, CorpusError> {
    let prefix = format!("{ruleset}-");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
    });
    paths.sort();
    paths
        .iter()
        .map(|path| Ok(serde_json::from_str(&fs::read_to_string(path)?)?))
        .collect()
}

fn malformed(case: &Value) -> CorpusError {
    format!("not a case: {}", case.get("id").unwrap_or(&Value::Null)).into()
}

/// Bytes of a base64 text; characters outside the alphabet are skipped.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for digit in text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|known| *known == byte))
    {
        bits = (bits << 6) | u32::try_from(digit).unwrap_or(0);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap_or(0));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        assert_eq!(base64("aGVsbG8="), b"hello");
        assert_eq!(base64("//79"), [0xff, 0xfe, 0xfd]);
    }
}
