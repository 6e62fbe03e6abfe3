//! Exact token counts: as many as the pinned `tokenizers` crate gives for the same `tokenizer.json`.

#![expect(
    clippy::inline_always,
    reason = "the loops are compiled once per set of instructions, and what they call must be inside them"
)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "hashes, bit masks, lengths of pieces and offsets of a batch keep their low bits on purpose"
)]

mod added;
mod bpe;
mod charsmap;
mod classes;
mod classes_table;
mod cut;
mod engine;
mod file;
mod model;
mod names;
mod normal;
mod oracle;
mod recognise;
mod scalars;
mod sentencepiece;
mod split;
mod stream;
mod template;
mod trie;
mod unigram;
mod wordpiece;

use std::path::PathBuf;

#[cfg(test)]
pub(crate) use model::tests::WORDS;
pub use model::{COUNTER, Method, TokenModel, TokenizerError};
pub use stream::StreamCounter;

/// Where the tokenizer's file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenizerSource {
    /// A `tokenizer.json` on disk.
    File(PathBuf),
    /// One that the program carries (the demo's).
    Embedded(&'static [u8]),
}

/// Counts the tokens of texts on one thread; what it remembers of earlier texts makes it faster, never different.
pub trait CountTokens: Send {
    /// Tokens of a text, with or without the special tokens of the file's template. `None` if the text can't be encoded.
    fn count(&mut self, text: &str, add_special_tokens: bool) -> Option<u64>;
}
