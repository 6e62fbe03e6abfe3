//! The vocabulary's strings by name, for the time of loading.

use super::bpe::hash_bytes;
use super::file::Text;

/// Finds an entry's index by its string.
pub(super) struct Names<'v, 'f> {
    entries: &'v [(Text<'f>, u32)],
    /// Index plus one and the hash's upper half; zero is free.
    slots: Vec<(u32, u32)>,
}

impl<'v, 'f> Names<'v, 'f> {
    /// `Err` if a name or an id stands twice.
    pub(super) fn new(entries: &'v [(Text<'f>, u32)]) -> Result<Self, String> {
        let mut names = Self {
            entries,
            slots: vec![(0, 0); (entries.len() * 2).next_power_of_two().max(2)],
        };
        let mut ids = Vec::with_capacity(entries.len());
        for (index, (text, id)) in entries.iter().enumerate() {
            ids.push(*id);
            let (slot, found) = names.slot(text.0.as_bytes());
            if found.is_some() {
                return Err("a token stands twice in the vocabulary".to_owned());
            }
            if let Some(slot) = names.slots.get_mut(slot) {
                *slot = (index as u32 + 1, (hash_bytes(text.0.as_bytes()) >> 32) as u32);
            }
        }
        ids.sort_unstable();
        if ids.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err("an id stands twice in the vocabulary".to_owned());
        }
        Ok(names)
    }

    fn slot(&self, name: &[u8]) -> (usize, Option<usize>) {
        let hash = hash_bytes(name);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (index, tag) = self.slots.get(at).copied().unwrap_or_default();
            let Some(index) = index.checked_sub(1).map(|index| index as usize) else {
                return (at, None);
            };
            let same = tag == (hash >> 32) as u32
                && self
                    .entries
                    .get(index)
                    .is_some_and(|(text, _)| text.0.as_bytes() == name);
            if same {
                return (at, Some(index));
            }
            at = (at + 1) & mask;
        }
    }

    /// The id of a name.
    pub(super) fn id(&self, name: &str) -> Option<u32> {
        let index = self.slot(name.as_bytes()).1?;
        self.entries.get(index).map(|(_, id)| *id)
    }
}

/// A set of strings that owns them in one piece of memory.
pub(super) struct Strings {
    arena: Vec<u8>,
    /// Start, length and the hash's upper half; a length of `u32::MAX` is free.
    slots: Vec<(u32, u32, u32)>,
    longest: usize,
}

impl Strings {
    /// Room for so many strings.
    pub(super) fn new(strings: usize) -> Self {
        Self {
            arena: Vec::new(),
            slots: vec![(0, u32::MAX, 0); (strings * 2).next_power_of_two().max(2)],
            longest: 0,
        }
    }

    fn slot(&self, string: &[u8]) -> (usize, bool, u32) {
        let hash = hash_bytes(string);
        let tag = (hash >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots.get(at) {
                Some((start, len, found)) if *len != u32::MAX => {
                    let range = *start as usize..*start as usize + *len as usize;
                    if *found == tag && self.arena.get(range) == Some(string) {
                        return (at, true, tag);
                    }
                }
                _ => return (at, false, tag),
            }
            at = (at + 1) & mask;
        }
    }

    /// Puts a string in; no more than there is room for.
    pub(super) fn insert(&mut self, string: &[u8]) {
        let (at, found, tag) = self.slot(string);
        if let Some(slot) = self.slots.get_mut(at).filter(|_| !found) {
            *slot = (self.arena.len() as u32, string.len() as u32, tag);
            self.arena.extend_from_slice(string);
            self.longest = self.longest.max(string.len());
        }
    }

    pub(super) fn contains(&self, string: &[u8]) -> bool {
        string.len() <= self.longest && self.slot(string).1
    }

    /// Bytes of the longest.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }
}
