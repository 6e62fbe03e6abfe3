//! The counters behind one trait, each by the fastest way that it has for one text on one thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use runbench::tokens::{CountTokens, TokenModel, TokenizerSource};
use runbench_benches::side_by_side::Fresh;
use runbench_benches::tokens::path;
use tokenizers_1_0::pipeline::{EncodeOptions, Override, PipelineToken, PipelineTokenizer};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The pinned crate, which all counts are held against.
    Oracle,
    /// Our own counter.
    Runbench,
    /// The rewrite of the pinned crate.
    Tokenizers1,
    /// `fastokens`.
    Fastokens,
}

impl Peer {
    pub(crate) const ALL: [Self; 4] = [Self::Oracle, Self::Runbench, Self::Tokenizers1, Self::Fastokens];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Oracle => "encode_fast",
            Self::Runbench => "runbench",
            Self::Tokenizers1 => "tokenizers 1.0.0-rc.3",
            Self::Fastokens => "fastokens 0.3.5",
        }
    }

    /// Loads a tokenizer from its file. Nothing is shared with one loaded before: both peers keep what they remember
    /// of texts by the loaded tokenizer. Ours is never freed: its worker borrows it.
    pub(crate) fn load(self, kind: &str) -> Fresh<'static> {
        match self {
            Self::Oracle => {
                let bytes = read(kind)?;
                let mut tokenizer =
                    tokenizers_0_23::Tokenizer::from_bytes(bytes).map_err(|error| one_line(&*error))?;
                tokenizer.with_padding(None);
                tokenizer
                    .with_truncation(None)
                    .map_err(|error| one_line(&*error))?;
                Ok(Box::new(Oracle(tokenizer)))
            }
            Self::Runbench => {
                let model: &'static TokenModel = Box::leak(Box::new(runbench_model(kind)?));
                Ok(model.worker())
            }
            Self::Tokenizers1 => {
                // What older versions wrote must first be put into the form that this one reads.
                let file = tokenizers_1_0::canonicalize_file(path(kind)).map_err(|error| one_line(&error))?;
                let tokenizer = tokenizers_1_0::from_json(&file).map_err(|error| one_line(&*error))?;
                Ok(Box::new(Tokenizers1 {
                    tokenizer,
                    options: EncodeOptions {
                        add_special_tokens: false,
                        encode_special_tokens: false,
                        padding: Override::Off,
                        truncation: Override::Off,
                    },
                    ids: Vec::new(),
                }))
            }
            Self::Fastokens => {
                let mut tokenizer =
                    fastokens::Tokenizer::from_file(&path(kind)).map_err(|error| one_line(&error))?;
                tokenizer.set_truncation(None);
                tokenizer.set_padding(None);
                Ok(Box::new(Fastokens(tokenizer)))
            }
        }
    }

    /// Loads a tokenizer and frees it: what is timed.
    pub(crate) fn load_and_free(self, kind: &str) {
        match self {
            Self::Runbench => drop(runbench_model(kind)),
            _ => drop(self.load(kind)),
        }
    }
}

fn runbench_model(kind: &str) -> Result<TokenModel, String> {
    TokenModel::load(&TokenizerSource::File(path(kind))).map_err(|error| one_line(&error))
}

fn read(kind: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path(kind)).map_err(|error| one_line(&error))
}

/// The start of a message, without what would break a table.
fn one_line(error: &dyn std::error::Error) -> String {
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default();
    line.replace('|', "\\|").chars().take(160).collect()
}

/// A panic on a text is a text that it can't count.
fn caught(count: impl FnOnce() -> Option<usize>) -> Option<u64> {
    let count = catch_unwind(AssertUnwindSafe(count)).ok()??;
    u64::try_from(count).ok()
}

struct Oracle(tokenizers_0_23::Tokenizer);

impl CountTokens for Oracle {
    fn count(&mut self, text: &str, add_special_tokens: bool) -> Option<u64> {
        caught(|| Some(self.0.encode_fast(text, add_special_tokens).ok()?.len()))
    }
}

struct Tokenizers1 {
    tokenizer: PipelineTokenizer,
    options: EncodeOptions,
    ids: Vec<PipelineToken>,
}

impl CountTokens for Tokenizers1 {
    fn count(&mut self, text: &str, add_special_tokens: bool) -> Option<u64> {
        let Self {
            tokenizer,
            options,
            ids,
        } = self;
        options.add_special_tokens = add_special_tokens;
        caught(|| {
            ids.clear();
            // Of its ways the one that allocates nothing for a text.
            tokenizer.encode_into(text, options, ids).ok()?;
            Some(ids.len())
        })
    }
}

struct Fastokens(fastokens::Tokenizer);

impl CountTokens for Fastokens {
    fn count(&mut self, text: &str, add_special_tokens: bool) -> Option<u64> {
        caught(|| {
            let ids = self.0.encode_with_special_tokens(text, add_special_tokens).ok()?;
            Some(ids.len())
        })
    }
}
