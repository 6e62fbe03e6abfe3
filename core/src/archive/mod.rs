//! Submissions in archives: `.zip`, `.tar`, `.tar.gz`, read from memory or at offsets of a source, unpacked nowhere.
//!
//! What an archive shows as a tree:
//!
//! - A single folder at its top, whatever its name, is the submission's folder, unless its name is one that a published
//!   layout has there (`results`, `systems`, ...); then the archive itself is.
//! - Names that are absolute, hold `..`, a drive letter, a backslash or a control character are left out; so are paths
//!   beyond the limits of [`crate::limits`]. Names that aren't UTF-8 are shown with U+FFFD. Of entries with one name the
//!   last counts, as when unpacking. `__MACOSX/`, `.DS_Store` and `._*` are not there.
//! - Links, devices, encrypted entries, methods other than stored and deflate, entries that share bytes, and entries
//!   that grow more than [`crate::limits::RATIO`] times stand there and can't be read.
//! - Length and checksum of an entry are compared when it is read; one that lies is damaged.
//!
//! All of it but the names of macOS leaves a note, which our own rules report (`rules/own/input/`).

mod gzip;
mod index;
mod inflate;
pub(crate) mod notes;
mod source;
mod tar;
#[cfg(test)]
mod tests;
mod verify;
mod zip;

use std::io::Read;

use index::Index;
use notes::{NoteKind, Notes};

pub use source::ReadAt;

use crate::tree::{DirEntry, Kind, ReadError, Tree};

/// An archive as a [`Tree`].
pub struct ArchiveTree {
    source: Box<dyn ReadAt>,
    content: Content,
}

enum Content {
    Zip(Index<zip::Packed>),
    Tar(Index<tar::Body>, Option<gzip::Places>),
}

/// Kinds of archives, told apart by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// Zip.
    Zip,
    /// Tar.
    Tar,
    /// Gzip, with a tar in it if it is a submission.
    TarGz,
}

impl ArchiveKind {
    /// The kind of archive that begins with these bytes, of which 512 are enough.
    pub fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Some(Self::Zip);
        }
        if start.starts_with(&[0x1f, 0x8b]) {
            return Some(Self::TarGz);
        }
        let header = start.first_chunk()?;
        tar::has_checksum(header).then_some(Self::Tar)
    }
}

impl ArchiveTree {
    /// Lists an archive. Never fails: what is wrong with it is in its notes, and what could be listed is there.
    pub fn new(source: Box<dyn ReadAt>) -> Self {
        let mut start = Vec::new();
        let part = source::Part {
            source: &*source,
            at: 0,
            end: 512,
        };
        let read = { part }.read_to_end(&mut start);
        if let Err(error) = read {
            let mut index = Index::new();
            let message = format!("the archive can't be read: {error}");
            index.notes.push(NoteKind::Structure, "", message);
            let content = Content::Zip(index);
            return Self { source, content };
        }
        let content = match ArchiveKind::of(&start) {
            Some(ArchiveKind::Tar) => {
                let (index, places) = tar::list(&*source, false);
                Content::Tar(index, places)
            }
            Some(ArchiveKind::TarGz) => {
                let (index, places) = tar::list(&*source, true);
                Content::Tar(index, places)
            }
            // A zip may have a program in front.
            Some(ArchiveKind::Zip) | None => Content::Zip(zip::list(&*source)),
        };
        Self { source, content }
    }

    /// Name of the folder around the submission, if there is one.
    pub fn top(&self) -> Option<&str> {
        let top = match &self.content {
            Content::Zip(index) => &index.top,
            Content::Tar(index, _) => &index.top,
        };
        (!top.is_empty()).then_some(top)
    }

    /// The path by which a report names the submission: the folder around it, else the archive's name without its
    /// ending, else `submission`.
    pub fn shown_as(&self, name: Option<&str>) -> String {
        if let Some(top) = self.top() {
            return top.to_owned();
        }
        let name = name.unwrap_or_default();
        let stem = [".zip", ".tar.gz", ".tgz", ".tar"].iter().find_map(|ending| {
            let at = name.len().checked_sub(ending.len())?;
            let (stem, end) = name.split_at_checked(at)?;
            end.eq_ignore_ascii_case(ending).then_some(stem)
        });
        match stem.unwrap_or(name) {
            "" => "submission".to_owned(),
            stem => stem.to_owned(),
        }
    }
}

impl Tree for ArchiveTree {
    fn kind(&self, path: &str) -> Option<Kind> {
        match &self.content {
            Content::Zip(index) => index.kind(path),
            Content::Tar(index, _) => index.kind(path),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        let entries = match &self.content {
            Content::Zip(index) => index.list(directory),
            Content::Tar(index, _) => index.list(directory),
        };
        entries.ok_or_else(|| match self.kind(directory) {
            Some(_) => ReadError::Io("not a directory".to_owned()),
            None => ReadError::Absent,
        })
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        let absent = || {
            if self.is_directory(path) {
                ReadError::Directory
            } else {
                ReadError::Absent
            }
        };
        let refused = |why: &String| ReadError::Refused(why.clone());
        match &self.content {
            Content::Zip(index) => {
                let file = index.file(path).ok_or_else(absent)?;
                let packed = file.body.as_ref().map_err(refused)?;
                Ok(zip::open(&*self.source, *packed, file.length))
            }
            Content::Tar(index, places) => {
                let file = index.file(path).ok_or_else(absent)?;
                let body = file.body.as_ref().map_err(refused)?;
                tar::open(&*self.source, places.as_ref(), body, file.length)
            }
        }
    }

    fn notes(&self) -> Option<&Notes> {
        Some(match &self.content {
            Content::Zip(index) => &index.notes,
            Content::Tar(index, _) => &index.notes,
        })
    }
}
