//! The report folder: made, checked, cleared of an earlier run.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::RunError;
use crate::{event_files, report_files};

/// What a run writes into its folder. `--overwrite` removes these and nothing else.
const OWN_ENTRIES: [&str; 9] = [
    event_files::FOLDER,
    "config.yaml",
    report_files::EVENTS_JSONL,
    "report.txt",
    "report.json",
    "performance",
    "metrics",
    "accuracy",
    "sample_idx_map.json",
];

/// Makes `out` and its empty folder for the event log.
pub(super) fn prepare(out: &Path, overwrite: bool) -> Result<(), RunError> {
    let unwritable = |cause| RunError::FolderUnwritable {
        folder: out.to_owned(),
        cause,
    };
    std::fs::create_dir_all(out).map_err(unwritable)?;
    if overwrite && holds_run(out) {
        for name in OWN_ENTRIES {
            remove(&out.join(name)).map_err(unwritable)?;
        }
    } else if let Some(entry) = std::fs::read_dir(out).map_err(unwritable)?.next() {
        let found = entry
            .map_err(unwritable)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        return Err(RunError::FolderTaken {
            folder: out.to_owned(),
            found,
        });
    }
    std::fs::create_dir(event_files::folder(out)).map_err(unwritable)
}

/// Whether a run wrote its log here. Other folders have a `config.yaml` and `metrics` too.
fn holds_run(out: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(event_files::folder(out)) else {
        return false;
    };
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    // A run that was killed before its first file leaves an empty folder.
    names.iter().all(|name| {
        Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "rbl" || ending == "partial")
    })
}

fn remove(path: &Path) -> io::Result<()> {
    let kind = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        result => result?.file_type(),
    };
    if kind.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_a_folder_and_takes_an_empty_one() {
        let parent = tempfile::tempdir().unwrap();
        prepare(&parent.path().join("a/b"), false).unwrap();
        assert!(parent.path().join("a/b/events").is_dir());
        let empty = tempfile::tempdir().unwrap();
        prepare(empty.path(), false).unwrap();
    }

    #[test]
    fn refuses_a_folder_with_something_in_it() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), false).unwrap();
        let error = prepare(folder.path(), false).unwrap_err();
        assert!(error.to_string().contains("(it holds `events`)"), "{error}");
    }

    #[test]
    fn overwriting_removes_a_run_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), false).unwrap();
        std::fs::write(folder.path().join("events/end.rbl"), "x").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        prepare(folder.path(), true).unwrap();
        assert!(!folder.path().join("events/end.rbl").exists());
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn overwriting_leaves_a_folder_alone_that_no_run_wrote() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("events")).unwrap();
        for name in ["config.yaml", "events/photo.jpg"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        assert!(prepare(folder.path(), true).is_err());
        assert!(
            folder.path().join("config.yaml").exists() && folder.path().join("events/photo.jpg").exists()
        );
    }

    #[test]
    fn names_a_folder_that_can_not_be_made() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = prepare(&file.path().join("out"), false).unwrap_err();
        assert!(
            error.to_string().starts_with("can't write the report folder"),
            "{error}"
        );
    }
}
