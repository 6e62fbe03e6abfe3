//! WordPiece with BERT's normalizer and splitting.
//!
//! Each character alone says whether it ends a word: blanks do, and so do punctuation and Han characters, which are one
//! token each, known or not. What lies between is a word to be remembered, and normalized only where a character of it
//! changes. Marks are put in order by the normalizer, but never across a character that ends a word.

use serde_json::Value;
use unicode_categories::UnicodeCategories;
use unicode_normalization_alignments::UnicodeNormalization;
use unicode_normalization_alignments::char::canonical_combining_class;

use super::bpe::{Cuts, Key, MEMO_SLOTS, Memo, PieceCounter, Pieces};
use super::file::{Model, Vocab};
use super::normal::Normalizer;
use super::scalars::{Scalars, scalar_at};
use super::trie::Trie;

/// `BertNormalizer` by its flags.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the format's own flags")]
pub(super) struct BertNormalizer {
    clean_text: bool,
    handle_chinese_chars: bool,
    strip_accents: bool,
    lowercase: bool,
}

impl BertNormalizer {
    pub(super) fn of(value: &Value) -> Option<Self> {
        let flag = |name: &str| value.get(name).and_then(Value::as_bool);
        let lowercase = flag("lowercase")?;
        Some(Self {
            clean_text: flag("clean_text")?,
            handle_chinese_chars: flag("handle_chinese_chars")?,
            strip_accents: match value.get("strip_accents") {
                None | Some(Value::Null) => lowercase,
                Some(strip) => strip.as_bool()?,
            },
            lowercase,
        })
    }

    /// What a character is, whatever stands beside it.
    fn class(self, scalar: char) -> u8 {
        let text = scalar.to_string();
        let normalized = self.apply(&text);
        let mut words = normalized.split_whitespace();
        let (word, more) = (words.next(), words.next());
        // What takes part in the order of marks is left to the normalizer.
        let is_start = canonical_combining_class(scalar) == 0;
        let decomposes = self.strip_accents && text.nfd().count() > 1;
        match word {
            None if normalized.is_empty() => GONE,
            None => BLANK,
            Some(word) if more.is_none() && is_start && !decomposes => {
                let one = word.chars().count() == 1;
                if one && (word.len() < normalized.len() || word.contains(is_punctuation)) {
                    ALONE
                } else if normalized == text {
                    SAME
                } else if scalar.is_ascii_uppercase() {
                    CAPITAL
                } else {
                    OTHER
                }
            }
            Some(_) => OTHER,
        }
    }

    /// The normalized text.
    pub(super) fn apply(self, text: &str) -> String {
        let mut padded = String::with_capacity(text.len() + text.len() / 2);
        for scalar in text.chars() {
            if self.clean_text && is_removed(scalar) {
                continue;
            }
            let scalar = if self.clean_text && scalar.is_whitespace() {
                ' '
            } else {
                scalar
            };
            if self.handle_chinese_chars && is_chinese(scalar) {
                padded.extend([' ', scalar, ' ']);
            } else {
                padded.push(scalar);
            }
        }
        if self.strip_accents {
            padded = padded
                .nfd()
                .map(|(scalar, _)| scalar)
                .filter(|scalar| !scalar.is_mark_nonspacing())
                .collect();
        }
        if self.lowercase {
            // Character by character: the final sigma is no exception.
            padded = padded.chars().flat_map(char::to_lowercase).collect();
        }
        padded
    }
}

/// What `clean_text` takes out.
fn is_removed(scalar: char) -> bool {
    match scalar {
        '\t' | '\n' | '\r' => false,
        '\0' | '\u{fffd}' => true,
        _ => scalar.is_other(),
    }
}

fn is_chinese(scalar: char) -> bool {
    matches!(
        scalar,
        '\u{4e00}'..='\u{9fff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{20000}'..='\u{2a6df}'
            | '\u{2a700}'..='\u{2b73f}'
            | '\u{2b740}'..='\u{2b81f}'
            | '\u{2b920}'..='\u{2ceaf}'
            | '\u{f900}'..='\u{faff}'
            | '\u{2f800}'..='\u{2fa1f}'
    )
}

fn is_punctuation(scalar: char) -> bool {
    scalar.is_ascii_punctuation() || scalar.is_punctuation()
}

/// Part of a word, and stays as it is.
const SAME: u8 = 1;
/// Part of a word, and becomes a small letter.
const CAPITAL: u8 = 2;
/// Part of a word, and vanishes.
const GONE: u8 = 3;
/// Part of a word, and needs the normalizer.
const OTHER: u8 = 4;
/// Ends a word, and is one token.
const ALONE: u8 = 5;
/// Ends a word, and is nothing.
const BLANK: u8 = 6;

/// What all workers share.
pub(super) struct WordPiece {
    normalizer: BertNormalizer,
    /// Classes of ASCII.
    ascii: [u8; 128],
    /// Pieces that may begin a word, and those that may follow.
    first: Trie,
    rest: Trie,
    most_characters: usize,
    table: Memo,
    start: Memo,
}

impl WordPiece {
    pub(super) fn new(
        model: &Model<'_>,
        pre_tokenizer: &Value,
        normalizer: &Normalizer,
    ) -> Result<Self, String> {
        let Normalizer::Bert(normalizer) = *normalizer else {
            return Err("the normalizer is of another kind than this model's".to_owned());
        };
        if pre_tokenizer.get("type").and_then(Value::as_str) != Some("BertPreTokenizer") {
            return Err("the pre-tokenizer is of another kind".to_owned());
        }
        let (Some(unknown), Vocab::Ids(vocab)) = (&model.unk_token, &model.vocab) else {
            return Err("there is no unknown token or no vocabulary".to_owned());
        };
        if !vocab.iter().any(|(text, _)| text.0 == unknown.as_str()) {
            return Err("the unknown token isn't in the vocabulary".to_owned());
        }
        let prefix = model.continuing_subword_prefix.as_deref().unwrap_or("##");
        let rest = vocab
            .iter()
            .filter_map(|(text, id)| Some((text.0.strip_prefix(prefix)?.as_bytes(), *id)));
        let mut this = Self {
            normalizer,
            ascii: [0; 128],
            first: Trie::new(vocab.iter().map(|(text, id)| (text.0.as_bytes(), *id)))?,
            rest: Trie::new(rest)?,
            most_characters: model.max_input_chars_per_word.unwrap_or(100),
            table: Memo::new(vocab.len() * 2),
            start: Memo::new(MEMO_SLOTS),
        };
        for (byte, class) in (0u8..).zip(&mut this.ascii) {
            *class = normalizer.class(char::from(byte));
        }
        let mut scratch = Scratch::default();
        for (text, _) in vocab {
            let plain = text.0.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if let Some(key) = Key::of(text.0.as_bytes()).filter(|_| plain) {
                let count = Pieces::count(&this, text.0.as_bytes(), &mut scratch);
                if (1..=15).contains(&count) {
                    this.table.insert_if_free(key, count);
                    this.start.insert_if_free(key, count);
                }
            }
        }
        Ok(this)
    }

    /// Tokens of a normalized word: the longest known piece each time; one if a part is unknown or it is too long.
    fn word(&self, word: &[u8]) -> u32 {
        let is_start = |byte: &&u8| **byte & 0xc0 != 0x80;
        if word.len() > self.most_characters && word.iter().filter(is_start).count() > self.most_characters {
            return 1;
        }
        let (mut left, mut count, mut trie) = (word, 0, &self.first);
        while !left.is_empty() {
            let len = trie.longest_prefix(left);
            if len == 0 {
                return 1;
            }
            (left, trie) = (left.get(len..).unwrap_or_default(), &self.rest);
            count += 1;
        }
        count
    }

    /// The class of the character at a place, and its length; 0 at the end of the text.
    #[inline(always)]
    fn class_at(&self, scratch: &mut Scratch, bytes: &[u8], at: usize) -> (u8, usize) {
        let Some(byte) = bytes.get(at) else {
            return (0, 0);
        };
        if let Some(class) = self.ascii.get(usize::from(*byte)) {
            return (*class, 1);
        }
        let (scalar, len) = scalar_at(bytes, at);
        (
            scratch
                .classes
                .class(scalar, |scalar| self.normalizer.class(scalar)),
            len,
        )
    }

    /// Tokens of a text without added tokens.
    pub(super) fn count_text(&self, pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let (mut at, mut count) = (0, 0u64);
        loop {
            let start = at;
            let (class, len) = loop {
                let (class, len) = self.class_at(pieces.scratch(), bytes, at);
                if !matches!(class, SAME..=OTHER) {
                    break (class, len);
                }
                at = at.wrapping_add(len);
            };
            if at > start {
                let word = bytes.get(start..at).unwrap_or_default();
                count = count.wrapping_add(u64::from(pieces.uncut(word)));
            }
            if len == 0 {
                return count;
            }
            count = count.wrapping_add(u64::from(class == ALONE));
            at = at.wrapping_add(len);
        }
    }

    /// Tokens of any text the oracle's way.
    fn normalized(&self, text: &str) -> u32 {
        let normalized = self.normalizer.apply(text);
        let mut count = 0;
        for mut word in normalized.split_whitespace() {
            while let Some(scalar) = word.chars().next() {
                let len = word.find(is_punctuation).unwrap_or(word.len());
                let len = if len == 0 { scalar.len_utf8() } else { len };
                let (part, rest) = word.split_at(len);
                count += self.word(part.as_bytes());
                word = rest;
            }
        }
        count
    }
}

/// What a worker keeps.
#[derive(Default)]
pub(super) struct Scratch {
    classes: Scalars,
    word: Vec<u8>,
}

impl Pieces for WordPiece {
    type Scratch = Scratch;

    fn table(&self) -> &Memo {
        &self.table
    }

    fn start(&self) -> &Memo {
        &self.start
    }

    fn cuts(&self) -> Option<&Cuts> {
        None
    }

    fn is_whole(&self, _piece: &[u8]) -> bool {
        false
    }

    /// A word as it stands in the text.
    fn count(&self, piece: &[u8], scratch: &mut Scratch) -> u32 {
        scratch.word.clear();
        let mut at = 0;
        while at < piece.len() {
            let (class, len) = self.class_at(scratch, piece, at);
            let end = at.wrapping_add(len);
            let bytes = piece.get(at..end).unwrap_or_default();
            match class {
                SAME => scratch.word.extend_from_slice(bytes),
                CAPITAL => scratch.word.extend(bytes.iter().map(u8::to_ascii_lowercase)),
                GONE => {}
                _ => return std::str::from_utf8(piece).map_or(0, |text| self.normalized(text)),
            }
            at = end;
        }
        self.word(&scratch.word)
    }
}
