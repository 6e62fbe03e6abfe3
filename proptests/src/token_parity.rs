//! Our token counts beside the oracle's, for the tests and for the long run (`examples/token_parity.rs`).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "helpers of tests: what can't be read fails the test"
)]

use std::path::Path;

use runbench::tokens::{CountTokens, TokenModel};
use serde_json::Value;

use crate::adversarial::adversarial;
use crate::texts::{Random, Set, Texts};

/// The families, by the names of their files.
pub const KINDS: [&str; 7] = [
    "qwen2",
    "o200k-harmony",
    "deepseek3-style",
    "gpt2",
    "mistral-v0.1",
    "bert-base-uncased",
    "t5-small",
];

/// A family's `tokenizer.json`: the full file below `RUNBENCH_TOKENIZERS`, else the reduced one of the tests.
pub fn file(kind: &str) -> Vec<u8> {
    let path = match std::env::var("RUNBENCH_TOKENIZERS") {
        Ok(folder) => Path::new(&folder).join(kind).join("tokenizer.json"),
        Err(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tokenizers/{kind}.json")),
    };
    std::fs::read(path).unwrap()
}

/// A family's tokenizer.
pub fn model(kind: &str) -> TokenModel {
    TokenModel::parse(kind, file(kind)).unwrap()
}

/// Some of everything that the generator of texts makes.
pub fn sample_of_all_sets() -> String {
    let texts = Texts::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    Set::ALL.iter().map(|set| texts.text(*set, 60_000, 1)).collect()
}

/// The contents of a family's added tokens.
pub fn added_tokens(kind: &str) -> Vec<String> {
    let file: Value = serde_json::from_slice(&file(kind)).unwrap();
    let tokens = file["added_tokens"].as_array().unwrap();
    tokens
        .iter()
        .map(|token| token["content"].as_str().unwrap().to_owned())
        .collect()
}

/// The shortest text left by taking characters away that is still counted differently.
fn shrink(text: &str, differs: &mut dyn FnMut(&str) -> bool) -> String {
    let mut scalars: Vec<char> = text.chars().collect();
    let mut step = scalars.len() / 2;
    while step > 0 {
        let mut at = 0;
        while at + step <= scalars.len() {
            let mut fewer = scalars.clone();
            fewer.drain(at..at + step);
            if differs(&fewer.iter().collect::<String>()) {
                scalars = fewer;
            } else {
                at += step;
            }
        }
        step /= 2;
    }
    scalars.into_iter().collect()
}

/// Says on which smallest text the two counters differ, if they differ on this one.
pub fn difference(
    ours: &mut dyn CountTokens,
    oracle: &mut dyn CountTokens,
    text: &str,
    special: bool,
) -> Option<String> {
    let expected = oracle.count(text, special);
    if expected.is_none() || ours.count(text, special) == expected {
        return None;
    }
    let small = shrink(text, &mut |text| {
        let expected = oracle.count(text, special);
        expected.is_some() && ours.count(text, special) != expected
    });
    let (count, expected) = (ours.count(&small, special), oracle.count(&small, special));
    Some(format!(
        "{small:?} is {count:?} tokens, and {expected:?} by the oracle (special tokens: {special})"
    ))
}

/// A comparison ends after so many differences: shrinking them takes long, and one would do.
const MOST_DIFFERENCES: usize = 20;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Texts.
    pub n_texts: u64,
    /// Bytes of them.
    pub n_bytes: u64,
    /// Each text that differs, shrunk; no more than some twenty.
    pub differences: Vec<String>,
}

/// Counts so many bytes of troublesome texts by both, some with special tokens; slices of `real` are part of them.
pub fn compare_mixed(
    ours: &mut dyn CountTokens,
    oracle: &mut dyn CountTokens,
    real: &str,
    added: &[String],
    bytes: u64,
    seed: u64,
) -> Compared {
    let random = &mut Random::new(seed);
    let mut compared = Compared::default();
    while compared.n_bytes < bytes && compared.differences.len() < MOST_DIFFERENCES {
        let text = adversarial(random, real, added);
        let special = random.below(4) == 0;
        compared
            .differences
            .extend(difference(ours, oracle, &text, special));
        compared.n_texts += 1;
        compared.n_bytes += text.len() as u64;
    }
    compared
}

/// Counts each of these characters by both, alone and between neighbours of several kinds.
pub fn compare_characters(
    ours: &mut dyn CountTokens,
    oracle: &mut dyn CountTokens,
    scalars: impl Iterator<Item = char>,
) -> Compared {
    let mut compared = Compared::default();
    for scalar in scalars {
        if compared.differences.len() >= MOST_DIFFERENCES {
            break;
        }
        let context = format!(
            "a {scalar}b'{scalar}\n{scalar} x {scalar}{scalar}1{scalar}.{scalar} A{scalar}\u{301} 中{scalar} "
        );
        for text in [scalar.to_string(), context] {
            compared
                .differences
                .extend(difference(ours, oracle, &text, false));
            compared.n_texts += 1;
            compared.n_bytes += text.len() as u64;
        }
    }
    compared
}
