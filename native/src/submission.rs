//! Where a submission comes from: a folder, an archive, an archive on stdin.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use runbench_core::archive::{ArchiveKind, ArchiveTree, ReadAt};
use runbench_core::limits::PIPED_BYTES;
use runbench_core::tree::Tree;

use crate::disk::DiskTree;

/// What is kept in memory of an archive that comes through a pipe; a longer one goes to a temporary file.
const IN_MEMORY: usize = 16 * 1024 * 1024;

/// A submission that can be checked.
pub struct Submission {
    /// Its files.
    pub tree: Box<dyn Tree>,
    /// The path that every printed path begins with: PATH as given for a folder, for an archive the name of the folder
    /// in it, or its own name.
    pub shown: String,
}

/// Opens PATH: a folder, a zip, tar or tar.gz, or `-` for one of these on stdin. What is wrong with it is found by the
/// checker, also that nothing stands there.
pub fn open(path: &Path) -> Submission {
    let given = path.to_string_lossy();
    if given == "-" {
        return archive(stdin(), None, "-");
    }
    if !path.is_file() {
        return Submission {
            tree: Box::new(DiskTree::new(path)),
            shown: given.into_owned(),
        };
    }
    let source: Box<dyn ReadAt> = match File::open(path).and_then(FileSource::new) {
        Ok(source) => Box::new(source),
        Err(error) => Box::new(Unreadable(error.to_string())),
    };
    let name = path.file_name().map(|name| name.to_string_lossy());
    archive(source, name.as_deref(), &given)
}

fn archive(source: Box<dyn ReadAt>, name: Option<&str>, given: &str) -> Submission {
    let mut start = [0; 512];
    let length = source.read_at(0, &mut start).unwrap_or_default();
    let kind = ArchiveKind::of(start.get(..length).unwrap_or_default());
    let tree = ArchiveTree::new(source);
    Submission {
        // A file that is no archive keeps its path, as the reference prints it.
        shown: if kind.is_some() {
            tree.shown_as(name)
        } else {
            given.to_owned()
        },
        tree: Box::new(tree),
    }
}

/// The bytes on stdin. A file that was redirected is read where it is.
fn stdin() -> Box<dyn ReadAt> {
    let redirected = || -> io::Result<Option<FileSource>> {
        let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        if file.metadata()?.is_file() {
            FileSource::new(file).map(Some)
        } else {
            Ok(None)
        }
    };
    match redirected() {
        Ok(Some(source)) => Box::new(source),
        _ => spool(&mut io::stdin().lock()).unwrap_or_else(|error| Box::new(Unreadable(error.to_string()))),
    }
}

/// Keeps a stream: in memory, or in a temporary file that has no name.
fn spool(stream: &mut dyn Read) -> io::Result<Box<dyn ReadAt>> {
    let mut bytes = Vec::new();
    let step = |stream: &mut dyn Read, bytes: &mut Vec<u8>, room: usize| {
        stream
            .take(u64::try_from(room).unwrap_or(u64::MAX))
            .read_to_end(bytes)
    };
    step(stream, &mut bytes, 512)?;
    // An endless stream of something else ends here.
    if ArchiveKind::of(&bytes).is_none() {
        return Ok(Box::new(bytes));
    }
    step(stream, &mut bytes, IN_MEMORY)?;
    if bytes.len() < IN_MEMORY {
        return Ok(Box::new(bytes));
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&bytes)?;
    drop(bytes);
    io::copy(&mut stream.take(PIPED_BYTES), &mut file)?;
    if stream.read(&mut [0])? > 0 {
        return Err(io::Error::other(format!(
            "more than {PIPED_BYTES} bytes came through the pipe"
        )));
    }
    FileSource::new(file).map(|source| -> Box<dyn ReadAt> { Box::new(source) })
}

/// A file that is read at offsets.
struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl ReadAt for FileSource {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

/// What could not even be opened, and why.
struct Unreadable(String);

impl ReadAt for Unreadable {
    fn length(&self) -> u64 {
        // Not nothing, so that it is asked for, and says why.
        1
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_is_no_archive_is_not_read_to_its_end() {
        let source = spool(&mut io::repeat(b'x')).unwrap();
        assert_eq!(source.length(), 512);
    }

    #[test]
    fn a_long_stream_is_kept_whole() {
        let head: &[u8] = b"PK\x03\x04";
        let length = 17 * 1024 * 1024;
        let source = spool(&mut head.chain(io::repeat(7).take(length))).unwrap();
        assert_eq!(source.length(), length + 4);
        let mut last = [0; 2];
        assert_eq!(source.read_at(length + 3, &mut last).unwrap(), 1);
        assert_eq!(last, [7, 0]);
    }
}
