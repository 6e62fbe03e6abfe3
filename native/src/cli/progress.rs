//! Progress on stderr: a line in place on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use super::live_line::{LiveLine, cut};
use super::screen::stderr_columns;
use crate::run::{Live, Progress};

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
    line: LiveLine,
}

impl StderrProgress {
    pub(super) fn new(quiet: bool) -> Self {
        let in_place = io::stderr().is_terminal();
        Self {
            quiet,
            in_place,
            next_line: PLAIN_INTERVAL,
            line_shown: false,
            line: LiveLine::default(),
        }
    }

    /// Takes the line off the terminal.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.line_shown) {
            write_stderr(CLEAR_LINE);
        }
    }

    fn redraw(&mut self, line: &str) {
        write_stderr(&format!("{CLEAR_LINE}{line}"));
        self.line_shown = true;
    }
}

impl Progress for StderrProgress {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}

    fn live(&mut self, live: &Live) {
        if self.quiet {
            return;
        }
        if self.in_place {
            let drawn = self.line.draw(live, Some(stderr_columns()));
            self.redraw(&drawn);
        } else if live.elapsed >= self.next_line {
            self.next_line = live.elapsed + PLAIN_INTERVAL;
            let drawn = self.line.draw(live, None);
            write_stderr(&format!("{drawn}\n"));
        }
    }

    fn phase(&mut self, name: &str) {
        if self.quiet {
            return;
        }
        if self.in_place {
            let line = cut(&format!("{name} …"), stderr_columns());
            self.redraw(&line);
        } else {
            write_stderr(&format!("{name} …\n"));
        }
    }

    fn note(&mut self, text: &str) {
        if !self.quiet {
            self.clear();
            write_stderr(&format!("{text}\n"));
        }
    }
}

/// Progress that can't be shown is no reason to stop a run.
fn write_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
