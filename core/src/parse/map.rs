//! Mappings, and what becomes of duplicate keys.

use std::cmp::Ordering;

use super::{Node, Span, Value};

/// A mapping in file order. Of duplicate keys the last value stands, at the place of the first, as in Python.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    entries: Vec<Entry>,
    duplicates: Vec<Span>,
}

/// One key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key. In JSON always text; in YAML any hashable value.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// Up to this many entries are compared each with each, which needs no memory.
const SMALL: usize = 12;

impl Map {
    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|entry| matches!(&entry.key.value, Value::Str(text) if text == key))
            .map(|entry| &entry.value)
    }

    /// Entries in file order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where keys stand that were given before in the same mapping.
    pub fn duplicates(&self) -> &[Span] {
        &self.duplicates
    }

    /// The keys alone.
    pub(super) fn into_keys(self) -> impl Iterator<Item = Node> {
        self.entries.into_iter().map(|entry| entry.key)
    }

    /// Takes entries as they were read; `compare` orders the keys of two entries, given by their index.
    pub(super) fn of_entries(
        entries: Vec<Entry>,
        compare: impl Fn(&[Entry], usize, usize) -> Ordering,
    ) -> Self {
        Self::of_merged(entries, 0, compare)
    }

    /// As [`Map::of_entries`], where the first `merged` entries come from merge keys: giving one of them anew is no
    /// duplicate, but what merging is for.
    pub(super) fn of_merged(
        entries: Vec<Entry>,
        merged: usize,
        compare: impl Fn(&[Entry], usize, usize) -> Ordering,
    ) -> Self {
        if entries.len() <= SMALL {
            let repeats = |later: usize| (0..later).any(|earlier| compare(&entries, earlier, later).is_eq());
            if !(1..entries.len()).any(repeats) {
                return Self {
                    entries,
                    duplicates: Vec::new(),
                };
            }
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|one, other| compare(&entries, *one, *other).then(one.cmp(other)));
        let runs: Vec<&[usize]> = order
            .chunk_by(|one, other| compare(&entries, *one, *other).is_eq())
            .filter(|run| run.len() > 1)
            .collect();
        if runs.is_empty() {
            return Self {
                entries,
                duplicates: Vec::new(),
            };
        }

        let mut slots: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
        let mut duplicates = Vec::new();
        for run in runs {
            let [first, repeats @ ..] = run else { continue };
            let mut given = *first >= merged;
            for repeat in repeats {
                let Some(later) = slots.get_mut(*repeat).and_then(Option::take) else {
                    continue;
                };
                let Some(Some(entry)) = slots.get_mut(*first) else {
                    continue;
                };
                if given {
                    duplicates.push(later.key.span);
                    entry.value = later.value;
                } else {
                    *entry = later;
                    given = *repeat >= merged;
                }
            }
        }
        duplicates.sort_by_key(|span| span.start);
        Self {
            entries: slots.into_iter().flatten().collect(),
            duplicates,
        }
    }
}
