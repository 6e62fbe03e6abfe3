//! Names of an archive's entries, made a tree.

use std::collections::BTreeMap;

use super::notes::{NoteKind, Notes};
use crate::diag::printable;
use crate::limits::{DEPTH, ENTRIES, PATH_BYTES};
use crate::tree::{DirEntry, Kind, join};

/// Directories that the published layouts have at the top: an archive that holds one of them alone has no folder around
/// its submission.
const LAYOUT: [&str; 6] = ["results", "docs", "src", "systems", "pareto", "documentation"];

/// Files by path, `B` says where their bytes are.
#[derive(Debug)]
pub(super) struct Index<B> {
    directories: BTreeMap<String, BTreeMap<String, Child>>,
    files: Vec<File<B>>,
    /// Files and directories, those that are named only in a path among them.
    count: usize,
    pub(super) notes: Notes,
    /// The folder around the submission; empty if there is none.
    pub(super) top: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Child {
    Directory,
    File(usize),
}

/// A file of an archive.
#[derive(Debug)]
pub(super) struct File<B> {
    /// Its length in bytes, as the archive gives it.
    pub(super) length: u64,
    /// Where its bytes are, or why they aren't unpacked.
    pub(super) body: Result<B, String>,
}

/// What an entry is.
pub(super) enum Entry<B> {
    Directory,
    File(File<B>),
}

impl<B> Index<B> {
    pub(super) fn new() -> Self {
        Self {
            directories: BTreeMap::from([(String::new(), BTreeMap::new())]),
            files: Vec::new(),
            count: 0,
            notes: Notes::default(),
            top: String::new(),
        }
    }

    /// Adds an entry by its name as stored; `false` once there are too many.
    pub(super) fn add(&mut self, stored: &[u8], entry: Entry<B>) -> bool {
        let Some(path) = self.path_of(stored) else {
            return true;
        };
        let path = path.as_str();
        if self.count >= ENTRIES {
            let limit = u64::try_from(ENTRIES).unwrap_or(u64::MAX);
            let message = format!("more than {ENTRIES} files and directories; the rest was not looked at");
            let numbers = (limit.saturating_add(1), limit, "entries");
            self.notes.exceeded(NoteKind::Entries, path, message, numbers);
            return false;
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !self.open_directory(parent) {
            self.notes
                .push(NoteKind::Duplicate, path, "stands below a file; it is left out");
            return true;
        }
        match entry {
            Entry::Directory => {
                if !self.open_directory(path) {
                    let message = "is a directory and a file; the file counts";
                    self.notes.push(NoteKind::Duplicate, path, message);
                }
            }
            Entry::File(file) => self.add_file(path, parent, name, file),
        }
        true
    }

    fn add_file(&mut self, path: &str, parent: &str, name: &str, file: File<B>) {
        let number = self.files.len();
        let Some(children) = self.directories.get_mut(parent) else {
            return;
        };
        match children.get_mut(name) {
            Some(Child::Directory) => {
                let message = "is a file and a directory; the directory counts";
                self.notes.push(NoteKind::Duplicate, path, message);
                return;
            }
            Some(Child::File(earlier)) => {
                *earlier = number;
                let message = "stands in the archive more than once; the last one counts";
                self.notes.push(NoteKind::Duplicate, path, message);
            }
            None => {
                children.insert(name.to_owned(), Child::File(number));
                self.count = self.count.saturating_add(1);
            }
        }
        self.files.push(file);
    }

    /// Makes a directory and those above it; `false` if a file stands on the way.
    fn open_directory(&mut self, path: &str) -> bool {
        if self.directories.contains_key(path) {
            return true;
        }
        let mut parent = String::new();
        for name in path.split('/') {
            let Some(children) = self.directories.get_mut(&parent) else {
                return false;
            };
            match children.get(name) {
                Some(Child::File(_)) => return false,
                Some(Child::Directory) => parent = join(&parent, name),
                None => {
                    children.insert(name.to_owned(), Child::Directory);
                    self.count = self.count.saturating_add(1);
                    parent = join(&parent, name);
                    self.directories.insert(parent.clone(), BTreeMap::new());
                }
            }
        }
        true
    }

    /// The path of a stored name; `None` for names that are refused, which leaves a note, or ignored, which doesn't.
    fn path_of(&mut self, stored: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(stored);
        let shown = || {
            let text: String = text.chars().take(200).collect();
            printable(&text)
        };
        if let Some(why) = unsafe_name(&text) {
            self.notes
                .push(NoteKind::Name, &shown(), format!("{why}; the entry is left out"));
            return None;
        }
        let names: Vec<&str> = text
            .split('/')
            .filter(|name| !name.is_empty() && *name != ".")
            .collect();
        let last = names.last()?;
        // What macOS adds to archives.
        if names.first() == Some(&"__MACOSX") || *last == ".DS_Store" || last.starts_with("._") {
            return None;
        }
        let limit = |limit: usize| u64::try_from(limit).unwrap_or(u64::MAX);
        if text.len() > PATH_BYTES {
            let message = format!("a path of {} bytes; the entry is left out", text.len());
            let numbers = (limit(text.len()), limit(PATH_BYTES), "bytes");
            self.notes
                .exceeded(NoteKind::PathLength, &shown(), message, numbers);
            return None;
        }
        if names.len() > DEPTH {
            let message = format!("{} names deep; the entry is left out", names.len());
            let numbers = (limit(names.len()), limit(DEPTH), "names");
            self.notes.exceeded(NoteKind::Depth, &shown(), message, numbers);
            return None;
        }
        let path = names.join("/");
        if std::str::from_utf8(stored).is_err() {
            let message = "the name is not UTF-8; what isn't is shown as U+FFFD";
            self.notes.push(NoteKind::Name, &path, message);
        }
        Some(path)
    }

    /// Finds the folder around the submission.
    pub(super) fn finish(&mut self) {
        let mut top = self.directories.get("").into_iter().flatten();
        if let (Some((name, Child::Directory)), None) = (top.next(), top.next())
            && !LAYOUT.contains(&name.as_str())
        {
            self.top.clone_from(name);
            self.notes.strip(name);
        }
    }

    /// A file below the submission's folder.
    pub(super) fn file(&self, path: &str) -> Option<&File<B>> {
        let path = join(&self.top, path);
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
        match self.directories.get(parent)?.get(name)? {
            Child::File(number) => self.files.get(*number),
            Child::Directory => None,
        }
    }

    pub(super) fn kind(&self, path: &str) -> Option<Kind> {
        if self.directories.contains_key(&join(&self.top, path)) {
            return Some(Kind::Directory);
        }
        self.file(path).map(|file| Kind::File(file.length))
    }

    /// The names in a directory, sorted.
    pub(super) fn list(&self, path: &str) -> Option<Vec<DirEntry>> {
        let children = self.directories.get(&join(&self.top, path))?;
        let entry = |(name, child): (&String, &Child)| DirEntry {
            name: name.clone(),
            kind: Some(match child {
                Child::Directory => Kind::Directory,
                Child::File(number) => Kind::File(self.files.get(*number).map_or(0, |file| file.length)),
            }),
            link: false,
        };
        Some(children.iter().map(entry).collect())
    }
}

/// Why a name would not be unpacked into the folder, or not everywhere to the same place.
fn unsafe_name(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if name.is_empty() {
        return Some("the name is empty");
    }
    if name.starts_with('/') {
        return Some("the name is absolute");
    }
    if bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return Some("the name begins with a drive letter");
    }
    if name.contains('\\') {
        return Some("the name has a backslash, which is a separator on some systems only");
    }
    if name.chars().any(char::is_control) {
        return Some("the name has a control character");
    }
    if name.split('/').any(|part| part == "..") {
        return Some("the name has `..`, which may leave the folder");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[&str]) -> Index<()> {
        let mut index = Index::new();
        for name in names {
            let file = File {
                length: 1,
                body: Ok(()),
            };
            let entry = if name.ends_with('/') {
                Entry::Directory
            } else {
                Entry::File(file)
            };
            assert!(index.add(name.as_bytes(), entry));
        }
        index.finish();
        index
    }

    #[track_caller]
    fn check(names: &[&str], kind: NoteKind, path: &str) {
        let index = index(names);
        let noted: Vec<&str> = index.notes.of(kind).map(|note| note.path.as_str()).collect();
        assert_eq!(noted, [path], "{names:?}: {:?}", index.notes);
    }

    #[test]
    fn unsafe_names_are_left_out_with_a_note() {
        for name in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "C:/x",
            "c:x",
            "a\\b",
            "a\u{7}b",
        ] {
            let index = index(&["top/results/a", name]);
            assert_eq!(index.notes.of(NoteKind::Name).count(), 1, "{name}");
            assert_eq!(index.top, "top");
        }
    }

    #[test]
    fn names_that_collide_are_noted() {
        check(&["t/a", "t/x", "t/a"], NoteKind::Duplicate, "a");
        check(&["t/a", "t/a/b"], NoteKind::Duplicate, "a/b");
        check(&["t/a/b", "t/a"], NoteKind::Duplicate, "a");
        check(&["t/a", "t/a/"], NoteKind::Duplicate, "a");
    }

    #[test]
    fn paths_beyond_the_limits_are_left_out_with_a_note() {
        let deep = "d/".repeat(DEPTH) + "x";
        check(&["t/a", &deep], NoteKind::Depth, &deep);
        let long = format!("t/{}", "x".repeat(PATH_BYTES));
        let shown: String = long.chars().skip(2).take(198).collect();
        check(&["t/a", &long], NoteKind::PathLength, &shown);
    }

    #[test]
    fn the_folder_around_the_submission_is_the_only_one_that_is_no_part_of_a_layout() {
        assert_eq!(
            index(&["./acme/results/a", "__MACOSX/acme/._a", ".DS_Store"]).top,
            "acme"
        );
        assert_eq!(index(&["results/a", "docs/b"]).top, "");
        assert_eq!(index(&["results/a"]).top, "");
        assert_eq!(index(&["acme/a", "read.me"]).top, "");
        assert!(index(&["acme/a//b", "./", "acme/./c"]).notes.is_empty());
    }

    #[test]
    fn no_more_than_a_fixed_number_of_entries_is_kept() {
        let mut index = Index::new();
        let file = || {
            Entry::File(File {
                length: 0,
                body: Ok(()),
            })
        };
        let added = (0..ENTRIES + 5).take_while(|number| index.add(format!("t/{number}").as_bytes(), file()));
        assert_eq!(added.count(), ENTRIES - 1);
        assert_eq!(index.notes.of(NoteKind::Entries).count(), 1);
    }
}
