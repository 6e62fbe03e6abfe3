//! Merging: which neighbours become one, first the merge that stands first in the file, leftmost where it stands twice.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// No merge.
pub(in crate::tokens) const NONE: u32 = u32::MAX;

const ID_BITS: u32 = 18;
const RANK_BITS: u32 = 28;
const FREE: u64 = u64::MAX;
/// Symbols of a word: they fit a register or two.
const WORD: usize = 16;
/// Longest run of symbols merged by linear search for the lowest rank.
const LINEAR: usize = 64;
/// Words that are merged in turns: while the ranks of one are on their way from memory, the others go on.
const LANES: usize = 8;

/// Pairs of ids to ranks. Eight entries are one cache line, and a line with room ends the search: most look-ups are for
/// pairs that don't merge, and cost one miss.
pub(in crate::tokens) struct Merges {
    lines: Box<[Line]>,
    /// What a merge of a rank makes; where it is empty, `first_made` plus the rank.
    results: Vec<u32>,
    first_made: u32,
}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

/// Symbols on the way; kept by a worker so that merging allocates nothing.
#[derive(Default)]
pub(in crate::tokens) struct Symbols {
    pub(in crate::tokens) ids: Vec<u32>,
    /// `ranks[i]` is that of symbols `i` and `i + 1`; the last is [`NONE`].
    pub(in crate::tokens) ranks: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    heap: BinaryHeap<Reverse<u64>>,
}

/// Symbols of a short piece and the ranks of neighbours, as in [`Symbols`]; what is beyond `len` is [`NONE`].
#[derive(Clone, Copy)]
pub(in crate::tokens) struct Word {
    pub(in crate::tokens) ids: [u32; WORD],
    pub(in crate::tokens) ranks: [u32; WORD],
    pub(in crate::tokens) len: usize,
}

/// What merging leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tokens) struct Merged {
    /// Symbols.
    pub(in crate::tokens) count: usize,
    /// The rank of the last merge; [`NONE`] if there was none.
    pub(in crate::tokens) last: u32,
}

impl Word {
    pub(in crate::tokens) const EMPTY: Self = Self {
        ids: [NONE; WORD],
        ranks: [NONE; WORD],
        len: 0,
    };

    /// Adds a symbol; there is room for as many as a short piece has bytes.
    #[inline(always)]
    pub(in crate::tokens) fn push(&mut self, id: u32) {
        if let Some(slot) = self.ids.get_mut(self.len) {
            *slot = id;
            self.len = self.len.wrapping_add(1);
        }
    }

    /// Looks up the ranks of all neighbours.
    #[inline(always)]
    pub(in crate::tokens) fn rank_all(&mut self, merges: &Merges) {
        for at in 0..self.len.saturating_sub(1) {
            if let (Some((left, right)), Some(rank)) = (self.pair(at), self.ranks.get_mut(at)) {
                *rank = merges.rank(left, right);
            }
        }
    }

    /// Where the lowest rank stands, the leftmost if there are several, and the rank; [`NONE`] if nothing merges.
    #[inline(always)]
    fn best(&self) -> (usize, u32) {
        let best = self.ranks.iter().copied().fold(NONE, u32::min);
        let found = (0..WORD).fold(0u32, |found, place| {
            found | u32::from(self.ranks[place] == best) << place
        });
        (found.trailing_zeros() as usize % WORD, best)
    }

    /// Puts one symbol in place of two, without a branch a symbol. Its ranks are then to be looked up.
    #[inline(always)]
    fn replace_two(&mut self, at: usize, merged: u32) {
        self.len = self.len.wrapping_sub(1);
        let old = *self;
        for place in 0..WORD - 1 {
            let goes = place > at;
            self.ids[place] = if goes { old.ids[place + 1] } else { old.ids[place] };
            self.ranks[place] = if goes {
                old.ranks[place + 1]
            } else {
                old.ranks[place]
            };
        }
        (self.ids[WORD - 1], self.ranks[WORD - 1]) = (NONE, NONE);
        self.ids[at % WORD] = merged;
    }

    /// The pair that begins at a place, if it is one.
    #[inline(always)]
    fn pair(&self, at: usize) -> Option<(u32, u32)> {
        let right = at.wrapping_add(1);
        (right < self.len).then(|| (self.ids[at % WORD], self.ids[right % WORD]))
    }

    /// Looks up the ranks beside a symbol that is new.
    #[inline(always)]
    fn look_up(&mut self, merges: &Merges, at: usize) {
        let rank = |pair: Option<(u32, u32)>| pair.map_or(NONE, |(left, right)| merges.rank(left, right));
        self.ranks[at % WORD] = rank(self.pair(at));
        if let Some(before) = at.checked_sub(1) {
            self.ranks[before % WORD] = rank(self.pair(before));
        }
    }
}

/// Refuses symbols that the tables have no room for. The highest number is left out too: two of it would look like a
/// free entry.
fn check_room(mut ids: impl Iterator<Item = u32>) -> Result<(), String> {
    if ids.all(|id| id < (1 << ID_BITS) - 1) {
        Ok(())
    } else {
        Err("more tokens or merges than the tables hold".to_owned())
    }
}

impl Merges {
    /// From pairs and results in the file's order, for texts that begin as symbols of `base`; of a pair that stands twice
    /// the last counts.
    pub(in crate::tokens) fn new(merges: &[(u32, u32, u32)], base: &[u32]) -> Result<Self, String> {
        check_room(base.iter().copied().chain(merges.iter().map(|merge| merge.2)))?;
        let pairs = merges.iter().map(|(left, right, _)| (*left, *right));
        let results = merges.iter().map(|merge| merge.2).collect();
        Self::of(pairs, results, 0)
    }

    /// The merges of some ranks alone, in order, and symbols renumbered: `base` holds those that are there before any
    /// merge, as they get the numbers from 0 on, and each merge's result follows in the order of ranks.
    ///
    /// Counts stay the same if the ranks are those by which each token comes about when its own bytes are merged. Inside
    /// any text, while nothing has merged over a token's ends, its inside merges as it does alone, so it comes about by
    /// that very merge and no other. Lists that name all ways to split a token have two in three that never happen.
    pub(in crate::tokens) fn only(
        merges: &[(u32, u32, u32)],
        mut ranks: Vec<u32>,
        base: &[u32],
    ) -> Result<(Self, Vec<u32>), String> {
        ranks.sort_unstable();
        ranks.dedup();
        let last = u32::try_from(base.len() + ranks.len()).unwrap_or(u32::MAX);
        check_room(
            base.iter()
                .copied()
                .chain(merges.iter().map(|merge| merge.2))
                .chain([last]),
        )?;
        let used = || ranks.iter().filter_map(|rank| merges.get(*rank as usize));
        let most = merges
            .iter()
            .map(|merge| merge.2)
            .chain(base.iter().copied())
            .max();
        let mut numbers = vec![NONE; most.map_or(0, |most| most as usize + 1)];
        for (id, number) in base.iter().chain(used().map(|merge| &merge.2)).zip(0u32..) {
            match numbers.get_mut(*id as usize) {
                Some(slot) if *slot == NONE => *slot = number,
                _ => return Err("a token comes about in two ways".to_owned()),
            }
        }
        let number = |id: u32| numbers.get(id as usize).copied().unwrap_or(NONE);
        let pairs = used().map(|(left, right, _)| (number(*left), number(*right)));
        let first_made = u32::try_from(base.len()).unwrap_or(NONE);
        Ok((Self::of(pairs, Vec::new(), first_made)?, numbers))
    }

    fn of(
        pairs: impl Iterator<Item = (u32, u32)>,
        results: Vec<u32>,
        first_made: u32,
    ) -> Result<Self, String> {
        let pairs: Vec<(u32, u32)> = pairs.collect();
        check_room(pairs.iter().flat_map(|(left, right)| [*left, *right]))?;
        if pairs.len() >= 1 << RANK_BITS {
            return Err("more tokens or merges than the tables hold".to_owned());
        }
        // A load of a half.
        let lines = (pairs.len() / 4).max(2);
        let mut table = Self {
            lines: vec![Line([FREE; 8]); lines].into_boxed_slice(),
            results,
            first_made,
        };
        for (rank, (left, right)) in pairs.iter().enumerate() {
            table.insert(*left, *right, rank as u64);
        }
        Ok(table)
    }

    #[inline(always)]
    fn key(left: u32, right: u32) -> u64 {
        u64::from(left) << ID_BITS | u64::from(right)
    }

    #[inline(always)]
    fn line(&self, key: u64) -> usize {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (u128::from(hash).wrapping_mul(self.lines.len() as u128) >> 64) as usize
    }

    /// The line after one, where a full one's entries go on.
    #[inline(always)]
    fn line_after(&self, at: usize) -> usize {
        let next = at.wrapping_add(1);
        if next < self.lines.len() { next } else { 0 }
    }

    fn insert(&mut self, left: u32, right: u32, rank: u64) {
        let key = Self::key(left, right);
        let mut at = self.line(key);
        loop {
            let Some(Line(entries)) = self.lines.get_mut(at) else {
                return;
            };
            for entry in entries {
                if *entry == FREE || *entry >> RANK_BITS == key {
                    *entry = key << RANK_BITS | rank;
                    return;
                }
            }
            at = self.line_after(at);
        }
    }

    /// The rank of a pair, or [`NONE`].
    #[inline(always)]
    pub(in crate::tokens) fn rank(&self, left: u32, right: u32) -> u32 {
        let key = Self::key(left, right);
        let mut at = self.line(key);
        loop {
            let Some(Line(entries)) = self.lines.get(at) else {
                return NONE;
            };
            let mut found = NONE;
            for entry in entries {
                // The ranks of other pairs are masked out, not skipped: no branch to guess.
                let rank = (entry & ((1 << RANK_BITS) - 1)) as u32;
                found = if entry >> RANK_BITS == key { rank } else { found };
            }
            if found != NONE || matches!(entries, [.., last] if *last == FREE) {
                return found;
            }
            at = self.line_after(at);
        }
    }

    /// Asks the cache for what [`Merges::rank`] will read.
    #[inline(always)]
    fn fetch(&self, pair: Option<(u32, u32)>) {
        if let Some((left, right)) = pair
            && let Some(line) = self.lines.get(self.line(Self::key(left, right)))
        {
            super::simd::fetch(line);
        }
    }

    /// What a merge makes.
    #[inline(always)]
    pub(in crate::tokens) fn result(&self, rank: u32) -> u32 {
        if self.results.is_empty() {
            self.first_made.wrapping_add(rank)
        } else {
            self.results.get(rank as usize).copied().unwrap_or(NONE)
        }
    }

    /// Fills in the ranks of all neighbours.
    pub(in crate::tokens) fn rank_all(&self, symbols: &mut Symbols) {
        let Symbols { ids, ranks, .. } = symbols;
        ranks.clear();
        ranks.extend(ids.windows(2).map(|pair| match pair {
            [left, right] => self.rank(*left, *right),
            _ => NONE,
        }));
        ranks.push(NONE);
    }

    /// Merges ranked symbols until nothing merges.
    pub(in crate::tokens) fn merge(&self, symbols: &mut Symbols) -> Merged {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the instructions.
            return unsafe { self.merge_avx2(symbols) };
        }
        self.merge_any(symbols)
    }

    /// The same code where the eight comparisons of a line are two instructions.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn merge_avx2(&self, symbols: &mut Symbols) -> Merged {
        self.merge_any(symbols)
    }

    #[inline(always)]
    fn merge_any(&self, symbols: &mut Symbols) -> Merged {
        if let Some(mut word) = Self::word(symbols) {
            self.merge_word(&mut word)
        } else if symbols.ids.len() <= LINEAR {
            self.merge_linear(&mut symbols.ids, &mut symbols.ranks)
        } else {
            self.merge_heap(symbols)
        }
    }

    /// Symbols as a word, if they are few enough.
    #[inline(always)]
    fn word(symbols: &Symbols) -> Option<Word> {
        let mut word = Word::EMPTY;
        word.len = symbols.ids.len();
        word.ids.get_mut(..word.len)?.copy_from_slice(&symbols.ids);
        word.ranks
            .get_mut(..word.len)?
            .copy_from_slice(symbols.ranks.get(..word.len)?);
        Some(word)
    }

    /// The fastest for a word: search and removal are a few instructions on all symbols.
    #[inline(always)]
    fn merge_word(&self, word: &mut Word) -> Merged {
        let mut last = NONE;
        loop {
            let (at, best) = word.best();
            if best == NONE {
                return Merged {
                    count: word.len,
                    last,
                };
            }
            last = best;
            word.replace_two(at, self.result(best));
            word.look_up(self, at);
        }
    }

    /// Merges many words in turns: `load` gives a word by its number, `done` gets how many symbols are left of it.
    #[inline(always)]
    pub(in crate::tokens) fn merge_words(
        &self,
        n_words: usize,
        load: impl FnMut(usize) -> Word,
        done: impl FnMut(usize, usize),
    ) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the instructions.
            return unsafe { self.merge_words_avx2(n_words, load, done) };
        }
        self.merge_words_any(n_words, load, done);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn merge_words_avx2(
        &self,
        n_words: usize,
        load: impl FnMut(usize) -> Word,
        done: impl FnMut(usize, usize),
    ) {
        self.merge_words_any(n_words, load, done);
    }

    #[inline(always)]
    fn merge_words_any(
        &self,
        n_words: usize,
        mut load: impl FnMut(usize) -> Word,
        mut done: impl FnMut(usize, usize),
    ) {
        // A word, its number, and where its ranks are on their way.
        let mut lanes = [(Word::EMPTY, 0usize, None::<usize>); LANES];
        let (mut next, mut n_lanes) = (0, 0);
        while let Some(lane) = lanes.get_mut(n_lanes).filter(|_| next < n_words) {
            *lane = (load(next), next, None);
            (next, n_lanes) = (next.wrapping_add(1), n_lanes.wrapping_add(1));
        }
        let mut turn = 0usize;
        while n_lanes > 0 {
            turn = if turn >= n_lanes { 0 } else { turn };
            let Some((word, number, waits)) = lanes.get_mut(turn) else {
                return;
            };
            if let Some(at) = *waits {
                word.look_up(self, at);
            }
            let (at, best) = word.best();
            if best != NONE {
                word.replace_two(at, self.result(best));
                self.fetch(word.pair(at));
                self.fetch(at.checked_sub(1).and_then(|before| word.pair(before)));
                *waits = Some(at);
                turn = turn.wrapping_add(1);
                continue;
            }
            done(*number, word.len);
            if next < n_words {
                (*word, *number, *waits) = (load(next), next, None);
                next = next.wrapping_add(1);
            } else {
                n_lanes = n_lanes.wrapping_sub(1);
                let last = lanes.get(n_lanes).copied();
                if let (Some(lane), Some(last)) = (lanes.get_mut(turn), last) {
                    *lane = last;
                }
            }
        }
    }

    /// Quadratic, and fast for a long word.
    #[inline(always)]
    fn merge_linear(&self, ids: &mut [u32], ranks: &mut [u32]) -> Merged {
        let (mut len, mut last) = (ids.len(), NONE);
        loop {
            let (mut best, mut at) = (NONE, 0);
            for (index, rank) in ranks.iter().take(len).enumerate() {
                if *rank < best {
                    (best, at) = (*rank, index);
                }
            }
            if best == NONE {
                return Merged { count: len, last };
            }
            last = best;
            let merged = self.result(best);
            len = len.wrapping_sub(1);
            let after = at.wrapping_add(1);
            ids.copy_within(after.wrapping_add(1)..len.wrapping_add(1), after);
            ranks.copy_within(after.wrapping_add(1)..len.wrapping_add(1), after);
            let rank = match ids.get(after) {
                Some(next) if after < len => self.rank(merged, *next),
                _ => NONE,
            };
            if let (Some(id), Some(slot)) = (ids.get_mut(at), ranks.get_mut(at)) {
                (*id, *slot) = (merged, rank);
            }
            let before = at.wrapping_sub(1);
            if let (Some(previous), Some(slot)) = (ids.get(before).copied(), ranks.get_mut(before)) {
                *slot = self.rank(previous, merged);
            }
        }
    }

    /// For long pieces: a heap of ranks with places, and links between the symbols that are left.
    #[inline(always)]
    fn merge_heap(&self, symbols: &mut Symbols) -> Merged {
        let Symbols {
            ids,
            ranks,
            next,
            previous,
            heap,
        } = symbols;
        let (mut len, mut last) = (ids.len(), NONE);
        let count = len as u32;
        next.clear();
        next.extend(1..=count);
        previous.clear();
        previous.extend((0..count).map(|index| index.wrapping_sub(1)));
        let entry = |rank: u32, at: u32| Reverse(u64::from(rank) << 32 | u64::from(at));
        heap.clear();
        heap.extend(
            ranks
                .iter()
                .zip(0u32..)
                .filter(|(rank, _)| **rank != NONE)
                .map(|(rank, at)| entry(*rank, at)),
        );
        let get = |list: &[u32], at: u32| list.get(at as usize).copied().unwrap_or(NONE);
        while let Some(Reverse(top)) = heap.pop() {
            let (rank, at) = ((top >> 32) as u32, top as u32);
            if get(ranks, at) != rank {
                continue;
            }
            last = rank;
            let merged = self.result(rank);
            let gone = get(next, at);
            let after = get(next, gone);
            len = len.wrapping_sub(1);
            let set = |list: &mut Vec<u32>, at: u32, value: u32| {
                if let Some(slot) = list.get_mut(at as usize) {
                    *slot = value;
                }
            };
            set(ids, at, merged);
            set(ranks, gone, NONE);
            set(next, at, after);
            set(previous, after, at);
            let rank = if after < count {
                self.rank(merged, get(ids, after))
            } else {
                NONE
            };
            set(ranks, at, rank);
            if rank != NONE {
                heap.push(entry(rank, at));
            }
            let before = get(previous, at);
            if before != NONE {
                let rank = self.rank(get(ids, before), merged);
                set(ranks, before, rank);
                if rank != NONE {
                    heap.push(entry(rank, before));
                }
            }
        }
        Merged { count: len, last }
    }
}

#[cfg(test)]
mod tests;
