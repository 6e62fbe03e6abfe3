//! Byte-level BPE: split, look up, and merge only what was never seen.
//!
//! Pieces don't depend on each other, so the count of a piece is a function of its bytes and may be remembered.

#![expect(clippy::indexing_slicing, reason = "arrays of 256, by a byte")]

mod cuts;
mod lone;
mod look_up;
mod memo;
mod merge;
mod pieces;
mod run;
mod simd;
mod spans;

pub(in crate::tokens) use cuts::Cuts;
pub(in crate::tokens) use lone::Lone;
pub(in crate::tokens) use memo::{Key, LongMemo, Memo};
pub(in crate::tokens) use merge::{Merged, Merges, NONE, Symbols, Word};
pub(in crate::tokens) use pieces::{PieceCounter, Pieces};
use run::ByGrammar;
pub(in crate::tokens) use run::{ByCuts, count as count_split};
use spans::Spans;

use std::collections::HashSet;

use super::file::{Model, Vocab};
use super::names::Names;
use super::split::{Cl100k, DeepSeek, Gpt2, O200k};

/// Slots of a worker's memo: 2 MiB. More slots miss less, and cost more cache; measured best on all text sets.
pub(super) const MEMO_SLOTS: usize = 1 << 17;

/// A hash of a name or a piece.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    LongMemo::hash(bytes)
}

/// The splitting rules that are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Splitting {
    Gpt2,
    Cl100k,
    Qwen,
    O200k,
    DeepSeek,
}

impl Splitting {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "byte-level BPE, GPT-2 splitting",
            Self::Cl100k => "byte-level BPE, cl100k splitting",
            Self::Qwen => "byte-level BPE, Qwen2 splitting",
            Self::O200k => "byte-level BPE, o200k splitting",
            Self::DeepSeek => "byte-level BPE, DeepSeek-V3 splitting",
        }
    }
}

/// What all workers share.
pub(super) struct ByteLevel {
    splitting: Splitting,
    merges: Merges,
    /// The symbol of each byte.
    byte_ids: Box<[u32; 256]>,
    /// Ranks of neighbouring bytes: the first round of merging without hashing.
    byte_ranks: Box<[u32]>,
    cuts: Cuts,
    spans: Option<Spans>,
    may_cut: bool,
    /// Counts of the vocabulary's own tokens: nearly all pieces are one of them.
    table: Memo,
    /// What a worker's memo starts with: the first tokens of the vocabulary, which are the frequent ones.
    start: Memo,
    /// With `ignore_merges`, the tokens that `table` has no room for: each is one token, whatever the merges say.
    whole: HashSet<Box<[u8]>>,
}

/// The alphabet's character for each byte, back to bytes.
fn byte_of(scalar: char) -> Option<u8> {
    let scalar = scalar as u32;
    match scalar {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => u8::try_from(scalar).ok(),
        0x100..=0x120 => u8::try_from(scalar - 0x100).ok(),
        0x121..=0x142 => u8::try_from(scalar - 0x121 + 0x7f).ok(),
        0x143 => Some(0xad),
        _ => None,
    }
}

impl ByteLevel {
    pub(super) fn new(model: Model<'_>, splitting: Splitting) -> Result<Self, String> {
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        if !empty(&model.continuing_subword_prefix)
            || !empty(&model.end_of_word_suffix)
            || model.byte_fallback == Some(true)
        {
            return Err("the model has a prefix, a suffix or byte fallback".to_owned());
        }
        let Vocab::Ids(vocab) = &model.vocab else {
            return Err("the vocabulary is no mapping".to_owned());
        };
        let names = Names::new(vocab)?;
        let mut byte_ids = Box::new([NONE; 256]);
        let mut tokens: Vec<(u32, Vec<u8>)> = Vec::with_capacity(vocab.len());
        for (text, id) in vocab {
            // A token with a character outside the alphabet can't come out of bytes.
            if let Some(bytes) = text.0.chars().map(byte_of).collect::<Option<Vec<u8>>>() {
                if let [byte] = *bytes.as_slice() {
                    byte_ids[usize::from(byte)] = *id;
                }
                tokens.push((*id, bytes));
            }
        }
        if byte_ids.contains(&NONE) {
            return Err("a byte has no token".to_owned());
        }
        let list = merges_by_id(model.merges.unwrap_or_default().as_slice(), &names)?;
        let mut this = Self {
            splitting,
            merges: Merges::new(&list, &*byte_ids)?,
            byte_ids,
            byte_ranks: Box::default(),
            cuts: Cuts::new(),
            spans: None,
            may_cut: true,
            table: Memo::new(tokens.len() * 2),
            start: Memo::new(MEMO_SLOTS),
            whole: HashSet::new(),
        };
        this.rank_bytes();
        tokens.sort_unstable_by_key(|(id, _)| *id);
        let ranks = this.fill(&tokens, model.ignore_merges == Some(true));
        let (merges, numbers) = Merges::only(&list, ranks, &*this.byte_ids)?;
        this.merges = merges;
        for id in &mut *this.byte_ids {
            *id = numbers.get(*id as usize).copied().unwrap_or(NONE);
        }
        this.rank_bytes();
        if this.may_cut {
            this.spans = Spans::new(tokens.iter().map(|(_, bytes)| bytes.as_slice()));
        }
        Ok(this)
    }

    fn rank_bytes(&mut self) {
        let id = |byte: usize| self.byte_ids[byte & 0xff];
        self.byte_ranks = (0..=0xffff_usize)
            .map(|pair| self.merges.rank(id(pair >> 8), id(pair)))
            .collect();
    }

    /// Counts each token of the vocabulary by merging it; nothing is taken for granted. Gives the ranks of the merges by
    /// which tokens come about.
    fn fill(&mut self, tokens: &[(u32, Vec<u8>)], ignore_merges: bool) -> Vec<u32> {
        let mut symbols = Symbols::default();
        let mut ranks = Vec::with_capacity(tokens.len());
        for (index, (_, bytes)) in tokens.iter().enumerate() {
            self.cuts.add(bytes);
            let Merged { count: merged, last } = self.merge(bytes, &mut symbols);
            let merged = merged as u32;
            ranks.extend((merged == 1 && last != NONE).then_some(last));
            let count = if ignore_merges { 1 } else { merged };
            // A part between cuts is merged, a whole piece is looked up: with both answers in one memo they must agree.
            self.may_cut &= count == merged;
            let stored = Key::of(bytes).is_some_and(|key| {
                if index < MEMO_SLOTS / 2 {
                    self.start.insert_if_free(key, count);
                }
                self.table.insert_if_free(key, count)
            });
            if ignore_merges && !stored {
                self.whole.insert(bytes.as_slice().into());
            }
        }
        ranks
    }

    /// Merges a piece's bytes.
    fn merge(&self, piece: &[u8], symbols: &mut Symbols) -> Merged {
        symbols.ids.clear();
        symbols
            .ids
            .extend(piece.iter().map(|byte| self.byte_ids[usize::from(*byte)]));
        symbols.ranks.clear();
        symbols.ranks.extend(piece.windows(2).map(|pair| match *pair {
            [left, right] => self.byte_rank(left, right),
            _ => NONE,
        }));
        symbols.ranks.push(NONE);
        self.merges.merge(symbols)
    }

    #[inline(always)]
    fn byte_rank(&self, left: u8, right: u8) -> u32 {
        let pair = usize::from(left) << 8 | usize::from(right);
        self.byte_ranks.get(pair).copied().unwrap_or(NONE)
    }
}

/// Merges as ids: of both parts and of what they make.
pub(super) fn merges_by_id(
    merges: &[super::file::Merge<'_>],
    names: &Names<'_, '_>,
) -> Result<Vec<(u32, u32, u32)>, String> {
    let mut name = String::new();
    let mut list = Vec::with_capacity(merges.len());
    for merge in merges {
        name.clear();
        name.push_str(&merge.0);
        name.push_str(&merge.1);
        let ids = (names.id(&merge.0), names.id(&merge.1), names.id(&name));
        let (Some(left), Some(right), Some(made)) = ids else {
            return Err("a merge isn't in the vocabulary".to_owned());
        };
        list.push((left, right, made));
    }
    Ok(list)
}

impl Pieces for ByteLevel {
    type Scratch = Symbols;

    fn table(&self) -> &Memo {
        &self.table
    }

    fn start(&self) -> &Memo {
        &self.start
    }

    #[inline]
    fn cuts(&self) -> Option<&Cuts> {
        self.may_cut.then_some(&self.cuts)
    }

    fn spans(&self) -> Option<&Spans> {
        self.spans.as_ref()
    }

    #[inline]
    fn is_whole(&self, piece: &[u8]) -> bool {
        !self.whole.is_empty() && self.whole.contains(piece)
    }

    fn count(&self, piece: &[u8], symbols: &mut Symbols) -> u32 {
        self.merge(piece, symbols).count as u32
    }

    fn count_short(&self, keys: &[Key], _symbols: &mut Symbols, mut done: impl FnMut(usize, u32)) {
        let load = |number: usize| {
            let (bytes, len) = keys.get(number).map_or(([0; 16], 0), |key| key.bytes());
            let mut word = Word::EMPTY;
            word.len = len;
            for (id, byte) in word.ids.iter_mut().zip(bytes).take(len) {
                *id = self.byte_ids[usize::from(byte)];
            }
            for (rank, pair) in word
                .ranks
                .iter_mut()
                .zip(bytes.windows(2))
                .take(len.saturating_sub(1))
            {
                if let [left, right] = *pair {
                    *rank = self.byte_rank(left, right);
                }
            }
            word
        };
        self.merges
            .merge_words(keys.len(), load, |number, count| done(number, count as u32));
    }
}

impl ByteLevel {
    /// Tokens of a normalized text without added tokens.
    pub(super) fn count(&self, pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let cuts = self.may_cut.then_some(&self.cuts);
        match self.splitting {
            Splitting::Gpt2 => run::count(ByGrammar(Gpt2, cuts), pieces, text),
            Splitting::Cl100k => run::count(ByGrammar(Cl100k::<3>, cuts), pieces, text),
            Splitting::Qwen => run::count(ByGrammar(Cl100k::<1>, cuts), pieces, text),
            Splitting::O200k => run::count(ByGrammar(O200k, cuts), pieces, text),
            Splitting::DeepSeek => run::count(ByGrammar(DeepSeek, cuts), pieces, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::byte_of;

    #[test]
    fn the_alphabet_has_each_byte_once() {
        let bytes: std::collections::BTreeSet<u8> = ('\0'..='\u{200}').filter_map(byte_of).collect();
        assert_eq!(bytes.len(), 256);
        assert_eq!(
            (byte_of('Ġ'), byte_of('Ċ'), byte_of('A')),
            (Some(b' '), Some(b'\n'), Some(b'A'))
        );
        assert_eq!(
            (byte_of(' '), byte_of('\u{ad}'), byte_of('Ń')),
            (None, None, Some(0xad))
        );
    }
}
