//! A loaded tokenizer: which way its texts are counted, and the workers that do it.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use runbench_core::record::TokenizerRecord;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use tokenizers::Tokenizer;

use super::engine::FastWorker;
use super::file::File;
use super::oracle::{self, OracleWorker};
use super::recognise::{Pipeline, recognise};
use super::{CountTokens, TokenizerSource};

/// Crate and version that counts; the workspace pins it, because counts differ between versions.
pub const COUNTER: &str = "tokenizers 0.23.2";

/// Why a tokenizer can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file can't be read.
    #[error("the tokenizer {} can't be read: {source}", path.display())]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not JSON at all.
    #[error("the tokenizer {name} isn't JSON: {message}; give the model's tokenizer.json")]
    NotJson {
        /// The file, or what stands for it.
        name: String,
        /// Where it stops being JSON.
        message: String,
    },
    /// JSON, but no tokenizer that the crate knows.
    #[error("{name} isn't a tokenizer that {COUNTER} can load: {message}; give the model's tokenizer.json")]
    NotTokenizer {
        /// The file, or what stands for it.
        name: String,
        /// What the crate says.
        message: String,
    },
    /// Merges are skipped at random, so that counts differ from one time to the next.
    #[error("the tokenizer {name} has a dropout of {dropout}, so its counts are random; set it to null")]
    Random {
        /// The file, or what stands for it.
        name: String,
        /// The model's `dropout`.
        dropout: f64,
    },
}

/// A loaded tokenizer, shared by all threads that count.
pub struct TokenModel {
    name: String,
    sha256: [u8; 32],
    /// The pipeline that was recognised, or why none was.
    fast: Result<Box<Pipeline>, String>,
    /// Loading it takes longer than all the rest, and only a check of the fast counter needs it.
    oracle: OnceLock<Result<Tokenizer, String>>,
    /// The file until the oracle has loaded it.
    bytes: Mutex<Vec<u8>>,
}

/// How a tokenizer's texts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method<'m> {
    /// By our own counter, because the file's pipeline is this one.
    Fast(&'m str),
    /// By the pinned crate, for this reason.
    Oracle(&'m str),
}

/// The one field that decides whether counts can be repeated.
#[derive(Deserialize)]
struct Dropout {
    model: Option<DropoutModel>,
}

#[derive(Deserialize)]
struct DropoutModel {
    dropout: Option<f64>,
}

impl TokenModel {
    /// Loads a tokenizer. Truncation and padding, which would change counts, are turned off.
    pub fn load(source: &TokenizerSource) -> Result<Self, TokenizerError> {
        match source {
            TokenizerSource::Embedded(bytes) => Self::parse("embedded in the program", bytes.to_vec()),
            TokenizerSource::File(path) => {
                let bytes = std::fs::read(path).map_err(|source| TokenizerError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                Self::parse(&path.display().to_string(), bytes)
            }
        }
    }

    /// Loads a tokenizer from a file's content; `name` is what messages call it.
    pub fn parse(name: &str, bytes: Vec<u8>) -> Result<Self, TokenizerError> {
        let parsed = serde_json::from_slice::<File<'_>>(&bytes);
        let dropout = if let Ok(file) = &parsed {
            file.model.dropout
        } else {
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&bytes) {
                return Err(TokenizerError::NotJson {
                    name: name.to_owned(),
                    message: error.to_string(),
                });
            }
            let file = serde_json::from_slice::<Dropout>(&bytes).ok();
            file.and_then(|file| file.model?.dropout)
        };
        if let Some(dropout) = dropout.filter(|dropout| *dropout != 0.0) {
            return Err(TokenizerError::Random {
                name: name.to_owned(),
                dropout,
            });
        }
        let fast = match parsed {
            Ok(file) => recognise(file).map(Box::new),
            Err(_) => Err("the model is of another kind".to_owned()),
        };
        let model = Self {
            name: name.to_owned(),
            sha256: Sha256::digest(&bytes).into(),
            fast,
            oracle: OnceLock::new(),
            bytes: Mutex::new(bytes),
        };
        if model.fast.is_err() {
            model.load_oracle()?;
        }
        Ok(model)
    }

    /// Loads the pinned crate's own model now, which a recognised file otherwise gets when it is first asked for.
    pub fn load_oracle(&self) -> Result<(), TokenizerError> {
        match self.oracle() {
            Ok(_) => Ok(()),
            Err(message) => Err(TokenizerError::NotTokenizer {
                name: self.name.clone(),
                message: one_line(message),
            }),
        }
    }

    fn oracle(&self) -> Result<&Tokenizer, &str> {
        let loaded = self.oracle.get_or_init(|| {
            let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            oracle::load(&std::mem::take(&mut *bytes))
        });
        loaded.as_ref().map_err(String::as_str)
    }

    /// A counter for one thread, the fastest one that is exact for this tokenizer.
    pub fn worker(&self) -> Box<dyn CountTokens + '_> {
        match &self.fast {
            Ok(pipeline) => Box::new(FastWorker::new(pipeline)),
            Err(_) => self.oracle_worker(),
        }
    }

    /// A counter for one thread that asks the pinned crate for every text. It counts nothing if the crate refuses the
    /// file; [`TokenModel::load_oracle`] says so.
    pub fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(OracleWorker(self.oracle().ok()))
    }

    /// How [`TokenModel::worker`] counts, and why.
    pub fn method(&self) -> Method<'_> {
        match &self.fast {
            Ok(pipeline) => Method::Fast(pipeline.name),
            Err(reason) => Method::Oracle(reason),
        }
    }

    pub(super) fn pipeline(&self) -> Option<&Pipeline> {
        self.fast.as_deref().ok()
    }

    /// Parts of at most about `bytes` bytes whose counts, without special tokens, add up to the text's: one long text for
    /// several workers. A stretch without safe cuts stays whole, and so does the text of a tokenizer that isn't known.
    pub fn parts<'t>(&self, text: &'t str, bytes: usize) -> Vec<&'t str> {
        match &self.fast {
            Ok(pipeline) => pipeline.parts(text, bytes),
            Err(_) => vec![text],
        }
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// What the log keeps of it.
    pub fn record(&self) -> TokenizerRecord {
        TokenizerRecord {
            sha256: self.sha256,
            counter: COUNTER.to_owned(),
            add_special_tokens: false,
        }
    }
}

/// The first line of a message, and not all of it if it quotes half a file.
fn one_line(message: &str) -> String {
    message
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{TokenModel, TokenizerError};
    use crate::tokens::TokenizerSource;

    /// Words and single letters of `abc`, split at blanks.
    pub(crate) const WORDS: &[u8] = br#"{
        "version": "1.0",
        "truncation": {"direction":"Right","max_length":2,"strategy":"LongestFirst","stride":0},
        "padding": {"strategy":{"Fixed":8},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,
            "pad_type_id":0,"pad_token":"?"},
        "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type":"WhitespaceSplit"},
        "post_processor": null, "decoder": null,
        "model": {"type":"WordLevel","vocab":{"?":0,"one":1,"two":2},"unk_token":"?"}
    }"#;

    #[test]
    fn counts_without_truncation_and_padding() {
        let model = TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap();
        let mut worker = model.worker();
        assert_eq!(worker.count("", false), Some(0));
        assert_eq!(worker.count("one two three", false), Some(3));
        assert_eq!(model.record().counter, "tokenizers 0.23.2");
    }

    #[test]
    fn names_the_version_that_the_lock_file_has() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains("name = \"tokenizers\"\nversion = \"0.23.2\"\n"));
        assert_eq!(lock.matches("name = \"tokenizers\"\n").count(), 1);
    }

    fn check_refusal(content: &[u8], parts: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        std::fs::write(&path, content).unwrap();
        let message = TokenModel::load(&TokenizerSource::File(path))
            .err()
            .unwrap()
            .to_string();
        for part in parts {
            assert!(message.contains(part), "`{message}` lacks `{part}`");
        }
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn refuses_what_is_no_tokenizer() {
        check_refusal(b"<html>", &["tokenizer.json isn't JSON", "line 1 column 1"]);
        check_refusal(b"\xff\xfe", &["isn't JSON"]);
        check_refusal(b"{}", &["isn't a tokenizer"]);
        check_refusal(b"[1, 2]", &["isn't a tokenizer"]);
    }

    #[test]
    fn refuses_random_counts() {
        let file = String::from_utf8(WORDS.to_vec())
            .unwrap()
            .replace("\"unk_token\"", "\"dropout\":0.1,\"unk_token\"");
        check_refusal(file.as_bytes(), &["dropout of 0.1"]);
    }

    #[test]
    fn names_a_missing_file() {
        let missing = TokenizerSource::File("no/such/tokenizer.json".into());
        let error = TokenModel::load(&missing).err().unwrap();
        assert!(matches!(error, TokenizerError::Unreadable { .. }));
        assert!(error.to_string().contains("no/such/tokenizer.json"), "{error}");
    }
}
