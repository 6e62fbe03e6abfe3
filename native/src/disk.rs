//! A folder on disk as a [`Tree`].
//!
//! Existence follows links, as the reference does; listing and reading stop at the folder's edge: what resolves to a
//! place outside of it is [`ReadError::Outside`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use runbench_core::limits::FILE_BYTES;
use runbench_core::tree::{DirEntry, Kind, ReadError, Tree, join};

/// So many directories are remembered at most, each kind of memory; then it is emptied.
const REMEMBERED: usize = 4096;

/// A folder on disk.
#[derive(Debug)]
pub struct DiskTree {
    root: PathBuf,
    /// The root with all links resolved; `None` if it doesn't exist.
    resolved: Option<PathBuf>,
    longest_file: u64,
    /// Directories by inner path, with all links resolved. Resolving anew would ask for every name of every path.
    places: RefCell<BTreeMap<String, Result<Rc<Path>, ReadError>>>,
    /// What stands in directories: the checker looks at each several times.
    listed: RefCell<BTreeMap<String, Rc<[DirEntry]>>>,
    /// Names on disk that are not UTF-8, by inner path as it is shown. Of two that are shown alike the last counts.
    odd_names: RefCell<BTreeMap<String, OsString>>,
}

impl DiskTree {
    /// Opens a folder. A path at which nothing stands is an empty tree whose root doesn't exist.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            resolved: root.canonicalize().ok(),
            longest_file: FILE_BYTES,
            places: RefCell::default(),
            listed: RefCell::default(),
            odd_names: RefCell::default(),
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        let odd_names = self.odd_names.borrow();
        let mut place = self.root.clone();
        if odd_names.is_empty() && !path.is_empty() {
            place.push(path);
            return place;
        }
        let mut inner = String::new();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            inner = join(&inner, name);
            place.push(
                odd_names
                    .get(&inner)
                    .map_or(OsStr::new(name), OsString::as_os_str),
            );
        }
        place
    }

    /// The last name of a path as it stands on disk.
    fn name_on_disk(&self, path: &str, name: &str) -> OsString {
        let odd_names = self.odd_names.borrow();
        odd_names.get(path).cloned().unwrap_or_else(|| name.into())
    }

    /// The path with links resolved, if that lies within the root.
    fn inside(&self, path: &str) -> Result<PathBuf, ReadError> {
        let root = self.resolved.as_ref().ok_or(ReadError::Absent)?;
        let Some((parent, name)) = split(path) else {
            return Ok(root.clone());
        };
        let place = self.directory(parent, root)?.join(self.name_on_disk(path, name));
        let metadata = fs::symlink_metadata(&place).map_err(|error| read_error(&error))?;
        if !metadata.is_symlink() {
            return Ok(place);
        }
        let resolved = place.canonicalize().map_err(|error| read_error(&error))?;
        if resolved.starts_with(root) {
            Ok(resolved)
        } else {
            Err(ReadError::Outside)
        }
    }

    /// A directory with links resolved. What stands below a known one is found by one look.
    fn directory(&self, path: &str, root: &Path) -> Result<Rc<Path>, ReadError> {
        if path.is_empty() {
            return Ok(root.into());
        }
        if let Some(known) = self.places.borrow().get(path) {
            return known.clone();
        }
        let place = self.inside(path).map(Rc::from);
        let mut places = self.places.borrow_mut();
        if places.len() >= REMEMBERED {
            places.clear();
        }
        places.insert(path.to_owned(), place.clone());
        place
    }

    fn entries(&self, directory: &str) -> Result<Rc<[DirEntry]>, ReadError> {
        if let Some(known) = self.listed.borrow().get(directory) {
            return Ok(Rc::clone(known));
        }
        let place = self.inside(directory)?;
        let mut entries = Vec::new();
        for entry in fs::read_dir(&place).map_err(|error| read_error(&error))? {
            let entry = entry.map_err(|error| read_error(&error))?;
            let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let metadata = if link {
                fs::metadata(entry.path())
            } else {
                entry.metadata()
            };
            let on_disk = entry.file_name();
            let name = on_disk.to_string_lossy().into_owned();
            if on_disk.to_str().is_none() && self.odd_names.borrow().len() < REMEMBERED {
                let inner = join(directory, &name);
                self.odd_names.borrow_mut().insert(inner, on_disk);
            }
            entries.push(DirEntry {
                name,
                kind: metadata.ok().as_ref().map(kind_of),
                link,
            });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        let entries: Rc<[DirEntry]> = entries.into();
        let mut listed = self.listed.borrow_mut();
        if listed.len() >= REMEMBERED || entries.len() >= REMEMBERED {
            listed.clear();
        }
        listed.insert(directory.to_owned(), Rc::clone(&entries));
        Ok(entries)
    }
}

/// A path's parent and last name; `None` for the root.
fn split(path: &str) -> Option<(&str, &str)> {
    (!path.is_empty()).then(|| path.rsplit_once('/').unwrap_or(("", path)))
}

impl Tree for DiskTree {
    fn kind(&self, path: &str) -> Option<Kind> {
        if let Some((parent, name)) = split(path)
            && let Some(entries) = self.listed.borrow().get(parent)
        {
            let found = entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
            return entries.get(found.ok()?)?.kind;
        }
        Some(kind_of(&fs::metadata(self.at(path)).ok()?))
    }

    fn is_outside(&self, path: &str) -> bool {
        matches!(self.inside(path), Err(ReadError::Outside))
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        self.entries(directory).map(|entries| entries.to_vec())
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        let place = self.inside(path)?;
        let metadata = fs::metadata(&place).map_err(|error| read_error(&error))?;
        if metadata.is_dir() {
            return Err(ReadError::Directory);
        }
        // A pipe or a device would block, or never end.
        if !metadata.is_file() {
            return Err(ReadError::Io("not a regular file".to_owned()));
        }
        let (length, limit) = (metadata.len(), self.longest_file);
        if length > limit {
            return Err(ReadError::TooLarge { length, limit });
        }
        let file = fs::File::open(&place).map_err(|error| read_error(&error))?;
        // The file may grow while it is read.
        Ok(Box::new(file.take(limit)))
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
    fn a_circle_of_links_and_deep_directories_cost_one_look_each() {
        let folder = tempfile::tempdir().unwrap();
        let mut deepest = folder.path().to_owned();
        for _ in 0..700 {
            deepest.push("d");
            fs::create_dir(&deepest).unwrap();
        }
        symlink(folder.path(), deepest.join("up")).unwrap();
        let tree = DiskTree::new(folder.path());
        let mut path = String::from("d");
        for _ in 1..700 {
            path.push_str("/d");
            assert_eq!(tree.list(&path).unwrap().len(), 1);
        }
        // One remembered place per level: none was resolved twice.
        assert_eq!(tree.places.borrow().len(), 699);
        let up = tree.list(&path).unwrap().remove(0);
        assert_eq!((up.kind, up.link), (Some(Kind::Directory), true));
        assert_eq!(tree.list(&format!("{path}/up/d")).unwrap().len(), 1);
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_shown_otherwise_but_read() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join(OsStr::from_bytes(b"a\xff"));
        fs::create_dir(&odd).unwrap();
        fs::write(odd.join(OsStr::from_bytes(b"\xfe.json")), "x").unwrap();
        let tree = DiskTree::new(folder.path());
        let shown = tree.list("").unwrap().remove(0).name;
        assert_eq!(shown, "a\u{fffd}");
        let inner = join(&shown, &tree.list(&shown).unwrap().remove(0).name);
        assert_eq!(tree.read(&inner).unwrap().as_ref(), b"x");
        assert!(tree.is_file(&inner) && !tree.exists(&join(&shown, "b")));
        assert_eq!(fs::metadata(tree.at(&inner)).unwrap().len(), 1);
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
