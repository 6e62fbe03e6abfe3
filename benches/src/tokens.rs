//! What the benches of token counting share: tokenizers and texts.

use std::path::{Path, PathBuf};

use runbench::tokens::{TokenModel, TokenizerError};

use crate::texts::{Set, Texts};

/// The tokenizers by name: full files below `RUNBENCH_TOKENIZERS`, else the reduced ones of the tests.
pub const KINDS: [&str; 7] = [
    "deepseek3-style",
    "qwen2",
    "o200k-harmony",
    "gpt2",
    "mistral-v0.1",
    "bert-base-uncased",
    "t5-small",
];

/// Bytes of one text: about the mean of the seed's runs, 3,877 tokens.
pub const TEXT_BYTES: usize = 15_500;

/// Where a tokenizer's file is.
pub fn path(kind: &str) -> PathBuf {
    match std::env::var("RUNBENCH_TOKENIZERS") {
        Ok(folder) => Path::new(&folder).join(kind).join("tokenizer.json"),
        Err(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../proptests/tokenizers/{kind}.json")),
    }
}

/// The content of a tokenizer's file.
pub fn file(kind: &str) -> std::io::Result<Vec<u8>> {
    std::fs::read(path(kind))
}

/// A tokenizer, its oracle loaded.
pub fn model(kind: &str) -> Result<TokenModel, TokenizerError> {
    let model = TokenModel::parse(kind, file(kind).unwrap_or_default())?;
    model.load_oracle()?;
    Ok(model)
}

/// Texts of a set, about so many bytes in all, no two the same.
pub fn texts(maker: &Texts, set: Set, bytes: usize) -> Vec<String> {
    let count = bytes.div_ceil(TEXT_BYTES) as u64;
    (0..count)
        .map(|seed| maker.text(set, TEXT_BYTES, seed + 1))
        .collect()
}

/// The generator on the project's own prose and sources.
pub fn maker() -> Texts {
    Texts::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
}
