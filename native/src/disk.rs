//! A folder on disk as a [`Tree`].
//!
//! Existence follows links, as the reference does; listing and reading stop at the folder's edge: what resolves to a
//! place outside of it is [`ReadError::Outside`].

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use runbench_core::tree::{DirEntry, Kind, ReadError, Tree};

/// Longest file that is read, in bytes.
pub const LONGEST_FILE: u64 = 256 * 1024 * 1024;

/// A folder on disk.
#[derive(Clone, Debug)]
pub struct DiskTree {
    root: PathBuf,
    /// The root with all links resolved; `None` if it doesn't exist.
    resolved: Option<PathBuf>,
    longest_file: u64,
}

impl DiskTree {
    /// Opens a folder. A path at which nothing stands is an empty tree whose root doesn't exist.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            resolved: root.canonicalize().ok(),
            longest_file: LONGEST_FILE,
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() {
            self.root.clone()
        } else {
            self.root.join(path)
        }
    }

    /// The path with links resolved, if that lies within the root.
    fn inside(&self, path: &str) -> Result<PathBuf, ReadError> {
        let resolved = self.at(path).canonicalize().map_err(|error| read_error(&error))?;
        match &self.resolved {
            Some(root) if resolved.starts_with(root) => Ok(resolved),
            _ => Err(ReadError::Outside),
        }
    }
}

impl Tree for DiskTree {
    fn kind(&self, path: &str) -> Option<Kind> {
        Some(kind_of(&fs::metadata(self.at(path)).ok()?))
    }

    fn is_outside(&self, path: &str) -> bool {
        matches!(self.inside(path), Err(ReadError::Outside))
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        let directory = self.inside(directory)?;
        let mut entries = Vec::new();
        for entry in fs::read_dir(&directory).map_err(|error| read_error(&error))? {
            let entry = entry.map_err(|error| read_error(&error))?;
            let path = entry.path();
            entries.push(DirEntry {
                name: entry.file_name().to_string_lossy().into_owned(),
                kind: fs::metadata(&path).ok().as_ref().map(kind_of),
                link: entry.file_type().is_ok_and(|kind| kind.is_symlink()),
            });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        let resolved = self.inside(path)?;
        let metadata = fs::metadata(&resolved).map_err(|error| read_error(&error))?;
        if metadata.is_dir() {
            return Err(ReadError::Directory);
        }
        // A pipe or a device would block, or never end.
        if !metadata.is_file() {
            return Err(ReadError::Io("is not a regular file".to_owned()));
        }
        let limit = self.longest_file;
        if metadata.len() > limit {
            return Err(ReadError::TooLarge {
                length: metadata.len(),
                limit,
            });
        }
        let file = fs::File::open(&resolved).map_err(|error| read_error(&error))?;
        let mut bytes = Vec::new();
        // The file may grow while it is read.
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| read_error(&error))?;
        match u64::try_from(bytes.len()) {
            Ok(length) if length <= limit => Ok(Cow::Owned(bytes)),
            _ => Err(ReadError::TooLarge {
                length: limit.saturating_add(1),
                limit,
            }),
        }
    }
}

fn kind_of(metadata: &fs::Metadata) -> Kind {
    if metadata.is_dir() {
        Kind::Directory
    } else {
        Kind::File(metadata.len())
    }
}

fn read_error(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::Absent,
        io::ErrorKind::IsADirectory => ReadError::Directory,
        _ => ReadError::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn existence_follows_links_but_contents_outside_are_never_read() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let folder = tempfile::tempdir().unwrap();
        symlink(outside.path().join("secret"), folder.path().join("link")).unwrap();
        symlink(outside.path(), folder.path().join("linked")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        fs::write(folder.path().join("real"), "r").unwrap();
        symlink("real", folder.path().join("within")).unwrap();
        let tree = DiskTree::new(folder.path());
        assert!(tree.is_file("link") && tree.is_directory("linked") && !tree.exists("dangling"));
        assert!(tree.is_outside("link") && tree.is_outside("linked"));
        assert!(!tree.is_outside("within") && !tree.is_outside("dangling"));
        assert_eq!(tree.read("link"), Err(ReadError::Outside));
        assert_eq!(tree.read("linked/secret"), Err(ReadError::Outside));
        assert_eq!(tree.list("linked"), Err(ReadError::Outside));
        assert_eq!(tree.read("within").unwrap().as_ref(), b"r");
        assert_eq!(tree.read(""), Err(ReadError::Directory));
        assert_eq!(tree.read("absent"), Err(ReadError::Absent));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("long"), "12345").unwrap();
        let tree = DiskTree {
            longest_file: 4,
            ..DiskTree::new(folder.path())
        };
        assert_eq!(
            tree.read("long"),
            Err(ReadError::TooLarge { length: 5, limit: 4 })
        );
    }
}
