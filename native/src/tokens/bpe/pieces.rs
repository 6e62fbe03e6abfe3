//! Counting pieces by memory, for every kind of model: only what was never seen is worked out.

use super::lone::EAST_ASIAN;
use super::look_up::GROUP;
use super::run::Boundaries;
use super::simd::Line;
use super::spans::Spans;
use super::{Cuts, Key, LongMemo, Memo};

/// A model whose pieces are counted one by one.
pub(in crate::tokens) trait Pieces: Send + Sync {
    /// What a worker keeps so that counting a piece allocates nothing.
    type Scratch: Default + Send;

    /// Counts of the vocabulary's own tokens, read-only.
    fn table(&self) -> &Memo;

    /// What a worker's memo starts with.
    fn start(&self) -> &Memo;

    /// Where a piece may be cut, if it may.
    fn cuts(&self) -> Option<&Cuts>;

    /// Where a part that has no such cuts may be cut all the same, if it may.
    fn spans(&self) -> Option<&Spans> {
        None
    }

    /// Whether the whole piece is one token whatever the merges say.
    fn is_whole(&self, piece: &[u8]) -> bool;

    /// Tokens of a piece, the slow way.
    fn count(&self, piece: &[u8], scratch: &mut Self::Scratch) -> u32;

    /// The same for pieces that fit a slot, by their number among these.
    fn count_short(&self, keys: &[Key], scratch: &mut Self::Scratch, mut done: impl FnMut(usize, u32)) {
        for (number, key) in keys.iter().enumerate() {
            let (bytes, len) = key.bytes();
            done(number, self.count(bytes.get(..len).unwrap_or_default(), scratch));
        }
    }
}

/// One thread's memory of the pieces it has met.
pub(in crate::tokens) struct PieceCounter<'m, M: Pieces> {
    model: &'m M,
    memo: Memo,
    long: LongMemo,
    scratch: M::Scratch,
    boundaries: Option<Boundaries>,
}

impl<'m, M: Pieces> PieceCounter<'m, M> {
    pub(in crate::tokens) fn new(model: &'m M) -> Self {
        Self {
            model,
            memo: model.start().clone(),
            long: LongMemo::new(),
            scratch: M::Scratch::default(),
            boundaries: None,
        }
    }

    /// What the model keeps here between pieces.
    #[inline(always)]
    pub(in crate::tokens) fn scratch(&mut self) -> &mut M::Scratch {
        &mut self.scratch
    }

    /// Lent to the loop over a text.
    pub(in crate::tokens) fn take_boundaries(&mut self) -> Boundaries {
        self.boundaries.take().unwrap_or_else(Boundaries::new)
    }

    pub(in crate::tokens) fn put_boundaries(&mut self, boundaries: Boundaries) {
        self.boundaries = Some(boundaries);
    }

    /// The number of the memo's line that a key stands in.
    #[inline(always)]
    pub(in crate::tokens) fn place(&self, key: Key) -> u32 {
        self.memo.place(key)
    }

    /// A line of the memo by its number.
    #[inline(always)]
    pub(in crate::tokens) fn line(&self, place: u32) -> &Line {
        self.memo.line(place)
    }

    /// The line of the model's table that a key stands in.
    #[inline(always)]
    pub(in crate::tokens) fn table_line(&self, key: Key) -> &Line {
        let table = self.model.table();
        table.line(table.place(key))
    }

    /// Tokens of a piece.
    #[inline(always)]
    pub(in crate::tokens) fn count(&mut self, piece: &[u8]) -> u32 {
        match Key::of(piece) {
            Some(key) => self.short(key),
            None => self.long(piece),
        }
    }

    /// Tokens of a piece that has no safe cuts inside.
    #[inline(always)]
    pub(in crate::tokens) fn uncut(&mut self, piece: &[u8]) -> u32 {
        match Key::of(piece) {
            Some(key) => self.short(key),
            None => self.remembered(piece),
        }
    }

    /// Tokens of a piece that fits a slot.
    #[inline(always)]
    pub(in crate::tokens) fn short(&mut self, key: Key) -> u32 {
        match self.memo.get(key) {
            0 => self.missed(key),
            count => count,
        }
    }

    #[cold]
    #[inline(never)]
    pub(in crate::tokens) fn missed(&mut self, key: Key) -> u32 {
        let mut count = self.model.table().get(key);
        if count == 0 {
            let (bytes, len) = key.bytes();
            let piece = bytes.get(..len).unwrap_or_default();
            count = if self.model.is_whole(piece) {
                1
            } else {
                self.model.count(piece, &mut self.scratch)
            };
        }
        // A piece that counts nothing, or more tokens than bytes, is worked out each time.
        if (1..=15).contains(&count) {
            self.memo.insert(key, count);
        }
        count
    }

    /// Tokens of pieces of a group that the memo didn't know when they were looked up: they are worked out together, and
    /// what comes twice among them is so too.
    #[inline(never)]
    pub(in crate::tokens) fn missed_group(&mut self, keys: &[Key]) -> u64 {
        let model = self.model;
        let mut sum = 0u64;
        let mut left = [Key::NOTHING; GROUP];
        let mut n_left = 0usize;
        for key in keys {
            let (bytes, len) = key.bytes();
            let piece = bytes.get(..len).unwrap_or_default();
            let mut count = model.table().get(*key);
            if count == 0 {
                count = u32::from(model.is_whole(piece));
            }
            if count == 0 {
                count = self.in_parts(piece);
            }
            if count > 0 {
                self.memo.insert_once(*key, count);
                sum = sum.wrapping_add(u64::from(count));
            } else if let Some(slot) = left.get_mut(n_left) {
                *slot = *key;
                n_left = n_left.wrapping_add(1);
            }
        }
        let Self { memo, scratch, .. } = self;
        let left = left.get(..n_left).unwrap_or_default();
        model.count_short(left, scratch, |number, count| {
            sum = sum.wrapping_add(u64::from(count));
            if let Some(key) = left.get(number).filter(|_| (1..=15).contains(&count)) {
                memo.insert_once(*key, count);
            }
        });
        sum
    }

    /// Tokens of a short piece of Han, kana or Hangul by the parts that no token joins; 0 if it has no parts.
    fn in_parts(&mut self, piece: &[u8]) -> u32 {
        // In scripts of letters hardly a place is left uncovered.
        let east_asian = piece.iter().any(|byte| *byte >= EAST_ASIAN);
        let Some(spans) = self.model.spans().filter(|_| east_asian) else {
            return 0;
        };
        let mut count = 0u32;
        spans.parts(piece, |part| {
            if let Some(key) = Key::of(part).filter(|_| part.len() < piece.len()) {
                count = count.wrapping_add(self.short(key));
            }
        });
        count
    }

    /// A piece that fits no slot: whole if the vocabulary says so, else part by part.
    #[inline(never)]
    pub(in crate::tokens) fn long(&mut self, piece: &[u8]) -> u32 {
        let model = self.model;
        if piece.is_empty() {
            return 0;
        }
        if model.is_whole(piece) {
            return 1;
        }
        let Some(cuts) = model.cuts() else {
            return self.remembered(piece);
        };
        let mut count = 0u32;
        cuts.parts(piece, |part| count = count.wrapping_add(self.uncut(part)));
        count
    }

    /// A long part, by memory or by work.
    fn remembered(&mut self, part: &[u8]) -> u32 {
        if part.len() > LongMemo::LONGEST {
            return self.worked_out(part);
        }
        let hash = LongMemo::hash(part);
        match self.long.get(part, hash) {
            0 => {
                let count = self.worked_out(part);
                self.long.insert(part, hash, count);
                count
            }
            count => count,
        }
    }

    /// A long part whose count isn't known.
    fn worked_out(&mut self, part: &[u8]) -> u32 {
        let model = self.model;
        let Some(spans) = model.spans().filter(|_| !part.is_ascii()) else {
            return model.count(part, &mut self.scratch);
        };
        let mut count = 0u32;
        spans.parts(part, |part| {
            count = count.wrapping_add(match Key::of(part) {
                Some(key) => self.short(key),
                None => model.count(part, &mut self.scratch),
            });
        });
        count
    }
}
