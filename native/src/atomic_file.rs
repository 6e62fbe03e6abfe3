//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Why a file can't be written. Whatever was there before is untouched.
#[derive(Debug, thiserror::Error)]
#[error("can't write `{}`: {cause}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub cause: io::Error,
}

/// Writes a file beside its place, waits until the disk has it, and renames it. Makes the folders above it.
pub fn write(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let fill = |out: &mut dyn Write| {
        out.write_all(content).map_err(|cause| WriteError {
            path: path.to_owned(),
            cause,
        })
    };
    write_with(path, fill)
}

/// [`write()`] of a content that is made piece by piece. Where `fill` fails, nothing is changed.
pub fn write_with<E: From<WriteError>>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |cause| WriteError {
        path: path.to_owned(),
        cause,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    let create = || {
        fs::create_dir_all(folder)?;
        File::create(&beside)
    };
    let mut out = BufWriter::new(create().map_err(failed)?);
    fill(&mut out)?;
    let put_in_place = || {
        out.into_inner()?.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(folder)?.sync_all()
    };
    Ok(put_in_place().map_err(failed)?)
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn replaces_a_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/summary.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn names_the_file_it_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let error = write(&folder.path().join("file/summary.json"), b"one").unwrap_err();
        assert!(error.to_string().contains("file/summary.json"), "{error}");
    }
}
