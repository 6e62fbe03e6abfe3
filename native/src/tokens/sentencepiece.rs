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
    ByCuts, Cuts, Key, Lone, MEMO_SLOTS, Memo, Merges, NONE, PieceCounter, Pieces, Symbols, count_split,
    merges_by_id,
};
use super::file::{Model, Vocab};
use super::names::Names;
use super::normal::Normalizer;

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
        let merges = merges_by_id(model.merges.unwrap_or_default().as_slice(), &names)?;
        if merges
            .iter()
            .any(|(left, right, _)| byte_ids.contains(left) || byte_ids.contains(right))
        {
            return Err("a merge has a byte's token".to_owned());
        }
        let mut this = Self {
            prepend,
            merges: Merges::new(&merges)?,
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
        let mut symbols = Symbols::default();
        for (_, token) in &tokens {
            if let Some(key) = Key::of(token.as_bytes()) {
                let count = Pieces::count(&this, token.as_bytes(), &mut symbols);
                if (1..=15).contains(&count) {
                    this.start.insert_if_free(key, count);
                    this.table.insert_if_free(key, count);
                }
            }
        }
        Ok(this)
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
        let Ok(text) = std::str::from_utf8(piece) else {
            return 0;
        };
        symbols.ids.clear();
        for scalar in text.chars() {
            match self.characters.get(scalar as usize) {
                Some(id) if *id != NONE => symbols.ids.push(*id),
                _ => {
                    let mut bytes = [0; 4];
                    let ids = scalar
                        .encode_utf8(&mut bytes)
                        .bytes()
                        .map(|byte| self.byte_ids[usize::from(byte)]);
                    symbols.ids.extend(ids);
                }
            }
        }
        self.merges.rank_all(symbols);
        self.merges.merge(symbols) as u32
    }
}
