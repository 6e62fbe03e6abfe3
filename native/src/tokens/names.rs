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
