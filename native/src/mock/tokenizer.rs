//! The demo's tokenizer: the file that the program carries, and how it was made.

use std::collections::HashSet;

use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, ModelWrapper, PreTokenizer as _, Tokenizer, Trainer as _};

use super::questions::{ANSWER_LEAD, questions, solve};

/// The demo's `tokenizer.json`: byte-level BPE without special tokens.
pub const TOKENIZER: &[u8] = include_bytes!("../../../configs/demo/tokenizer.json");

/// The sentences that pad answers, one a line.
pub(super) const FILLER: &str = include_str!("../../../configs/demo/filler.txt");

/// Tokens of the vocabulary, the 256 bytes among them.
const VOCABULARY: usize = 1000;
const TRAINING_SEED: u64 = 1;
const TRAINING_QUESTIONS: usize = 4000;
/// How often each filler sentence is shown, so that its words become tokens before pairs of digits do.
const FILLER_REPEATS: usize = 400;

/// Trains the tokenizer on the demo's own text and returns its `tokenizer.json`, the same bytes each time.
pub fn train() -> Result<Vec<u8>, tokenizers::Error> {
    let byte_level = ByteLevel::new(false, false, true);
    let mut trainer = BpeTrainer::builder()
        .vocab_size(VOCABULARY)
        .min_frequency(2)
        .show_progress(false)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect::<HashSet<char>>())
        .special_tokens(Vec::<AddedToken>::new())
        .build();
    trainer.feed(training_texts().iter(), |text| {
        let mut pretokenized = tokenizers::PreTokenizedString::from(text);
        byte_level.pre_tokenize(&mut pretokenized)?;
        let pieces = pretokenized.get_splits(
            tokenizers::OffsetReferential::Original,
            tokenizers::OffsetType::Byte,
        );
        Ok(pieces.into_iter().map(|(piece, _, _)| piece.to_owned()).collect())
    })?;
    let mut model = BPE::default();
    trainer.train(&mut model)?;
    let mut tokenizer = Tokenizer::new(ModelWrapper::BPE(model));
    tokenizer.with_pre_tokenizer(Some(byte_level));
    tokenizer.with_decoder(Some(byte_level));
    let mut json = tokenizer.to_string(false)?;
    json.push('\n');
    Ok(json.into_bytes())
}

fn training_texts() -> Vec<String> {
    let filler = FILLER
        .lines()
        .flat_map(|line| std::iter::repeat_n(format!("{line} {line}"), FILLER_REPEATS));
    let problems = questions(TRAINING_SEED)
        .take(TRAINING_QUESTIONS)
        .flat_map(|question| {
            let solved = solve(&question.text)
                .map(|solution| format!(" {} {ANSWER_LEAD}{}.", solution.steps, solution.answer));
            [Some(question.text), solved].into_iter().flatten()
        });
    filler.chain(problems).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_is_the_trained_one() {
        assert!(
            train().unwrap() == TOKENIZER,
            "configs/demo/tokenizer.json is not what training gives; run `cargo run --release -p runbench --example make_demo_tokenizer`"
        );
    }

    #[test]
    fn the_embedded_file_is_small_and_gives_text_back() {
        assert!(TOKENIZER.len() < 100_000);
        let tokenizer = Tokenizer::from_bytes(TOKENIZER).unwrap();
        for text in [
            "A plain line.",
            "17 crates, 24 bottles",
            "tabs\tand\nlines  ",
            "Zürich 東京 \u{1F600}",
        ] {
            let ids = tokenizer.encode_fast(text, false).unwrap();
            assert_eq!(tokenizer.decode(ids.get_ids(), false).unwrap(), text);
        }
    }

    #[test]
    fn every_filler_word_is_one_token() {
        let tokenizer = Tokenizer::from_bytes(TOKENIZER).unwrap();
        for line in FILLER.lines() {
            let text = format!(" {line}");
            let words = text.split_whitespace().count() + text.matches([',', '.']).count();
            let tokens = tokenizer.encode_fast(text.as_str(), false).unwrap();
            assert_eq!(tokens.len(), words, "{line}: {:?}", tokens.get_tokens());
        }
    }
}
