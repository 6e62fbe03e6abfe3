//! Byte strings by their beginnings: a trie in one array.
//!
//! A node's children stand at `base ^ byte`, so that a step is one load and one comparison; no two nodes have the same
//! base, so the label alone says whose child a unit is. A greedy longest match, and a search for all prefixes, then cost
//! a few loads a byte, where hashing every prefix costs a few dozen.

/// Label, whether the unit is in use, whether a string ends here; the children's base in the upper bits.
const LABEL: u32 = 0xff;
const USED: u32 = 1 << 8;
const ENDS: u32 = 1 << 9;
const BASE_BITS: u32 = 22;
const BASE_SHIFT: u32 = 32 - BASE_BITS;
/// Units that are added at a time: all bytes at one base.
const BLOCK: usize = 256;
/// Free units that are tried for a node's children before a block is added.
const TRIES: usize = 64;

/// Strings with a value each.
pub(super) struct Trie {
    units: Vec<u32>,
    values: Vec<u32>,
    root: u32,
    longest: usize,
}

/// A place in a trie, by the base of its children.
#[derive(Clone, Copy)]
pub(super) struct Node(u32);

impl Trie {
    /// Of a string that stands twice the last value counts. `Err` if there is no room for so many.
    pub(super) fn new<'k>(strings: impl IntoIterator<Item = (&'k [u8], u32)>) -> Result<Self, String> {
        let mut strings: Vec<(&[u8], u32)> = strings.into_iter().collect();
        // Stable: of equal strings the last one stays last.
        strings.sort_by_key(|(string, _)| *string);
        let mut builder = Builder::default();
        let root = builder.build(&strings)?;
        Ok(Self {
            units: builder.units,
            values: builder.values,
            root,
            longest: strings.iter().map(|(string, _)| string.len()).max().unwrap_or(0),
        })
    }

    /// Where every string begins.
    #[inline(always)]
    pub(super) fn root(&self) -> Node {
        Node(self.root)
    }

    /// Bytes of the longest string.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// One byte on: the next place, and the value of the string that ends there.
    #[inline(always)]
    pub(super) fn step(&self, node: Node, byte: u8) -> Option<(Node, Option<u32>)> {
        let at = (node.0 ^ u32::from(byte)) as usize;
        let unit = *self.units.get(at)?;
        if unit & (LABEL | USED) != u32::from(byte) | USED {
            return None;
        }
        let value = if unit & ENDS == 0 {
            None
        } else {
            self.values.get(at).copied()
        };
        Some((Node(unit >> BASE_SHIFT), value))
    }

    /// Length of the longest string that a text begins with; 0 if there is none.
    #[inline(always)]
    pub(super) fn longest_prefix(&self, text: &[u8]) -> usize {
        let (mut node, mut found) = (self.root(), 0);
        for (byte, len) in text.iter().zip(1usize..) {
            let Some((next, value)) = self.step(node, *byte) else {
                break;
            };
            node = next;
            found = if value.is_some() { len } else { found };
        }
        found
    }
}

/// Sorted strings with their values.
type Sorted<'s, 'k> = &'s [(&'k [u8], u32)];

#[derive(Default)]
struct Builder {
    units: Vec<u32>,
    values: Vec<u32>,
    /// Bases that a node has.
    taken: Vec<bool>,
    /// Units that were free when they were last looked at, those of newer blocks behind.
    free: Vec<usize>,
}

impl Builder {
    /// Puts in all strings, which are sorted, and gives the base of the root's children.
    fn build(&mut self, strings: Sorted<'_, '_>) -> Result<u32, String> {
        let mut root = 0;
        // Nodes whose children are still to be put in: their own unit, and their strings, alike up to a depth.
        let mut left = vec![(None, strings, 0)];
        while let Some((unit, strings, depth)) = left.pop() {
            let here = strings
                .iter()
                .take_while(|(string, _)| string.len() == depth)
                .count();
            let (ending, longer) = strings.split_at(here);
            let children: Vec<(u8, Sorted<'_, '_>)> = longer
                .chunk_by(|a, b| a.0.get(depth) == b.0.get(depth))
                .filter_map(|group| Some((*group.first()?.0.get(depth)?, group)))
                .collect();
            let base = self.room_for(&children)?;
            let shifted = u32::try_from(base << BASE_SHIFT).unwrap_or(u32::MAX);
            match unit {
                None => root = shifted >> BASE_SHIFT,
                Some(unit) => {
                    let ends = ending.last().map(|(_, value)| *value);
                    if let (Some(entry), Some(slot)) = (self.units.get_mut(unit), self.values.get_mut(unit)) {
                        *entry |= shifted | if ends.is_some() { ENDS } else { 0 };
                        *slot = ends.unwrap_or(0);
                    }
                }
            }
            for (byte, group) in children {
                let at = base ^ usize::from(byte);
                if let Some(unit) = self.units.get_mut(at) {
                    *unit = USED | u32::from(byte);
                }
                left.push((Some(at), group, depth + 1));
            }
        }
        Ok(root)
    }

    /// A base at which all these children find free units; for none of them one beyond all units.
    fn room_for(&mut self, children: &[(u8, Sorted<'_, '_>)]) -> Result<usize, String> {
        let Some((first, _)) = children.first() else {
            return Ok((1 << BASE_BITS) - BLOCK);
        };
        // An only child fits anywhere and fills old holes; several want the room of a new block.
        let only = children.len() == 1;
        let mut at = if only { 0 } else { self.free.len() };
        for _ in 0..TRIES {
            at = if only { at } else { at.wrapping_sub(1) };
            let Some(unit) = self.free.get(at).copied() else {
                break;
            };
            if self.units.get(unit) != Some(&0) {
                // Order is kept well enough: what takes its place is newer.
                self.free.swap_remove(at);
                continue;
            }
            let base = unit ^ usize::from(*first);
            let fits = |(byte, _): &(u8, _)| self.units.get(base ^ usize::from(*byte)) == Some(&0);
            if self.taken.get(base) == Some(&false) && children.iter().all(fits) {
                return Ok(self.take(base));
            }
            at = if only { at + 1 } else { at };
        }
        let base = self.units.len();
        if base + BLOCK >= 1 << BASE_BITS {
            return Err("the vocabulary is larger than the tables hold".to_owned());
        }
        self.units.resize(base + BLOCK, 0);
        self.values.resize(base + BLOCK, 0);
        self.taken.resize(base + BLOCK, false);
        self.free.extend(base..base + BLOCK);
        Ok(self.take(base))
    }

    fn take(&mut self, base: usize) -> usize {
        if let Some(taken) = self.taken.get_mut(base) {
            *taken = true;
        }
        base
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Trie;

    fn prefixes(trie: &Trie, text: &[u8]) -> Vec<(usize, u32)> {
        let (mut node, mut found) = (trie.root(), Vec::new());
        for (at, byte) in text.iter().enumerate() {
            let Some((next, value)) = trie.step(node, *byte) else {
                break;
            };
            node = next;
            found.extend(value.map(|value| (at + 1, value)));
        }
        found
    }

    #[test]
    fn finds_all_prefixes_and_nothing_else() {
        let mut state = 3u64;
        let mut below = |limit: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let mut string = |most: u64| -> Vec<u8> {
            (0..below(most))
                .map(|_| [0, b'a', b'b', 0xff, 0x80][below(5) as usize])
                .collect()
        };
        let strings: Vec<Vec<u8>> = (0..3000).map(|_| string(7)).collect();
        let keys = strings.iter().map(Vec::as_slice).zip(0u32..);
        let expected: BTreeMap<&[u8], u32> = keys.clone().filter(|(key, _)| !key.is_empty()).collect();
        let trie = Trie::new(keys).unwrap();
        assert_eq!(trie.longest(), 6);
        for _ in 0..3000 {
            let text = string(9);
            let wanted: Vec<(usize, u32)> = (1..=text.len())
                .filter_map(|len| Some((len, *expected.get(&text[..len])?)))
                .collect();
            assert_eq!(prefixes(&trie, &text), wanted, "{text:?}");
            assert_eq!(
                trie.longest_prefix(&text),
                wanted.last().map_or(0, |found| found.0)
            );
        }
    }

    #[test]
    fn nothing_is_in_an_empty_one() {
        let trie = Trie::new([]).unwrap();
        assert_eq!(trie.longest_prefix(b"a\0"), 0);
        let trie = Trie::new([(&b""[..], 7)]).unwrap();
        assert_eq!((trie.longest_prefix(b"\0"), trie.longest()), (0, 0));
    }
}
