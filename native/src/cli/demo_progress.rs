//! Progress of the demo on stderr: one line rewritten in place on a terminal, a line a point elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use super::live_line::cut;
use super::screen::stderr_columns;
use crate::demo::Watch;
use crate::demo::point::CONCURRENCIES;
use crate::run::Progress;

/// Characters of the bar.
const BAR: usize = 20;

/// Draws until it is dropped, which leaves the line clean.
#[derive(Debug)]
pub(super) struct DemoProgress {
    in_place: bool,
    point_duration: Duration,
    number: usize,
    of: usize,
    concurrency: u32,
}

impl DemoProgress {
    pub(super) fn new(point_duration: Duration) -> Self {
        Self {
            in_place: io::stderr().is_terminal(),
            point_duration,
            number: 0,
            of: 0,
            concurrency: 0,
        }
    }

    /// Writes over the line, or adds nothing where that can't be.
    fn redraw(&self, text: &str) {
        if self.in_place {
            // Progress that nobody sees is no reason to stop.
            let _ = write!(io::stderr(), "\r\x1b[K{}", cut(text, stderr_columns()));
        }
    }

    /// Writes a line that stays.
    fn say(&self, text: &str) {
        let clear = if self.in_place { "\r\x1b[K" } else { "" };
        let _ = writeln!(io::stderr(), "{clear}{text}");
    }

    fn head(&self) -> String {
        let done = self
            .number
            .saturating_sub(1)
            .saturating_mul(BAR)
            .checked_div(self.of)
            .unwrap_or(0);
        let bar: String = (0..BAR).map(|at| if at < done { '#' } else { '.' }).collect();
        format!(
            "[{bar}] point {}/{}, concurrency {}",
            self.number, self.of, self.concurrency
        )
    }
}

impl Progress for DemoProgress {
    fn tick(&mut self, elapsed: Duration, _issued: u64, completed: u64, failed: u64) {
        let failed = if failed > 0 {
            format!(", {failed} failed")
        } else {
            String::new()
        };
        self.redraw(&format!(
            "{}: {:.1} of {:.1} s, {completed} answered{failed}",
            self.head(),
            elapsed.as_secs_f64(),
            self.point_duration.as_secs_f64()
        ));
    }

    fn phase(&mut self, name: &str) {
        self.redraw(&format!("{}: {name}", self.head()));
    }
}

impl Watch for DemoProgress {
    fn started(&mut self, url: &str, cores: &str) {
        let seconds = self.point_duration.as_secs_f64();
        let of = CONCURRENCIES.len();
        self.say(&format!(
            "measuring {of} points of {seconds:.1} s each on a mock endpoint at {url}"
        ));
        self.say(&format!("cores: {cores}"));
    }

    fn point(&mut self, number: usize, of: usize, concurrency: u32) {
        (self.number, self.of, self.concurrency) = (number, of, concurrency);
        if self.in_place {
            self.redraw(&self.head());
        } else {
            self.say(&format!("point {number} of {of}: concurrency {concurrency}"));
        }
    }

    fn measured(&mut self) {
        self.redraw("");
    }
}

impl Drop for DemoProgress {
    fn drop(&mut self) {
        self.redraw("");
    }
}
