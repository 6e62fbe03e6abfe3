//! A submission as a tree of named files, listed and read only when asked.
//!
//! Paths are relative to the folder that is checked: `/` between names, no leading or trailing `/`, no `.` or `..`;
//! the empty path is the folder itself. Names are UTF-8; a source replaces what isn't.
//!
//! Existence follows symbolic links as the reference does; *contents* outside the folder are never read
//! ([`ReadError::Outside`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use crate::limits::WHOLE_BYTES;

pub use crate::archive::notes::{Note, NoteKind, Notes};

/// What stands at a path, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file (or anything else that isn't a directory) and its length in bytes.
    File(u64),
    /// A directory.
    Directory,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name, without a path.
    pub name: String,
    /// What it is, links followed; `None` for a link that leads nowhere.
    pub kind: Option<Kind>,
    /// Whether it is a symbolic link.
    pub link: bool,
}

/// Why a file or directory could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing there.
    #[error("no such file")]
    Absent,
    /// A directory where a file was expected.
    #[error("is a directory, not a file")]
    Directory,
    /// A link that leaves the folder. It is not followed.
    #[error("is a link that leaves the submission folder; it was not followed")]
    Outside,
    /// Longer than the reader takes.
    #[error("has {length} bytes; the limit is {limit}")]
    TooLarge {
        /// Length of the file in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// An archive's entry that is not unpacked, and why.
    #[error("is not unpacked: {0}")]
    Refused(String),
    /// An archive's entry that is not what the archive says it is.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// What rules ask for of it would fill the memory.
    #[error("holds more values that rules look at than fit into {limit} bytes")]
    TooMuch {
        /// The limit in bytes.
        limit: u64,
    },
    /// What the system said.
    #[error("{0}")]
    Io(String),
}

/// How a stream's errors travel: [`ReadError::of`] gets them back.
impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        Self::other(error)
    }
}

impl ReadError {
    /// What a stream's error says.
    pub fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        match (inner, error.kind()) {
            (Some(inner), _) => inner.clone(),
            (None, io::ErrorKind::NotFound) => Self::Absent,
            (None, io::ErrorKind::IsADirectory) => Self::Directory,
            (None, _) => Self::Io(error.to_string()),
        }
    }
}

/// A source of files: a folder on disk, an archive, files dropped on a page.
pub trait Tree {
    /// What stands at a path, links followed; `None` if nothing, or a link that leads nowhere.
    fn kind(&self, path: &str) -> Option<Kind>;

    /// The names in a directory, sorted by code point.
    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError>;

    /// The content of a file as a stream, from its first byte. Errors of the stream are [`ReadError::of`] them.
    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError>;

    /// The content of a file of at most [`WHOLE_BYTES`].
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        let limit = WHOLE_BYTES;
        let too_large = |length| ReadError::TooLarge { length, limit };
        if let Some(Kind::File(length)) = self.kind(path)
            && length > limit
        {
            return Err(too_large(length));
        }
        let mut bytes = Vec::new();
        // The file may be longer than it says, or grow while it is read.
        let mut stream = self.open(path)?.take(limit.saturating_add(1));
        stream
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::of(&error))?;
        match u64::try_from(bytes.len()) {
            Ok(length) if length <= limit => Ok(Cow::Owned(bytes)),
            _ => Err(too_large(limit.saturating_add(1))),
        }
    }

    /// Asks whether so many more bytes of memory may be taken for what was read; a source of its own has no limit.
    fn claim(&self, bytes: usize) -> bool {
        let _ = bytes;
        true
    }

    /// Hears of a file of which only what rules look at was kept.
    fn skimmed(&self, path: &str, length: usize) {
        let _ = (path, length);
    }

    /// What was odd about the source itself, such as an archive's unsafe names.
    fn notes(&self) -> Option<&Notes> {
        None
    }

    /// The names of the directories in a directory, links to directories included; none if it can't be listed.
    fn directories(&self, directory: &str) -> Vec<String> {
        let is_directory = |entry: &DirEntry| entry.kind == Some(Kind::Directory);
        let entries = self.list(directory).unwrap_or_default();
        entries
            .into_iter()
            .filter(is_directory)
            .map(|entry| entry.name)
            .collect()
    }

    /// Whether a link there leads out of the folder. A source without links has none.
    fn is_outside(&self, _path: &str) -> bool {
        false
    }

    /// Whether a directory stands there.
    fn is_directory(&self, path: &str) -> bool {
        self.kind(path) == Some(Kind::Directory)
    }

    /// Whether a file stands there.
    fn is_file(&self, path: &str) -> bool {
        matches!(self.kind(path), Some(Kind::File(_)))
    }

    /// Whether anything stands there.
    fn exists(&self, path: &str) -> bool {
        self.kind(path).is_some()
    }
}

/// Joins two relative paths.
pub fn join(base: &str, rest: &str) -> String {
    match (base.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => base.to_owned(),
        _ => format!("{base}/{rest}"),
    }
}

/// Files held in memory, for tests, examples and pages.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, Vec<u8>>,
    directories: BTreeSet<String>,
    /// Links, and whether each leads out of the folder; else it leads nowhere.
    links: BTreeMap<String, bool>,
    absent: bool,
}

impl MemoryTree {
    /// An empty folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// A path at which nothing stands.
    pub fn absent() -> Self {
        Self {
            absent: true,
            ..Self::default()
        }
    }

    /// Adds a file and the directories above it; a file that was there is replaced.
    pub fn insert(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.insert_directory(parent);
        }
        self.files.insert(path.to_owned(), content.into());
    }

    /// Adds a directory and those above it.
    pub fn insert_directory(&mut self, path: &str) {
        let mut path = path;
        while !path.is_empty() {
            self.directories.insert(path.to_owned());
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    /// Adds a symbolic link that leads out of the folder, or nowhere.
    pub fn insert_link(&mut self, path: &str, outside: bool) {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.insert_directory(parent);
        }
        self.links.insert(path.to_owned(), outside);
    }

    /// Removes a file; the directories above it stay.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.remove(path)
    }

    /// The paths of all files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

impl Tree for MemoryTree {
    fn kind(&self, path: &str) -> Option<Kind> {
        if self.absent {
            return None;
        }
        if path.is_empty() || self.directories.contains(path) {
            return Some(Kind::Directory);
        }
        if let Some(outside) = self.links.get(path) {
            return outside.then_some(Kind::File(0));
        }
        self.files
            .get(path)
            .map(|content| Kind::File(u64::try_from(content.len()).unwrap_or(u64::MAX)))
    }

    fn is_outside(&self, path: &str) -> bool {
        self.links.get(path) == Some(&true)
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        match self.kind(directory) {
            None => return Err(ReadError::Absent),
            Some(Kind::File(_)) => return Err(ReadError::Io("not a directory".to_owned())),
            Some(Kind::Directory) => {}
        }
        let prefix = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        let mut entries: BTreeMap<&str, (Option<Kind>, bool)> = BTreeMap::new();
        let is_name = |rest: &&str| !rest.is_empty() && !rest.contains('/');
        for (path, content) in self.files.range(prefix.clone()..) {
            let Some(rest) = path.strip_prefix(&prefix) else {
                break;
            };
            let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
            let kind = Some(Kind::File(length));
            entries.extend(Some(rest).filter(is_name).map(|name| (name, (kind, false))));
        }
        for path in self.directories.range(prefix.clone()..) {
            let Some(rest) = path.strip_prefix(&prefix) else {
                break;
            };
            let kind = Some(Kind::Directory);
            entries.extend(Some(rest).filter(is_name).map(|name| (name, (kind, false))));
        }
        for path in self.links.keys() {
            let name = path.strip_prefix(&prefix).filter(is_name);
            entries.extend(name.map(|name| (name, (self.kind(path), true))));
        }
        let entry = |(name, (kind, link)): (&str, (Option<Kind>, bool))| DirEntry {
            name: name.to_owned(),
            kind,
            link,
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        match self.files.get(path) {
            Some(content) => Ok(Box::new(content.as_slice())),
            None if self.is_directory(path) => Err(ReadError::Directory),
            None => Err(ReadError::Absent),
        }
    }

    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        let limit = WHOLE_BYTES;
        match (self.files.get(path), self.kind(path)) {
            (Some(_), Some(Kind::File(length))) if length > limit => {
                Err(ReadError::TooLarge { length, limit })
            }
            (Some(content), _) => Ok(Cow::Borrowed(content)),
            (None, Some(Kind::Directory)) => Err(ReadError::Directory),
            (None, _) if self.is_outside(path) => Err(ReadError::Outside),
            (None, _) => Err(ReadError::Absent),
        }
    }
}

/// The path given to the checker, as the reference prints it in front of every inner path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// Normalises a path as Python's `pathlib` does: `./` in front, doubled and trailing `/` and `.` components drop
    /// out; two leading slashes stay two; nothing is resolved.
    pub fn new(given: &str) -> Self {
        let root = match given.bytes().take_while(|byte| *byte == b'/').count() {
            0 => "",
            2 => "//",
            _ => "/",
        };
        let parts: Vec<&str> = given
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        Self(format!("{root}{}", parts.join("/")))
    }

    /// The path as printed for an inner path; `.` for the folder itself when the prefix is empty.
    pub fn show(&self, inner: &str) -> String {
        match (self.0.is_empty(), inner.is_empty()) {
            (true, true) => ".".to_owned(),
            (true, false) => inner.to_owned(),
            (false, true) => self.0.clone(),
            (false, false) if self.0.ends_with('/') => format!("{}{inner}", self.0),
            (false, false) => format!("{}/{inner}", self.0),
        }
    }

    /// The inner path of a printed one; `None` for a path that does not start so.
    pub fn inner<'a>(&self, shown: &'a str) -> Option<&'a str> {
        if self.0.is_empty() {
            return Some(if shown == "." { "" } else { shown });
        }
        let rest = shown.strip_prefix(self.0.as_str())?;
        if rest.is_empty() || self.0.ends_with('/') {
            return Some(rest);
        }
        rest.strip_prefix('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_prefix(given: &str, inner: &str, shown: &str) {
        let prefix = Prefix::new(given);
        assert_eq!(prefix.show(inner), shown, "{given} + {inner}");
        assert_eq!(prefix.inner(shown), Some(inner), "{given} of {shown}");
    }

    #[test]
    fn prefix_is_normalised_like_pathlib() {
        check_prefix("org", "systems/a.json", "org/systems/a.json");
        check_prefix("./org//x/", "systems", "org/x/systems");
        check_prefix(".", "systems", "systems");
        check_prefix("", "", ".");
        check_prefix("../org", "", "../org");
        check_prefix("/", "systems", "/systems");
        check_prefix("/a/./b", "", "/a/b");
        check_prefix("//a", "b", "//a/b");
        check_prefix("///a", "b", "/a/b");
    }

    #[test]
    fn memory_tree_lists_names_once_and_sorted() {
        let mut tree = MemoryTree::new();
        tree.insert("b/10.yaml", "x");
        tree.insert("b/9.yaml", "x");
        tree.insert("b/c/d", "x");
        tree.insert_directory("a");
        let names = |path: &str| {
            tree.list(path)
                .unwrap()
                .into_iter()
                .map(|entry| entry.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["a", "b"]);
        assert_eq!(names("b"), ["10.yaml", "9.yaml", "c"]);
        assert_eq!(names("a"), [""; 0]);
        assert_eq!(tree.list("zz"), Err(ReadError::Absent));
        assert_eq!(tree.read("b"), Err(ReadError::Directory));
    }
}
