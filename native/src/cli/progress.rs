//! Progress on stderr: a line in place on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use super::screen::stderr_columns;
use crate::run::Progress;

/// How often a plain line is written.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Returns to the line's start and clears it.
const CLEAR_LINE: &str = "\r\x1b[K";

/// Shows how far a run is.
#[derive(Debug)]
pub(super) struct StderrProgress {
    quiet: bool,
    in_place: bool,
    /// When the next plain line is due.
    next_line: Duration,
    line_shown: bool,
}

impl StderrProgress {
    pub(super) fn new(quiet: bool) -> Self {
        let in_place = io::stderr().is_terminal();
        Self {
            quiet,
            in_place,
            next_line: PLAIN_INTERVAL,
            line_shown: false,
        }
    }

    /// Takes the line off the terminal.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.line_shown) {
            write_stderr(CLEAR_LINE);
        }
    }
}

impl Progress for StderrProgress {
    fn tick(&mut self, elapsed: Duration, issued: u64, completed: u64, failed: u64) {
        if self.quiet {
            return;
        }
        let in_flight = issued.saturating_sub(completed).saturating_sub(failed);
        let line = format!(
            "{:.1} s: {issued} issued, {completed} answered, {failed} failed, {in_flight} in flight",
            elapsed.as_secs_f64()
        );
        if self.in_place {
            write_stderr(&format!("{CLEAR_LINE}{}", on_one_line(&line, stderr_columns())));
            self.line_shown = true;
        } else if elapsed >= self.next_line {
            self.next_line = elapsed + PLAIN_INTERVAL;
            write_stderr(&format!("{line}\n"));
        }
    }

    fn phase(&mut self, name: &str) {
        if self.quiet {
            return;
        }
        if self.in_place {
            let line = format!("{name} …");
            write_stderr(&format!("{CLEAR_LINE}{}", on_one_line(&line, stderr_columns())));
            self.line_shown = true;
        } else {
            write_stderr(&format!("{name} …\n"));
        }
    }
}

/// A line cut to a terminal's columns: of one that goes over into a second, only the second could be cleared.
fn on_one_line(line: &str, columns: Option<usize>) -> String {
    match columns.and_then(|columns| columns.checked_sub(1)) {
        Some(most) if line.chars().count() > most => line.chars().take(most).collect(),
        _ => line.to_owned(),
    }
}

/// Progress that can't be shown is no reason to stop a run.
fn write_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::on_one_line;

    #[test]
    fn a_line_in_place_never_reaches_the_last_column() {
        assert_eq!(on_one_line("12345", Some(5)), "1234");
        assert_eq!(on_one_line("1234", Some(5)), "1234");
        assert_eq!(on_one_line("12345", None), "12345");
    }
}
