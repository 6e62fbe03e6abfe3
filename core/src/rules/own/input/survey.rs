//! Looks over all names of a submission once, and over the shoulder of what reads it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Read;

use super::super::links::Links;
use super::Input;
use crate::limits::{ALL_KEPT_BYTES, DEPTH, ENTRIES, FILE_BYTES, PATH_BYTES, TOTAL_BYTES};
use crate::tree::{DirEntry, Kind, NoteKind, Notes, Prefix, ReadError, Tree, join};

/// A tree that remembers what of it could not be read.
pub(in crate::rules) struct Survey<'t> {
    tree: &'t dyn Tree,
    unread: RefCell<BTreeMap<String, String>>,
    /// Length by path of files of which only parts were kept.
    skimmed: RefCell<BTreeMap<String, usize>>,
    /// Memory that may still be taken, in bytes.
    left: Cell<usize>,
}

impl<'t> Survey<'t> {
    pub(in crate::rules) fn new(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            unread: RefCell::default(),
            skimmed: RefCell::default(),
            left: Cell::new(ALL_KEPT_BYTES),
        }
    }

    /// Notes a file that could not be read, where no other rule will say so.
    pub(in crate::rules) fn passed_over(&self, path: &str, why: &str) {
        self.unread.borrow_mut().insert(path.to_owned(), why.to_owned());
    }

    /// Walks the whole tree; what was odd about it.
    pub(in crate::rules) fn finish(&self, prefix: &Prefix) -> Input {
        let mut walk = Walk {
            notes: self.tree.notes().cloned().unwrap_or_default(),
            ..Walk::default()
        };
        // Listing through `self` notes what can't be listed.
        walk.walk(self, prefix);
        walk.links.sort();
        for (path, why) in self.unread.borrow().iter() {
            walk.notes.push(NoteKind::Unread, path, why);
        }
        for (path, length) in self.skimmed.borrow().iter() {
            let message = format!(
                "has {length} bytes; of what no rule reads only the syntax was checked, and that numbers are finite"
            );
            walk.notes.push(NoteKind::Skimmed, path, message);
        }
        Input {
            prefix: prefix.clone(),
            notes: walk.notes,
            packed: self.tree.notes().is_some(),
            links: walk.links,
        }
    }
}

impl Tree for Survey<'_> {
    fn kind(&self, path: &str) -> Option<Kind> {
        self.tree.kind(path)
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        let entries = self.tree.list(directory);
        if let Err(error) = &entries
            && *error != ReadError::Absent
            && self.tree.is_directory(directory)
        {
            let cause = match error {
                ReadError::Io(cause) => cause.clone(),
                other => format!("it {other}"),
            };
            self.passed_over(directory, &format!("the directory can't be read: {cause}"));
        }
        entries
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        self.tree.open(path)
    }

    fn is_outside(&self, path: &str) -> bool {
        self.tree.is_outside(path)
    }

    fn claim(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    fn skimmed(&self, path: &str, length: usize) {
        self.skimmed.borrow_mut().insert(path.to_owned(), length);
    }

    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        self.tree.read(path)
    }
}

#[derive(Default)]
struct Walk {
    notes: Notes,
    links: Links,
    entries: usize,
    total: u64,
}

impl Walk {
    /// Linked directories are not descended into.
    fn walk(&mut self, tree: &dyn Tree, prefix: &Prefix) {
        let mut open = vec![(String::new(), 1_usize)];
        while let Some((directory, depth)) = open.pop() {
            let Ok(entries) = tree.list(&directory) else {
                continue;
            };
            if let Some(first) = entries.first().filter(|_| depth > DEPTH) {
                let path = join(&directory, &first.name);
                let message = format!("{depth} names deep; not looked over");
                self.exceeded(NoteKind::Depth, &path, message, (depth, DEPTH), "names");
                continue;
            }
            let mut small: BTreeMap<String, &str> = BTreeMap::new();
            for entry in &entries {
                self.entries = self.entries.saturating_add(1);
                if self.entries > ENTRIES {
                    self.too_many();
                    return;
                }
                let path = join(&directory, &entry.name);
                self.name(&path, entry);
                self.links.note(entry, &path, tree, prefix);
                if let Some(other) = small.insert(entry.name.to_lowercase(), &entry.name) {
                    let message = format!("differs from `{other}` in case alone");
                    self.notes.push(NoteKind::Case, &path, message);
                }
                match entry.kind {
                    Some(Kind::File(length)) => self.file(&path, length),
                    Some(Kind::Directory) if !entry.link => open.push((path, depth.saturating_add(1))),
                    _ => {}
                }
            }
        }
        if self.total > TOTAL_BYTES {
            let message = format!("all files together have {} bytes", self.total);
            let numbers = (self.total, TOTAL_BYTES, "bytes");
            self.notes.exceeded(NoteKind::TotalSize, "", message, numbers);
        }
    }

    fn name(&mut self, path: &str, entry: &DirEntry) {
        if entry.name.contains(char::REPLACEMENT_CHARACTER) && self.notes.of(NoteKind::Name).next().is_none()
        {
            let message = "the name is not UTF-8; what isn't is shown as U+FFFD";
            self.notes.push(NoteKind::Name, path, message);
        }
        if entry.name.chars().any(char::is_control) {
            self.notes
                .push(NoteKind::Name, path, "the name has a control character");
        }
        if path.len() > PATH_BYTES {
            let message = format!("a path of {} bytes", path.len());
            self.exceeded(
                NoteKind::PathLength,
                path,
                message,
                (path.len(), PATH_BYTES),
                "bytes",
            );
        }
    }

    fn file(&mut self, path: &str, length: u64) {
        self.total = self.total.saturating_add(length);
        if length > FILE_BYTES {
            let message = format!("{length} bytes; not read");
            let numbers = (length, FILE_BYTES, "bytes");
            self.notes.exceeded(NoteKind::FileSize, path, message, numbers);
        }
    }

    fn too_many(&mut self) {
        let message = format!("more than {ENTRIES} files and directories; the rest was not looked over");
        let numbers = (self.entries, ENTRIES);
        self.exceeded(NoteKind::Entries, "", message, numbers, "entries");
    }

    fn exceeded(
        &mut self,
        kind: NoteKind,
        path: &str,
        message: String,
        (measured, limit): (usize, usize),
        unit: &'static str,
    ) {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let numbers = (wide(measured), wide(limit), unit);
        self.notes.exceeded(kind, path, message, numbers);
    }
}
