//! Exact token counts: as many as the pinned `tokenizers` crate gives for the same `tokenizer.json`.

mod oracle;

use std::path::PathBuf;

#[cfg(test)]
pub(crate) use oracle::tests::WORDS;
pub use oracle::{COUNTER, TokenModel, TokenizerError};

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
