//! One submission's files, listed once and read by parts.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use runbench_core::limits::{DEPTH, ENTRIES};
use serde::Serialize;

/// Most bytes that one answer holds.
const LONGEST_PART: u64 = 8 << 20;

/// Why a submission can't be handed out.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The system refuses.
    #[error("can't read `{}`: {cause}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// More than anybody submits.
    #[error("`{}` holds more than {ENTRIES} files or folders, or more than {DEPTH} levels of them", .0.display())]
    TooMany(PathBuf),
}

/// A folder, or an archive of one.
#[derive(Debug)]
pub struct Shelf {
    word: String,
    list: List,
    places: Vec<PathBuf>,
}

/// What the page asks for first.
#[derive(Debug, Serialize)]
struct List {
    kind: &'static str,
    name: String,
    paths: Vec<String>,
    lengths: Vec<u64>,
    directories: Vec<String>,
}

impl Shelf {
    /// Lists a folder; links out of it are left out. A file is taken for an archive.
    pub fn open(path: &Path) -> Result<Self, ShelfError> {
        let io = |cause| ShelfError::Io {
            path: path.to_owned(),
            cause,
        };
        let root = path.canonicalize().map_err(io)?;
        let name = root
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let metadata = fs::metadata(&root).map_err(io)?;
        let mut shelf = Self {
            word: word().map_err(io)?,
            list: List {
                kind: if metadata.is_dir() { "folder" } else { "archive" },
                name: name.clone(),
                paths: Vec::new(),
                lengths: Vec::new(),
                directories: Vec::new(),
            },
            places: Vec::new(),
        };
        if metadata.is_dir() {
            shelf.add(&root, &root, "", 0)?;
        } else {
            shelf.push(name, metadata.len(), root);
        }
        Ok(shelf)
    }

    fn push(&mut self, path: String, length: u64, place: PathBuf) {
        self.list.paths.push(path);
        self.list.lengths.push(length);
        self.places.push(place);
    }

    fn add(&mut self, root: &Path, folder: &Path, below: &str, depth: usize) -> Result<(), ShelfError> {
        let io = |cause| ShelfError::Io {
            path: folder.to_owned(),
            cause,
        };
        for entry in fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let inner = format!("{below}{}", entry.file_name().to_string_lossy());
            // A link may lead anywhere, or in a circle; what it leads to outside is nobody's to read.
            let Ok(place) = entry.path().canonicalize() else {
                continue;
            };
            let Ok(metadata) = fs::metadata(&place) else {
                continue;
            };
            if !place.starts_with(root) {
                continue;
            }
            if self.places.len() + self.list.directories.len() >= ENTRIES || depth >= DEPTH {
                return Err(ShelfError::TooMany(root.to_owned()));
            }
            if metadata.is_dir() {
                self.list.directories.push(inner.clone());
                self.add(root, &place, &format!("{inner}/"), depth + 1)?;
            } else if metadata.is_file() {
                self.push(inner, metadata.len(), place);
            }
        }
        Ok(())
    }

    /// The random word in the address.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The list as JSON.
    pub(super) fn list(&self) -> String {
        serde_json::to_string(&self.list).unwrap_or_default()
    }

    /// Bytes `start .. end` of a file by its index.
    pub(super) fn read(&self, index: usize, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let wrong = |message: &str| io::Error::new(io::ErrorKind::InvalidInput, message.to_owned());
        let place = self.places.get(index).ok_or_else(|| wrong("no such file"))?;
        let length = end
            .checked_sub(start)
            .filter(|length| *length <= LONGEST_PART)
            .ok_or_else(|| wrong("no such part"))?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        File::open(place)?.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }
}

/// 128 random bits in hexadecimal.
fn word() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut word = String::new();
    for byte in bytes {
        // Writing to a `String` can't fail.
        let _ = write!(word, "{byte:02x}");
    }
    Ok(word)
}
