//! Files that a host hands out in slices, shown as a tree.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use runbench_core::archive::ReadAt;
use runbench_core::tree::{DirEntry, Kind, ReadError, Tree, join};

/// Most bytes that are asked for at a time.
const SLICE: u64 = 1 << 20;

/// Least bytes of an archive that are asked for at a time, where there are so many.
const AHEAD: u64 = 256 << 10;

/// Longest path in bytes: what Linux takes.
const LONGEST_PATH: usize = 4096;

/// Hands out parts of files: the page reads them from a dropped file, a test from memory.
pub trait Slices {
    /// Bytes `start .. start + length` of a file by its index, all of them; what went wrong otherwise, for people.
    fn read(&self, file: usize, start: u64, length: u64) -> Result<Vec<u8>, String>;
}

/// A list of files that is no tree.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ListError {
    /// Not a path below a folder.
    #[error(
        "`{0}` isn't a path inside a folder: names with `/` between them, none of them empty, `.` or `..`, \
         at most {limit} bytes",
        limit = LONGEST_PATH
    )]
    Path(String),
    /// The same path twice, or a file where a directory is needed.
    #[error("`{0}` is listed twice")]
    Twice(String),
    /// A length that no file has.
    #[error("the length of `{path}` is {length}; it must be a whole number from 0 to 2^53")]
    Length {
        /// The file.
        path: String,
        /// As given.
        length: f64,
    },
    /// Lists that don't belong together.
    #[error("{paths} paths and {lengths} lengths: there must be as many of each")]
    Counts {
        /// Paths given.
        paths: usize,
        /// Lengths given.
        lengths: usize,
    },
}

#[derive(Clone, Copy, Debug)]
struct Listed {
    index: usize,
    length: u64,
}

/// A folder of a host.
#[derive(Debug)]
pub struct FileTree<S> {
    files: BTreeMap<String, Listed>,
    /// Names by directory.
    directories: BTreeMap<String, BTreeSet<String>>,
    slices: S,
}

impl<S: Slices> FileTree<S> {
    /// A folder with these files, and with directories that may be empty. `lengths` are in bytes, in the order of `paths`;
    /// [`Slices::read`] is asked for a file by its place in them.
    pub fn new(
        paths: Vec<String>,
        lengths: &[f64],
        directories: Vec<String>,
        slices: S,
    ) -> Result<Self, ListError> {
        if paths.len() != lengths.len() {
            return Err(ListError::Counts {
                paths: paths.len(),
                lengths: lengths.len(),
            });
        }
        let mut tree = Self {
            files: BTreeMap::new(),
            directories: BTreeMap::from([(String::new(), BTreeSet::new())]),
            slices,
        };
        for directory in directories {
            check_path(&directory)?;
            tree.add_directory(&directory);
        }
        for (index, (path, length)) in paths.into_iter().zip(lengths).enumerate() {
            check_path(&path)?;
            let Some(length) = whole(*length) else {
                return Err(ListError::Length {
                    path,
                    length: *length,
                });
            };
            tree.add_directory(split(&path).0);
            tree.add_name(&path);
            if tree
                .files
                .insert(path.clone(), Listed { index, length })
                .is_some()
            {
                return Err(ListError::Twice(path));
            }
        }
        match tree
            .files
            .keys()
            .find(|path| tree.directories.contains_key(*path))
        {
            Some(path) => Err(ListError::Twice(path.clone())),
            None => Ok(tree),
        }
    }

    /// Adds a directory, and those above it, each under its name in the one above.
    fn add_directory(&mut self, path: &str) {
        let mut is_known = self.directories.contains_key(path);
        self.directories.entry(path.to_owned()).or_default();
        let mut path = path;
        while !is_known {
            let (parent, _) = split(path);
            is_known = self.directories.contains_key(parent);
            self.add_name(path);
            path = parent;
        }
    }

    fn add_name(&mut self, path: &str) {
        let (parent, name) = split(path);
        self.directories
            .entry(parent.to_owned())
            .or_default()
            .insert(name.to_owned());
    }
}

/// The directory above a path, and its name there.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A length that came as a JavaScript number.
pub(crate) fn whole(length: f64) -> Option<u64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let is_whole = (0.0..=LARGEST).contains(&length) && length.fract() == 0.0;
    // In range and whole, so nothing is cut.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    is_whole.then_some(length as u64)
}

fn check_path(path: &str) -> Result<(), ListError> {
    let bad = path.split('/').any(|name| matches!(name, "" | "." | ".."));
    if bad || path.len() > LONGEST_PATH {
        return Err(ListError::Path(path.to_owned()));
    }
    Ok(())
}

impl<S: Slices> Tree for FileTree<S> {
    fn kind(&self, path: &str) -> Option<Kind> {
        if self.directories.contains_key(path) {
            return Some(Kind::Directory);
        }
        self.files.get(path).map(|file| Kind::File(file.length))
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        let names = match self.directories.get(directory) {
            Some(names) => names,
            None if self.files.contains_key(directory) => {
                return Err(ReadError::Io("not a directory".to_owned()));
            }
            None => return Err(ReadError::Absent),
        };
        let entry = |name: &String| DirEntry {
            name: name.clone(),
            kind: self.kind(&join(directory, name)),
            link: false,
        };
        Ok(names.iter().map(entry).collect())
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        match self.files.get(path) {
            Some(file) => Ok(Box::new(Stream {
                slices: &self.slices,
                file: *file,
                at: 0,
                slice: Vec::new().into_iter(),
            })),
            None if self.directories.contains_key(path) => Err(ReadError::Directory),
            None => Err(ReadError::Absent),
        }
    }
}

/// A file from its first byte to its last.
struct Stream<'s, S> {
    slices: &'s S,
    file: Listed,
    at: u64,
    slice: std::vec::IntoIter<u8>,
}

impl<S: Slices> Read for Stream<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.slice.as_slice().is_empty() {
            let length = SLICE.min(self.file.length.saturating_sub(self.at));
            if length == 0 {
                return Ok(0);
            }
            self.slice = slice(self.slices, self.file.index, self.at, length)?.into_iter();
            self.at = self.at.saturating_add(length);
        }
        let mut rest = self.slice.as_slice();
        let count = rest.read(buffer)?;
        self.slice.by_ref().take(count).for_each(drop);
        Ok(count)
    }
}

/// An archive of a host. Asking the host costs far more than copying, and an archive's files are read one after
/// another, so the last part that it gave is kept.
pub struct HostArchive<S> {
    slices: S,
    length: u64,
    last: RefCell<Part>,
}

/// Bytes from an offset on.
#[derive(Default)]
struct Part {
    start: u64,
    bytes: Vec<u8>,
}

impl Part {
    /// What it holds from an offset on; nothing if that lies outside.
    fn after(&self, offset: u64) -> &[u8] {
        let skipped = offset
            .checked_sub(self.start)
            .and_then(|skipped| usize::try_from(skipped).ok());
        skipped
            .and_then(|skipped| self.bytes.get(skipped..))
            .unwrap_or_default()
    }
}

impl<S> HostArchive<S> {
    /// An archive of so many bytes, which `slices` hands out as file 0.
    pub fn new(slices: S, length: u64) -> Self {
        Self {
            slices,
            length,
            last: RefCell::default(),
        }
    }
}

impl<S: Slices> ReadAt for HostArchive<S> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut last = self.last.borrow_mut();
        if last.after(offset).is_empty() {
            let room = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
            let length = room.clamp(AHEAD, SLICE).min(self.length.saturating_sub(offset));
            if length == 0 {
                return Ok(0);
            }
            let bytes = slice(&self.slices, 0, offset, length)?;
            *last = Part { start: offset, bytes };
        }
        last.after(offset).read(buffer)
    }
}

/// A part of a file, which must be as long as it was asked for.
fn slice(slices: &impl Slices, file: usize, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let bytes = slices.read(file, start, length).map_err(ReadError::Io)?;
    if u64::try_from(bytes.len()) != Ok(length) {
        return Err(ReadError::Io("the file changed while it was read".to_owned()).into());
    }
    Ok(bytes)
}
