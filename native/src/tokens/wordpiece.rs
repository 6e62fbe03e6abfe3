//! WordPiece with BERT's normalizer and splitting.
//!
//! Both are local to what stands between spaces, so a text is taken chunk by chunk: plain words and punctuation of
//! ASCII at once, anything else normalized as the oracle does. A mark of punctuation is one token, known or not.

use serde_json::Value;
use unicode_categories::UnicodeCategories;
use unicode_normalization_alignments::UnicodeNormalization;

use super::bpe::{Cuts, Key, MEMO_SLOTS, Memo, PieceCounter, Pieces, Symbols};
use super::file::{Model, Vocab};
use super::names::Strings;
use super::normal::Normalizer;

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

/// What all workers share.
pub(super) struct WordPiece {
    normalizer: BertNormalizer,
    /// Pieces that may begin a word, and those that may follow.
    first: Strings,
    rest: Strings,
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
        let mut this = Self {
            normalizer,
            first: Strings::new(vocab.len()),
            rest: Strings::new(vocab.len()),
            most_characters: model.max_input_chars_per_word.unwrap_or(100),
            table: Memo::new(vocab.len() * 2),
            start: Memo::new(MEMO_SLOTS),
        };
        for (text, _) in vocab {
            this.first.insert(text.0.as_bytes());
            if let Some(rest) = text.0.strip_prefix(prefix) {
                this.rest.insert(rest.as_bytes());
            }
        }
        for (text, _) in vocab {
            let plain = text.0.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if let Some(key) = Key::of(text.0.as_bytes()).filter(|_| plain) {
                let count = Pieces::count(&this, text.0.as_bytes(), &mut Symbols::default());
                if (1..=15).contains(&count) {
                    this.table.insert_if_free(key, count);
                    this.start.insert_if_free(key, count);
                }
            }
        }
        Ok(this)
    }

    /// Tokens of a normalized word: the longest known piece each time; one if a part is unknown or it is too long.
    fn word(&self, word: &str) -> u32 {
        if word.len() > self.most_characters && word.chars().count() > self.most_characters {
            return 1;
        }
        let (bytes, mut start, mut count) = (word.as_bytes(), 0, 0);
        while start < bytes.len() {
            let set = if start == 0 { &self.first } else { &self.rest };
            let mut end = bytes.len().min(start.saturating_add(set.longest()));
            loop {
                if end <= start {
                    return 1;
                }
                let known = word.is_char_boundary(end)
                    && bytes.get(start..end).is_some_and(|piece| set.contains(piece));
                if known {
                    break;
                }
                end -= 1;
            }
            start = end;
            count += 1;
        }
        count
    }

    /// Tokens of a text without added tokens.
    pub(super) fn count_text(pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let (mut at, mut count) = (0, 0u64);
        while let Some(byte) = bytes.get(at) {
            if is_space(*byte) {
                at = at.wrapping_add(1);
                continue;
            }
            let (chunk, mut plain) = (at, true);
            while let Some(byte) = bytes.get(at).filter(|byte| !is_space(**byte)) {
                plain &= matches!(byte, 0x21..0x7f);
                at = at.wrapping_add(1);
            }
            let mut chunk = bytes.get(chunk..at).unwrap_or_default();
            if !plain {
                count = count.wrapping_add(u64::from(pieces.uncut(chunk)));
                continue;
            }
            while let Some(first) = chunk.first() {
                if first.is_ascii_punctuation() {
                    count = count.wrapping_add(1);
                    chunk = chunk.get(1..).unwrap_or_default();
                    continue;
                }
                let len = chunk
                    .iter()
                    .position(u8::is_ascii_punctuation)
                    .unwrap_or(chunk.len());
                let (word, rest) = chunk.split_at(len);
                count = count.wrapping_add(u64::from(pieces.uncut(word)));
                chunk = rest;
            }
        }
        count
    }
}

impl Pieces for WordPiece {
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

    /// A chunk as it stands in the text.
    fn count(&self, piece: &[u8], _symbols: &mut Symbols) -> u32 {
        let Ok(text) = std::str::from_utf8(piece) else {
            return 0;
        };
        let normalized = self.normalizer.apply(text);
        let mut count = 0;
        for mut word in normalized.split_whitespace() {
            while let Some(scalar) = word.chars().next() {
                let len = word.find(is_punctuation).unwrap_or(word.len());
                let len = if len == 0 { scalar.len_utf8() } else { len };
                let (part, rest) = word.split_at(len);
                count += self.word(part);
                word = rest;
            }
        }
        count
    }
}
