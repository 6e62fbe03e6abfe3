//! What is odd about a submission as files and names, apart from what its files hold.

use std::collections::BTreeMap;

use crate::limits::TOLD;

/// What kind of oddity it is; each has a rule of ours (`rules/own/input/`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The archive's own structure is damaged.
    Structure,
    /// A name that is unsafe, ambiguous, or not text.
    Name,
    /// A name that stands in the archive twice.
    Duplicate,
    /// Names that differ in case alone.
    Case,
    /// A link in an archive.
    Link,
    /// An archive's entry that can't be unpacked.
    Content,
    /// More comes out of an archive than may.
    Ratio,
    /// Too many files and directories.
    Entries,
    /// A path of too many names.
    Depth,
    /// A path of too many bytes.
    PathLength,
    /// A file of too many bytes.
    FileSize,
    /// Too many bytes in all.
    TotalSize,
    /// A file or directory that could not be read, where no other rule says so.
    Unread,
    /// A long file of which only parts were kept.
    Skimmed,
}

/// One oddity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its kind.
    pub kind: NoteKind,
    /// The entry's path below the submission's folder, printable; empty for the archive itself.
    pub path: String,
    /// What is wrong, for people: lower case, no full stop.
    pub message: String,
    /// Measured value, limit and unit, where it is a limit that was exceeded.
    pub numbers: Option<(u64, u64, &'static str)>,
}

/// Oddities of a source, in the order in which they were met: of each kind the first [`TOLD`], the rest counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    list: Vec<Note>,
    counts: BTreeMap<NoteKind, usize>,
}

impl Notes {
    /// Adds an oddity.
    pub fn push(&mut self, kind: NoteKind, path: &str, message: impl Into<String>) {
        self.add(kind, path, message.into(), None);
    }

    /// Adds a limit that was exceeded.
    pub fn exceeded(
        &mut self,
        kind: NoteKind,
        path: &str,
        message: impl Into<String>,
        numbers: (u64, u64, &'static str),
    ) {
        self.add(kind, path, message.into(), Some(numbers));
    }

    fn add(
        &mut self,
        kind: NoteKind,
        path: &str,
        message: String,
        numbers: Option<(u64, u64, &'static str)>,
    ) {
        let count = self.counts.entry(kind).or_default();
        *count = count.saturating_add(1);
        if *count <= TOLD {
            self.list.push(Note {
                kind,
                path: path.to_owned(),
                message,
                numbers,
            });
        }
    }

    /// Takes the folder around the submission from all paths.
    pub(super) fn strip(&mut self, top: &str) {
        for note in &mut self.list {
            let below = note.path.strip_prefix(top);
            if let Some(inner) = below.and_then(|below| below.strip_prefix('/')) {
                note.path = inner.to_owned();
            }
        }
    }

    /// Those of a kind that are told.
    pub fn of(&self, kind: NoteKind) -> impl Iterator<Item = &Note> {
        self.list.iter().filter(move |note| note.kind == kind)
    }

    /// How many more there are of a kind.
    pub fn untold(&self, kind: NoteKind) -> usize {
        let count = self.counts.get(&kind).copied().unwrap_or_default();
        count.saturating_sub(TOLD)
    }

    /// Whether nothing is odd.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
