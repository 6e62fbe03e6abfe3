//! Progress on stderr: a line in place on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

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
            write_stderr(&format!("{CLEAR_LINE}{line}"));
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
            write_stderr(&format!("{CLEAR_LINE}{name} …"));
            self.line_shown = true;
        } else {
            write_stderr(&format!("{name} …\n"));
        }
    }
}

/// Progress that can't be shown is no reason to stop a run.
fn write_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
