//! SentencePiece BPE with byte fallback (Llama-2, Mistral): one piece a text, spaces written as U+2581.
//!
//! There is no splitting rule, so the oracle merges whole texts. But hardly any two neighbours of different kinds stand
//! in one token: in Mistral's vocabulary no token has a letter before U+2581, and 8 of 1,664 pairs of a letter and a
//! following mark exist. Safe cuts take a text apart into words, and the memo knows those.
//!
//! Spaces stay spaces here, and a U+2581 of the text's own becomes one: the same text to the model, and a shorter key.

#![expect(clippy::indexing_slicing, reason = "arrays of 256, by a byte")]

use std::borrow::Cow;

use serde_json::Value;

use super::bpe::{
    ByCuts, Cuts, Key, Lone, MEMO_SLOTS, Memo, Merged, Merges, NONE, PieceCounter, Pieces, Symbols, Word,
    count_split, merges_by_id,
};
use super::file::{Model, Vocab};
use super::names::Names;
use super::normal::Normalizer;
use super::scalars::decode;

/// When a space is put in front.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prepend {
    Never,
    /// Before the text's first segment, unless it begins with one.
    First,
    /// Before each segment, unless it begins with one.
    Always,
    /// Before each segment.
    Unconditional,
}

/// What all workers share.
pub(super) struct SentencePiece {
    prepend: Prepend,
    merges: Merges,
    /// Ids of single characters by scalar value, up to the highest.
    characters: Vec<u32>,
    byte_ids: Box<[u32; 256]>,
    cuts: Cuts,
    lone: Lone,
    table: Memo,
    start: Memo,
}

impl SentencePiece {
    pub(super) fn new(
        model: Model<'_>,
        pre_tokenizer: &Value,
        normalizer: &Normalizer,
    ) -> Result<Self, String> {
        let prepend = prepend(pre_tokenizer, normalizer).ok_or("the pre-tokenizer is of another kind")?;
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        let plain = empty(&model.continuing_subword_prefix) && empty(&model.end_of_word_suffix);
        if !plain || model.ignore_merges == Some(true) || model.byte_fallback != Some(true) {
            return Err("the model isn't one with byte fallback alone".to_owned());
        }
        let Vocab::Ids(vocab) = &model.vocab else {
            return Err("the vocabulary is no mapping".to_owned());
        };
        let names = Names::new(vocab)?;
        let mut byte_ids = Box::new([NONE; 256]);
        for (byte, id) in byte_ids.iter_mut().enumerate() {
            *id = names
                .id(&format!("<0x{byte:02X}>"))
                .ok_or("a byte has no token")?;
        }
        let list = merges_by_id(model.merges.unwrap_or_default().as_slice(), &names)?;
        if list
            .iter()
            .any(|(left, right, _)| byte_ids.contains(left) || byte_ids.contains(right))
        {
            return Err("a merge has a byte's token".to_owned());
        }
        if names.id("\u{2581}").is_none() {
            // A space would then fall apart into the bytes of U+2581, not into its own.
            return Err("U+2581 has no token".to_owned());
        }
        let mut this = Self {
            prepend,
            merges: Merges::new(&[], &[])?,
            characters: Vec::new(),
            byte_ids,
            cuts: Cuts::new(),
            lone: Lone::new(vocab.iter().map(|(text, _)| &*text.0)),
            table: Memo::new(vocab.len() * 2),
            start: Memo::new(MEMO_SLOTS),
        };
        let mut tokens = Vec::with_capacity(vocab.len());
        for (text, id) in vocab {
            if text.0.contains(' ') {
                return Err("a token has a space".to_owned());
            }
            let token = text.0.replace('\u{2581}', " ");
            let mut scalars = token.chars();
            if let (Some(scalar), None) = (scalars.next(), scalars.next()) {
                let at = scalar as usize;
                if this.characters.len() <= at {
                    this.characters.resize(at + 1, NONE);
                }
                if let Some(slot) = this.characters.get_mut(at) {
                    *slot = *id;
                }
            }
            this.cuts.add(token.as_bytes());
            tokens.push((*id, token));
        }
        tokens.sort_unstable_by_key(|(id, _)| *id);
        let characters = this.characters.iter().copied().filter(|id| *id != NONE);
        let base: Vec<u32> = this.byte_ids.iter().copied().chain(characters).collect();
        this.merges = Merges::new(&list, &base)?;
        let mut symbols = Symbols::default();
        let mut ranks = Vec::with_capacity(tokens.len());
        for (_, token) in &tokens {
            let merged = this.merge(token.as_bytes(), &mut symbols);
            ranks.extend((merged.count == 1 && merged.last != NONE).then_some(merged.last));
            if let Some(key) = Key::of(token.as_bytes()).filter(|_| (1..=15).contains(&merged.count)) {
                this.start.insert_if_free(key, merged.count as u32);
                this.table.insert_if_free(key, merged.count as u32);
            }
        }
        let (merges, numbers) = Merges::only(&list, ranks, &base)?;
        this.merges = merges;
        for id in this.byte_ids.iter_mut().chain(&mut this.characters) {
            *id = numbers.get(*id as usize).copied().unwrap_or(NONE);
        }
        Ok(this)
    }

    /// The symbols of a part with spaces for U+2581.
    #[inline(always)]
    fn symbols(&self, piece: &[u8], mut push: impl FnMut(u32)) {
        let mut at = 0;
        while at < piece.len() {
            let (scalar, len) = decode(piece, at);
            let end = at.wrapping_add(len);
            match self.characters.get(scalar as usize) {
                Some(id) if *id != NONE => push(*id),
                _ => {
                    for byte in piece.get(at..end).unwrap_or_default() {
                        push(self.byte_ids[usize::from(*byte)]);
                    }
                }
            }
            at = end;
        }
    }

    fn merge(&self, piece: &[u8], symbols: &mut Symbols) -> Merged {
        symbols.ids.clear();
        self.symbols(piece, |id| symbols.ids.push(id));
        self.merges.rank_all(symbols);
        self.merges.merge(symbols)
    }

    /// Whether a part that begins with a space counts as it does in the middle of a text.
    pub(super) fn starts_at_spaces(&self) -> bool {
        self.prepend != Prepend::Unconditional
    }

    /// Tokens of a segment of the text, before normalizing; `first` if nothing of the text is before it.
    pub(super) fn count_text(&self, pieces: &mut PieceCounter<'_, Self>, text: &str, first: bool) -> u64 {
        let text: Cow<'_, str> = if text.contains('\u{2581}') {
            text.replace('\u{2581}', " ").into()
        } else {
            text.into()
        };
        let bytes = text.as_bytes();
        let Some(lead) = text.chars().next() else {
            return 0;
        };
        let prepended = match self.prepend {
            Prepend::Never => false,
            Prepend::First => first && lead != ' ',
            Prepend::Always => lead != ' ',
            Prepend::Unconditional => true,
        };
        let (mut count, mut done) = (0u64, 0usize);
        if prepended {
            // The space belongs to what stands before the first cut.
            done = bytes.len();
            self.cuts.places(bytes, 0, |cut| {
                done = cut;
                false
            });
            let mut head = b" ".to_vec();
            head.extend_from_slice(bytes.get(..done).unwrap_or_default());
            self.cuts.parts(&head, |part| {
                count = count.wrapping_add(u64::from(pieces.uncut(part)));
            });
        }
        let rest = text.get(done..).unwrap_or_default();
        count.wrapping_add(count_split(ByCuts(&self.cuts, &self.lone), pieces, rest))
    }
}

/// The known ways to write spaces.
fn prepend(pre_tokenizer: &Value, normalizer: &Normalizer) -> Option<Prepend> {
    match normalizer {
        Normalizer::Underline { prepend } if pre_tokenizer.is_null() => Some(if *prepend {
            Prepend::Unconditional
        } else {
            Prepend::Never
        }),
        Normalizer::Plain => {
            let text = |name: &str| pre_tokenizer.get(name).and_then(Value::as_str);
            let is_metaspace = text("type") == Some("Metaspace")
                && text("replacement") == Some("\u{2581}")
                && pre_tokenizer.get("split") == Some(&Value::Bool(false));
            let scheme = match (text("prepend_scheme"), pre_tokenizer.get("add_prefix_space")) {
                (Some("first"), None | Some(Value::Bool(true) | Value::Null)) => Prepend::First,
                (None | Some("always"), None | Some(Value::Bool(true) | Value::Null)) => Prepend::Always,
                (Some("never"), _) => Prepend::Never,
                _ => return None,
            };
            is_metaspace.then_some(scheme)
        }
        _ => None,
    }
}

impl Pieces for SentencePiece {
    type Scratch = Symbols;

    fn table(&self) -> &Memo {
        &self.table
    }

    fn start(&self) -> &Memo {
        &self.start
    }

    fn cuts(&self) -> Option<&Cuts> {
        Some(&self.cuts)
    }

    fn is_whole(&self, _piece: &[u8]) -> bool {
        false
    }

    /// A part with spaces for U+2581.
    fn count(&self, piece: &[u8], symbols: &mut Symbols) -> u32 {
        self.merge(piece, symbols).count as u32
    }

    fn count_short(&self, keys: &[Key], _symbols: &mut Symbols, mut done: impl FnMut(usize, u32)) {
        let load = |number: usize| {
            let (bytes, len) = keys.get(number).map_or(([0; 16], 0), |key| key.bytes());
            let mut word = Word::EMPTY;
            self.symbols(bytes.get(..len).unwrap_or_default(), |id| word.push(id));
            word.rank_all(&self.merges);
            word
        };
        self.merges
            .merge_words(keys.len(), load, |number, count| done(number, count as u32));
    }
}
