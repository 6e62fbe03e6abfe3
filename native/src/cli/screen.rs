//! What the terminal can show.

use std::io::{self, IsTerminal as _};

use crate::demo::picture::Charset;

/// Columns where nobody says how many there are.
const DEFAULT_COLUMNS: usize = 80;

/// The characters that the locale allows.
pub(super) fn charset() -> Charset {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    charset_of(locale.as_deref().unwrap_or(""))
}

fn charset_of(locale: &str) -> Charset {
    let locale = locale.to_ascii_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") {
        Charset::Unicode
    } else {
        Charset::Ascii
    }
}

/// Columns of the terminal on stdout; 0 where stdout is none, so that nothing is broken that a program may read.
pub(super) fn terminal_columns() -> usize {
    if io::stdout().is_terminal() { columns() } else { 0 }
}

/// Columns at which texts to read are broken: the terminal's, 100 at most.
pub(super) fn reading_columns() -> usize {
    const MOST: usize = 100;
    match terminal_columns() {
        0 => MOST,
        columns => columns.min(MOST),
    }
}

/// Columns of the terminal on stderr; `None` where it is none, or does not know.
pub(super) fn stderr_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Columns of the terminal on stdout, else of `COLUMNS`, else 80.
pub(super) fn columns() -> usize {
    let stdout = io::stdout();
    let asked = stdout
        .is_terminal()
        .then(|| rustix::termios::tcgetwinsize(&stdout).ok())
        .flatten();
    let told = || {
        std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok())
    };
    asked
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .or_else(told)
        .unwrap_or(DEFAULT_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_utf_8_locale_gets_more_than_ascii() {
        for (locale, charset) in [
            ("en_US.UTF-8", Charset::Unicode),
            ("C.utf8", Charset::Unicode),
            ("C", Charset::Ascii),
            ("de_DE.ISO-8859-1", Charset::Ascii),
            ("", Charset::Ascii),
        ] {
            assert_eq!(charset_of(locale), charset, "{locale}");
        }
    }
}
