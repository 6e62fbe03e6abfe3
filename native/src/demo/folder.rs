//! The demo's folder: made, or taken over from an earlier demo, and never from anything else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file by which a demo's folder is known.
const MARK: &str = "demo.json";
const REPORT: &str = "report";
const SUBMISSION: &str = "submission";
const DATASET: &str = "questions.jsonl";
/// Everything that a demo writes at the top of its folder.
const OURS: [&str; 4] = [MARK, REPORT, SUBMISSION, DATASET];

/// Why a folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is something else.
    #[error("`{}` holds `{stray}`, which no demo wrote; nothing was deleted", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// The name found in it.
        stray: String,
    },
    /// It is a file.
    #[error("`{}` is a file, not a folder; nothing was deleted", .0.display())]
    NotAFolder(PathBuf),
    /// The system refuses.
    #[error("can't write `{}`: {cause}", path.display())]
    Io {
        /// What could not be written.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

impl FolderError {
    pub(super) fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            cause,
        }
    }
}

/// A demo's folder that is ready to be written to.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folder, or empties it if an earlier demo wrote it.
    pub fn prepare(root: &Path) -> Result<Self, FolderError> {
        let fail = |cause| FolderError::io(root, cause);
        match fs::metadata(root) {
            Ok(found) if !found.is_dir() => return Err(FolderError::NotAFolder(root.to_owned())),
            Ok(_) => clear(root)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(root).map_err(fail)?;
            }
            Err(error) => return Err(fail(error)),
        }
        let folder = Self {
            root: root.to_owned(),
        };
        let mark = format!(
            "{{\n  \"format_version\": 1,\n  \"made_by\": \"runbench demo {}\"\n}}\n",
            env!("CARGO_PKG_VERSION")
        );
        write(&root.join(MARK), &mark)?;
        Ok(folder)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The questions.
    pub fn dataset(&self) -> PathBuf {
        self.root.join(DATASET)
    }

    /// Reports of all points.
    pub fn reports(&self) -> PathBuf {
        self.root.join(REPORT)
    }

    /// The report of one point.
    pub fn report(&self, concurrency: u32) -> PathBuf {
        self.reports().join(format!("point_{concurrency}"))
    }

    /// What holds the submission.
    pub fn submission(&self) -> PathBuf {
        self.root.join(SUBMISSION)
    }
}

/// Writes a file and the folders above it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), FolderError> {
    let fail = |cause| FolderError::io(path, cause);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(fail)?;
    }
    fs::write(path, text).map_err(fail)
}

/// Removes what a demo wrote, after making sure that there is nothing else.
fn clear(root: &Path) -> Result<(), FolderError> {
    let fail = |cause| FolderError::io(root, cause);
    let names = fs::read_dir(root)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.file_name()))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(fail)?;
    let stray = names.iter().find(|name| OURS.iter().all(|ours| *name != *ours));
    // Without the mark even a name of ours may be somebody else's.
    let is_ours =
        fs::read_to_string(root.join(MARK)).is_ok_and(|mark| mark.contains("\"made_by\": \"runbench demo"));
    let stray = if is_ours { stray } else { names.first() };
    if let Some(stray) = stray {
        return Err(FolderError::Foreign {
            folder: root.to_owned(),
            stray: stray.to_string_lossy().into_owned(),
        });
    }
    // The mark goes last: a clearing that is cut short can be taken up again.
    for name in [REPORT, SUBMISSION, DATASET, MARK] {
        let path = root.join(name);
        let removed = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        removed.map_err(|cause| FolderError::io(&path, cause))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn makes_a_folder_and_replaces_its_own() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("a/b");
        let folder = Folder::prepare(&root).unwrap();
        write(&folder.report(8).join("deep/file"), "x").unwrap();
        write(&folder.dataset(), "x").unwrap();
        assert_eq!(names(&root), ["demo.json", "questions.jsonl", "report"]);
        Folder::prepare(&root).unwrap();
        assert_eq!(names(&root), ["demo.json"]);
    }

    #[test]
    fn takes_an_empty_folder() {
        let root = tempfile::tempdir().unwrap();
        Folder::prepare(root.path()).unwrap();
    }

    #[test]
    fn leaves_alone_what_is_not_a_demos() {
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join("report/thesis.txt"), "years of work").unwrap();
        let error = Folder::prepare(root.path()).unwrap_err().to_string();
        assert!(error.contains("holds `report`"), "{error}");
        assert_eq!(names(root.path()), ["report"]);
        let error = Folder::prepare(&root.path().join("report/thesis.txt")).unwrap_err();
        assert!(matches!(error, FolderError::NotAFolder(_)));
    }

    #[test]
    fn leaves_alone_what_was_put_beside_a_demos() {
        let root = tempfile::tempdir().unwrap();
        Folder::prepare(root.path()).unwrap();
        write(&root.path().join("notes.txt"), "x").unwrap();
        let error = Folder::prepare(root.path()).unwrap_err().to_string();
        assert!(error.contains("holds `notes.txt`"), "{error}");
        assert_eq!(names(root.path()), ["demo.json", "notes.txt"]);
    }

    #[test]
    fn does_not_follow_a_link_when_it_clears() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = parent.path().join("elsewhere");
        write(&elsewhere.join("file"), "x").unwrap();
        let root = parent.path().join("out");
        Folder::prepare(&root).unwrap();
        std::os::unix::fs::symlink(&elsewhere, root.join("report")).unwrap();
        Folder::prepare(&root).unwrap();
        assert_eq!(names(&elsewhere), ["file"]);
    }
}
