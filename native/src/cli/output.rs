//! Printing: results to stdout, everything else to stderr.

use std::io::{self, IsTerminal as _, Write as _};

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

/// Writes to stdout. A reader that has gone away is no error (`runbench check … | head`).
pub(super) fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
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
