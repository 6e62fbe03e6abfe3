//! Printing: results to stdout, everything else to stderr.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;

use super::Exit;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether stdout gets colours.
    pub(super) fn on_stdout(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// Set when a result could not be written to stdout.
static STDOUT_FAILED: AtomicBool = AtomicBool::new(false);

/// Writes to stdout. A reader that has gone away is no error (`runbench check … | head`); any other failure, such as a
/// full disk, is said on stderr and ends the program with 4, whatever the command found.
pub(super) fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) else {
        return;
    };
    if error.kind() != io::ErrorKind::BrokenPipe && !STDOUT_FAILED.swap(true, Ordering::Relaxed) {
        complain(
            Exit::Execution,
            &format!("the result could not be written to stdout: {error}"),
            "",
        );
    }
}

/// Whether a result is lost.
pub(super) fn stdout_failed() -> bool {
    STDOUT_FAILED.load(Ordering::Relaxed)
}

/// Writes a file so that a reader finds the old content or the new one, never a part. What is no ordinary file
/// (`/dev/stdout`, a pipe) is written to as it is, a link's target is written instead of the link, and so is a file in a
/// folder that takes no new ones. Makes no folders.
pub(super) fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => return write_into(path, content),
        Ok(_) | Err(_) => {}
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = target.clone().into_os_string();
    beside.push(format!(".{}.partial", std::process::id()));
    let beside = Path::new(&beside);
    let Ok(mut file) = File::create_new(beside) else {
        return write_into(&target, content);
    };
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| match fs::metadata(&target) {
            Ok(there) => fs::set_permissions(beside, there.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| fs::rename(beside, &target));
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(beside);
    }
    written
}

/// Writes over what stands there, or makes the file.
fn write_into(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(content)?;
    file.flush()
}

/// Says on stderr what went wrong and what to try, and passes the exit code through.
pub(super) fn complain(exit: Exit, message: &str, help: &str) -> Exit {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: {message}");
    if !help.is_empty() {
        let _ = writeln!(stderr, "   = help: {help}");
    }
    exit
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_file(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write_file(&folder.path().join("no/such/folder"), b"x").is_err());
        assert!(write_file(folder.path(), b"x").is_err());
    }

    #[test]
    fn a_link_stays_and_its_target_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, b"old").unwrap();
        symlink("target", &link).unwrap();
        write_file(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        write_file(Path::new("/dev/null"), b"x").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
