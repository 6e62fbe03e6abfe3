//! Unigram: the segmentation with the best sum of scores, word by word.
//!
//! The pre-tokenizer makes each word a text of its own with U+2581 in front, so words are counted alone and remembered.
//! Normalizing looks at grapheme clusters, which may reach over a space only where a side of it isn't ASCII: ASCII words
//! between such spaces need no normalizing; the rest is normalized from one plain space to the next.

use serde_json::Value;

use super::bpe::{Cuts, Key, MEMO_SLOTS, Memo, PieceCounter, Pieces, Symbols};
use super::file::{Model, Vocab};
use super::normal::Normalizer;

const MARK: char = '\u{2581}';
/// What an unknown character costs below the lowest score.
const UNKNOWN_PENALTY: f64 = 10.0;

/// What all workers share.
pub(super) struct Unigram {
    trie: Trie,
    /// By index of the vocabulary.
    scores: Vec<f64>,
    unknown: usize,
    unknown_score: f64,
    /// Tokens of U+2581 alone.
    lone_mark: u32,
    /// What an ASCII character is to the normalizer.
    ascii: [Ascii; 128],
    normalizer: Option<super::charsmap::Charsmap>,
    table: Memo,
    start: Memo,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ascii {
    /// Stays as it is.
    Same,
    /// Is whitespace before and after.
    Space,
    Other,
}

/// A trie by hashed edges.
struct Trie {
    /// Node and byte (plus one) in the upper 40 bits, the node below in the lower 24; zero is free.
    edges: Vec<u64>,
    /// Index of the entry that ends at a node, plus one.
    entries: Vec<u32>,
}

impl Trie {
    /// Room for names of so many bytes in all.
    fn new(bytes: usize) -> Self {
        Self {
            edges: vec![0; (bytes * 2).next_power_of_two().max(2)],
            entries: vec![0],
        }
    }

    /// The slot of an edge, and the node below it if it is there.
    #[inline(always)]
    fn edge(&self, node: u32, byte: u8) -> (usize, u64, Option<u32>) {
        let key = (u64::from(node) << 8 | u64::from(byte)).wrapping_add(1);
        let mask = self.edges.len().wrapping_sub(1);
        let mut at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        loop {
            match self.edges.get(at).copied().unwrap_or(0) {
                0 => return (at, key, None),
                edge if edge >> 24 == key => return (at, key, Some((edge & 0xff_ffff) as u32)),
                _ => at = at.wrapping_add(1) & mask,
            }
        }
    }

    fn insert(&mut self, name: &[u8], index: u32) {
        let mut node = 0u32;
        for byte in name {
            let (at, key, below) = self.edge(node, *byte);
            node = below.unwrap_or_else(|| {
                let fresh = self.entries.len() as u32;
                self.entries.push(0);
                if let Some(slot) = self.edges.get_mut(at) {
                    *slot = key << 24 | u64::from(fresh);
                }
                fresh
            });
        }
        if let Some(entry) = self.entries.get_mut(node as usize) {
            *entry = index + 1;
        }
    }

    /// Length and index of each entry that the text begins with, short ones first.
    fn prefixes<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, usize)> + 't {
        let mut node = Some(0u32);
        text.iter()
            .zip(1usize..)
            .map_while(move |(byte, len)| {
                node = self.edge(node?, *byte).2;
                let entry = *self.entries.get(node? as usize)?;
                Some((len, entry))
            })
            .filter_map(|(len, entry)| Some((len, entry.checked_sub(1)? as usize)))
    }
}

impl Unigram {
    pub(super) fn new(
        model: &Model<'_>,
        pre_tokenizer: &Value,
        normalizer: &Normalizer,
    ) -> Result<Self, String> {
        if !is_words_with_marks(pre_tokenizer) {
            return Err("the pre-tokenizer is of another kind".to_owned());
        }
        if model.byte_fallback == Some(true) {
            return Err("the model has byte fallback".to_owned());
        }
        let Vocab::Scores(vocab) = &model.vocab else {
            return Err("the vocabulary has no scores".to_owned());
        };
        let unknown = model
            .unk_id
            .filter(|id| *id < vocab.len())
            .ok_or("there is no unknown token")?;
        let normalizer = match normalizer {
            Normalizer::Plain => None,
            Normalizer::Charsmap(map) => Some(map.clone()),
            _ => return Err("the normalizer is of another kind than this model's".to_owned()),
        };
        let bytes: usize = vocab.iter().map(|(text, _)| text.0.len()).sum();
        if bytes >= 1 << 24 {
            return Err("the vocabulary is larger than the tables hold".to_owned());
        }
        let mut this = Self {
            trie: Trie::new(bytes),
            scores: vocab.iter().map(|(_, score)| *score).collect(),
            unknown,
            unknown_score: vocab.iter().fold(
                f64::INFINITY,
                |low, (_, score)| {
                    if *score < low { *score } else { low }
                },
            ) - UNKNOWN_PENALTY,
            lone_mark: 0,
            ascii: [Ascii::Other; 128],
            normalizer,
            table: Memo::new(vocab.len() * 2),
            start: Memo::new(MEMO_SLOTS),
        };
        for ((text, _), index) in vocab.iter().zip(0u32..) {
            if text.0.is_empty() {
                return Err("a token is empty".to_owned());
            }
            // Of a token that stands twice the last counts, here as there.
            this.trie.insert(text.0.as_bytes(), index);
        }
        this.lone_mark = this.marked("");
        for (byte, class) in (0u8..).zip(&mut this.ascii) {
            let scalar = char::from(byte);
            let text = scalar.to_string();
            let replaced = this.normalizer.as_ref().and_then(|map| map.replacement(&text));
            let is_key = this.normalizer.as_ref().is_some_and(|map| map.begins(byte));
            *class = match replaced {
                _ if scalar.is_whitespace()
                    && replaced.is_none_or(|new| new.trim().is_empty() && !new.is_empty()) =>
                {
                    Ascii::Space
                }
                None if !scalar.is_whitespace() => Ascii::Same,
                Some(same) if same == text => Ascii::Same,
                _ => Ascii::Other,
            };
            if scalar == ' ' && is_key && replaced.is_none() {
                return Err("the normalizer replaces a space together with what follows".to_owned());
            }
        }
        for (text, _) in vocab {
            let Some(word) = text.0.strip_prefix(MARK) else {
                continue;
            };
            if let Some(key) = Key::of(word.as_bytes()).filter(|_| !word.contains(MARK)) {
                let count = this.marked(word);
                if (1..=15).contains(&count) {
                    this.table.insert_if_free(key, count);
                    this.start.insert_if_free(key, count);
                }
            }
        }
        Ok(this)
    }

    /// Tokens of a word with the mark in front. Sums and comparisons are the oracle's, in its order.
    fn marked(&self, word: &str) -> u32 {
        let text = format!("{MARK}{word}");
        // Best sum up to each place, where its last token starts, and whether that is the unknown one.
        let mut best: Vec<(f64, usize, bool)> = vec![(0.0, usize::MAX, false); text.len() + 1];
        for (at, scalar) in text.char_indices() {
            let here = best.get(at).map_or(0.0, |node| node.0);
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let mut whole = false;
            let mut offer = |end: usize, score: f64, unknown: bool| {
                let sum = score + here;
                if let Some(node) = best.get_mut(end)
                    && (node.1 == usize::MAX || sum > node.0)
                {
                    *node = (sum, at, unknown);
                }
            };
            for (len, index) in self.trie.prefixes(rest) {
                let score = self.scores.get(index).copied().unwrap_or_default();
                offer(at + len, score, index == self.unknown);
                whole |= len == scalar.len_utf8();
            }
            if !whole {
                offer(at + scalar.len_utf8(), self.unknown_score, true);
            }
        }
        let (mut end, mut count, mut fusing) = (text.len(), 0, false);
        while end > 0 {
            let Some((_, start, unknown)) = best.get(end).copied() else {
                break;
            };
            // Neighbouring unknowns are one token.
            count += u32::from(!(unknown && fusing));
            fusing = unknown;
            end = start;
        }
        count
    }

    /// Tokens of a text without added tokens, before normalizing.
    pub(super) fn count_text(&self, pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let class = |byte: u8| self.ascii.get(usize::from(byte)).copied().unwrap_or(Ascii::Other);
        let (mut at, mut count) = (0, 0u64);
        while at < bytes.len() {
            // Here the text before ends in a plain space, or there is none.
            let start = at;
            while bytes.get(at).is_some_and(|byte| class(*byte) == Ascii::Same) {
                at = at.wrapping_add(1);
            }
            let plain = match (bytes.get(at), bytes.get(at.wrapping_add(1))) {
                (None, _) => true,
                (Some(space), next) => class(*space) == Ascii::Space && next.is_none_or(u8::is_ascii),
            };
            if plain {
                if at > start {
                    let word = bytes.get(start..at).unwrap_or_default();
                    count = count.wrapping_add(u64::from(pieces.uncut(word)));
                }
                at = at.wrapping_add(1);
                continue;
            }
            // Up to the next space with ASCII on both sides.
            let mut before = true;
            while let Some(byte) = bytes.get(at) {
                let next = bytes.get(at.wrapping_add(1));
                let cut = before && class(*byte) == Ascii::Space && next.is_none_or(u8::is_ascii);
                before = byte.is_ascii();
                at = at.wrapping_add(1);
                if cut {
                    break;
                }
            }
            count = count.wrapping_add(self.slow(pieces, text.get(start..at).unwrap_or_default()));
        }
        count
    }

    /// Normalizes a stretch of text and counts its words.
    fn slow(&self, pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let normalized = self.normalizer.as_ref().map(|map| map.apply(text));
        let mut count = 0u64;
        for word in normalized.as_deref().unwrap_or(text).split(char::is_whitespace) {
            if word.is_empty() {
                continue;
            }
            // A mark of the text's own starts a piece too.
            let word = word.strip_prefix(MARK).unwrap_or(word);
            for part in word.split(MARK) {
                let tokens = if part.is_empty() {
                    self.lone_mark
                } else {
                    pieces.uncut(part.as_bytes())
                };
                count = count.wrapping_add(u64::from(tokens));
            }
        }
        count
    }
}

/// `WhitespaceSplit`, then a Metaspace that marks and splits each word.
fn is_words_with_marks(pre_tokenizer: &Value) -> bool {
    let steps = pre_tokenizer.get("pretokenizers").and_then(Value::as_array);
    let Some([first, second]) = steps.map(Vec::as_slice) else {
        return false;
    };
    let is = |value: &Value, name: &str, expected: &str, default: bool| match value.get(name) {
        None => default,
        Some(found) => found.as_str() == Some(expected),
    };
    let on = |name: &str| second.get(name).is_none_or(|value| *value == Value::Bool(true));
    is(pre_tokenizer, "type", "Sequence", false)
        && is(first, "type", "WhitespaceSplit", false)
        && is(second, "type", "Metaspace", false)
        && is(second, "replacement", "\u{2581}", false)
        && is(second, "prepend_scheme", "always", true)
        && on("add_prefix_space")
        && on("split")
}

impl Pieces for Unigram {
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

    /// A normalized word, its mark left away.
    fn count(&self, piece: &[u8], _symbols: &mut Symbols) -> u32 {
        std::str::from_utf8(piece).map_or(0, |word| self.marked(word))
    }
}
