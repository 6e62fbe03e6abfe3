//! The oracle of token counts: the pinned `tokenizers` crate on one `tokenizer.json`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use runbench_core::record::TokenizerRecord;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use tokenizers::Tokenizer;

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
    tokenizer: Tokenizer,
    sha256: [u8; 32],
}

/// Counts as the pinned crate does, text by text.
struct OracleWorker<'m>(&'m Tokenizer);

/// The one field that decides whether counts can be repeated.
#[derive(Deserialize)]
struct File {
    model: Option<Model>,
}

#[derive(Deserialize)]
struct Model {
    dropout: Option<f64>,
}

impl TokenModel {
    /// Loads a tokenizer. Truncation and padding, which would change counts, are turned off.
    pub fn load(source: &TokenizerSource) -> Result<Self, TokenizerError> {
        match source {
            TokenizerSource::Embedded(bytes) => Self::parse("embedded in the program", bytes),
            TokenizerSource::File(path) => {
                let bytes = std::fs::read(path).map_err(|source| TokenizerError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                Self::parse(&path.display().to_string(), &bytes)
            }
        }
    }

    fn parse(name: &str, bytes: &[u8]) -> Result<Self, TokenizerError> {
        let name = || name.to_owned();
        let not_tokenizer = |message: String| TokenizerError::NotTokenizer {
            name: name(),
            message: one_line(&message),
        };
        if let Err(error) = serde_json::from_slice::<IgnoredAny>(bytes) {
            return Err(TokenizerError::NotJson {
                name: name(),
                message: error.to_string(),
            });
        }
        let dropout = serde_json::from_slice::<File>(bytes)
            .ok()
            .and_then(|file| file.model?.dropout);
        if let Some(dropout) = dropout.filter(|dropout| *dropout != 0.0) {
            return Err(TokenizerError::Random {
                name: name(),
                dropout,
            });
        }
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| not_tokenizer(error.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| not_tokenizer(error.to_string()))?;
        Ok(Self {
            tokenizer,
            sha256: Sha256::digest(bytes).into(),
        })
    }

    /// A counter for one thread, the fastest one that is exact for this tokenizer.
    pub fn worker(&self) -> Box<dyn CountTokens + '_> {
        self.oracle_worker()
    }

    /// A counter for one thread that asks the pinned crate for every text.
    pub fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(OracleWorker(&self.tokenizer))
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

impl CountTokens for OracleWorker<'_> {
    fn count(&mut self, text: &str, add_special_tokens: bool) -> Option<u64> {
        // A text of the server's must not end the run, whatever it does to somebody else's code.
        let encoding = catch_unwind(AssertUnwindSafe(|| self.0.encode_fast(text, add_special_tokens)));
        u64::try_from(encoding.ok()?.ok()?.len()).ok()
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
