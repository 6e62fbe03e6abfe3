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

/// Pairs of ids to ranks. Eight entries are one cache line, and a line with room ends the search: most look-ups are for
/// pairs that don't merge, and cost one miss.
pub(in crate::tokens) struct Merges {
    lines: Box<[Line]>,
    shift: u32,
    /// What a merge of a rank makes.
    results: Vec<u32>,
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

impl Merges {
    /// From pairs and results in the file's order; of a pair that stands twice the last counts.
    pub(in crate::tokens) fn new(merges: &[(u32, u32, u32)]) -> Result<Self, String> {
        // The highest id is left out: with it a pair could look like a free entry.
        let fits = |id: u32| id < (1 << ID_BITS) - 1;
        let all_fit = merges.iter().all(|(left, right, _)| fits(*left) && fits(*right));
        if !all_fit || merges.len() >= 1 << RANK_BITS {
            return Err("more tokens or merges than the tables hold".to_owned());
        }
        // A load of at most a half.
        let lines = (merges.len() / 4).next_power_of_two().max(2);
        let mut table = Self {
            lines: vec![Line([FREE; 8]); lines].into_boxed_slice(),
            shift: 64 - lines.ilog2(),
            results: merges.iter().map(|merge| merge.2).collect(),
        };
        for (rank, (left, right, _)) in merges.iter().enumerate() {
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
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn insert(&mut self, left: u32, right: u32, rank: u64) {
        let key = Self::key(left, right);
        let mut at = self.line(key);
        loop {
            let mask = self.lines.len() - 1;
            let Some(Line(entries)) = self.lines.get_mut(at) else {
                return;
            };
            for entry in entries {
                if *entry == FREE || *entry >> RANK_BITS == key {
                    *entry = key << RANK_BITS | rank;
                    return;
                }
            }
            at = (at + 1) & mask;
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
            at = at.wrapping_add(1) & self.lines.len().wrapping_sub(1);
        }
    }

    /// What a merge makes.
    #[inline(always)]
    pub(in crate::tokens) fn result(&self, rank: u32) -> u32 {
        self.results.get(rank as usize).copied().unwrap_or(NONE)
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

    /// Merges ranked symbols until nothing merges, and says how many are left.
    pub(in crate::tokens) fn merge(&self, symbols: &mut Symbols) -> usize {
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
    fn merge_avx2(&self, symbols: &mut Symbols) -> usize {
        self.merge_any(symbols)
    }

    #[inline(always)]
    fn merge_any(&self, symbols: &mut Symbols) -> usize {
        if let Some(count) = self.merge_word(&symbols.ids, &symbols.ranks) {
            count
        } else if symbols.ids.len() <= LINEAR {
            self.merge_linear(&mut symbols.ids, &mut symbols.ranks)
        } else {
            self.merge_heap(symbols)
        }
    }

    /// The fastest for a word, and `None` for anything longer: search and removal are a few instructions on all symbols,
    /// without a branch a symbol.
    #[inline(always)]
    fn merge_word(&self, given_ids: &[u32], given_ranks: &[u32]) -> Option<usize> {
        let mut len = given_ids.len();
        let (mut ids, mut ranks) = ([NONE; WORD], [NONE; WORD]);
        ids.get_mut(..len)?.copy_from_slice(given_ids);
        ranks.get_mut(..len)?.copy_from_slice(given_ranks.get(..len)?);
        loop {
            let best = ranks.iter().copied().fold(NONE, u32::min);
            if best == NONE {
                return Some(len);
            }
            let found = (0..WORD).fold(0u32, |found, place| {
                found | u32::from(ranks[place] == best) << place
            });
            let at = found.trailing_zeros() as usize % WORD;
            len = len.wrapping_sub(1);
            let (old_ids, old_ranks) = (ids, ranks);
            for place in 0..WORD - 1 {
                let goes = place > at;
                ids[place] = if goes { old_ids[place + 1] } else { old_ids[place] };
                ranks[place] = if goes {
                    old_ranks[place + 1]
                } else {
                    old_ranks[place]
                };
            }
            (ids[WORD - 1], ranks[WORD - 1]) = (NONE, NONE);
            let merged = self.result(best);
            ids[at] = merged;
            ranks[at] = if at.wrapping_add(1) < len {
                self.rank(merged, ids[at.wrapping_add(1) % WORD])
            } else {
                NONE
            };
            if let Some(before) = at.checked_sub(1) {
                ranks[before] = self.rank(ids[before], merged);
            }
        }
    }

    /// Quadratic, and fast for a long word.
    #[inline(always)]
    fn merge_linear(&self, ids: &mut [u32], ranks: &mut [u32]) -> usize {
        let mut len = ids.len();
        loop {
            let (mut best, mut at) = (NONE, 0);
            for (index, rank) in ranks.iter().take(len).enumerate() {
                if *rank < best {
                    (best, at) = (*rank, index);
                }
            }
            if best == NONE {
                return len;
            }
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
    fn merge_heap(&self, symbols: &mut Symbols) -> usize {
        let Symbols {
            ids,
            ranks,
            next,
            previous,
            heap,
        } = symbols;
        let mut len = ids.len();
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
        len
    }
}

#[cfg(test)]
mod tests {
    use super::{LINEAR, Merges, Symbols, WORD};

    fn count(merges: &Merges, ids: &[u32], heap: bool) -> usize {
        let len = ids.len();
        let mut symbols = Symbols {
            ids: ids.to_vec(),
            ..Symbols::default()
        };
        merges.rank_all(&mut symbols);
        if heap {
            return merges.merge_heap(&mut symbols);
        }
        let mut again = Symbols {
            ids: symbols.ids.clone(),
            ranks: symbols.ranks.clone(),
            ..Symbols::default()
        };
        let best = merges.merge(&mut again);
        let Symbols { ids, ranks, .. } = &mut symbols;
        let by_word = merges.merge_word(ids, ranks);
        let linear = merges.merge_linear(ids, ranks);
        assert_eq!(by_word, (len <= WORD).then_some(linear), "{ids:?}");
        assert_eq!(best, linear, "{ids:?}");
        linear
    }

    #[test]
    fn takes_the_lowest_rank_and_then_the_leftmost() {
        // a=0 b=1 c=2; bc=3 before ab=4 before abc=5.
        let merges = Merges::new(&[(1, 2, 3), (0, 1, 4), (0, 3, 5), (0, 0, 6)]).unwrap();
        for (ids, expected) in [
            (vec![0, 1, 2], 1),
            (vec![0, 1], 1),
            (vec![1, 0], 2),
            (vec![0, 0, 0], 2),
            (vec![0, 0, 1, 2], 2),
            (vec![2], 1),
            (vec![], 0),
        ] {
            assert_eq!(count(&merges, &ids, false), expected, "{ids:?}");
            assert_eq!(count(&merges, &ids, true), expected, "{ids:?}");
        }
    }

    #[test]
    fn the_last_of_two_equal_pairs_counts() {
        let merges = Merges::new(&[(0, 1, 3), (1, 2, 4), (0, 1, 3)]).unwrap();
        assert_eq!((merges.rank(0, 1), merges.rank(1, 2)), (2, 1));
    }

    #[test]
    fn heap_and_linear_search_agree() {
        let list: Vec<(u32, u32, u32)> = (0..if cfg!(miri) { 300 } else { 3000u32 })
            .map(|index| (index * 7 % 40, index * 11 % 43, 5 + index % 60))
            .collect();
        let merges = Merges::new(&list).unwrap();
        let mut state = 1u64;
        // Miri is some thousand times slower.
        let (step, words) = if cfg!(miri) { (32, 18) } else { (1, 2000) };
        let words = (0..words).map(|number| number % (WORD + 2));
        for len in (0..=LINEAR).step_by(step).chain(words) {
            let ids: Vec<u32> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 40) as u32 % 45
                })
                .collect();
            assert_eq!(count(&merges, &ids, false), count(&merges, &ids, true), "{ids:?}");
        }
    }

    #[test]
    fn refuses_more_than_it_can_hold() {
        assert!(Merges::new(&[(1 << 18, 0, 0)]).is_err());
    }
}
