//! Printing: results to stdout, everything else to stderr.

use std::io::{self, IsTerminal as _, Write as _};
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

/// Says on stderr what went wrong and what to try, and passes the exit code through.
pub(super) fn complain(exit: Exit, message: &str, help: &str) -> Exit {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: {message}");
    if !help.is_empty() {
        let _ = writeln!(stderr, "   = help: {help}");
    }
    exit
}

/// Says on stderr what one must know beside the result.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr().lock(), "note: {message}");
}
