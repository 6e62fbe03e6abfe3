//! The live view: one line, as much of it as the terminal is wide.

use std::fmt::Write as _;
use std::time::Duration;

use crate::run::Live;

const SEPARATOR: &str = " | ";

/// Draws a run as it goes on.
#[derive(Debug, Default)]
pub(super) struct LiveLine {
    /// Ended requests at the last draws, and when: the rate is that of the last two seconds or so.
    seen: Vec<(Duration, u64)>,
}

/// The span that a rate is taken over.
const RATE_SPAN: Duration = Duration::from_secs(2);

impl LiveLine {
    /// The line for at most `columns` columns; what has no room is left out, the least important first.
    pub(super) fn draw(&mut self, live: &Live, columns: Option<usize>) -> String {
        let rate = self.rate(live);
        fit(&fields(live, rate), columns)
    }

    fn rate(&mut self, live: &Live) -> f64 {
        let ended = live.completed.saturating_add(live.failed);
        self.seen.push((live.elapsed, ended));
        let is_old = |(at, _): &(Duration, u64)| live.elapsed.saturating_sub(*at) >= RATE_SPAN;
        while self.seen.len() > 2 && self.seen.get(1).is_some_and(is_old) {
            self.seen.remove(0);
        }
        let (since, before) = match self.seen.first() {
            Some(first) if self.seen.len() > 1 => *first,
            _ => (Duration::ZERO, 0),
        };
        let span_s = live.elapsed.saturating_sub(since).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate to show")]
        let n = ended.saturating_sub(before) as f64;
        if span_s > 0.0 { n / span_s } else { 0.0 }
    }
}

/// The fields in their order, each with its importance: 0 is never left out.
fn fields(live: &Live, rate: f64) -> Vec<(u8, String)> {
    let mut fields = vec![(0, format!("{:.1} s", live.elapsed.as_secs_f64()))];
    if let Some(left) = live.time_left(rate) {
        fields.push((3, format!("{} left", in_words(left))));
    }
    fields.push((1, format!("{} done", live.completed)));
    fields.push((2, format!("{rate:.1}/s")));
    fields.push((4, format!("{} in flight", live.in_flight())));
    let pair = |(median, p99): (u64, u64)| format!("{} / {} ms", ms(median), ms(p99));
    if let Some(first_ns) = live.first_ns {
        fields.push((5, format!("TTFT {}", pair(first_ns))));
    }
    if let Some(gap_ns) = live.gap_ns {
        fields.push((6, format!("gap {}", pair(gap_ns))));
    }
    if let Some(tokens) = live.tokens {
        fields.push((7, in_tokens(tokens.tokens, live.elapsed)));
    }
    if live.failed > 0 {
        fields.push((0, format!("{} failed", live.failed)));
    }
    fields
}

/// Output tokens counted so far, and how many a second that makes. What waits in the log for its counting is missing.
fn in_tokens(tokens: u64, elapsed: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate to show")]
    let rate = tokens as f64 / elapsed.as_secs_f64().max(1e-3);
    format!("{tokens} tokens counted, {rate:.0}/s")
}

fn fit(fields: &[(u8, String)], columns: Option<usize>) -> String {
    let joined = |most: u8| {
        let kept = fields.iter().filter(|(importance, _)| *importance <= most);
        kept.map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
            .join(SEPARATOR)
    };
    let Some(columns) = columns else {
        return joined(u8::MAX);
    };
    let least = fields
        .iter()
        .map(|(importance, _)| *importance)
        .max()
        .unwrap_or(0);
    let fits = (0..=least)
        .rev()
        .map(joined)
        .find(|line| line.chars().count() <= columns);
    fits.unwrap_or_else(|| cut(&joined(0), columns))
}

/// The text's first columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    text.chars().take(columns).collect()
}

fn ms(ns: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a time to show")]
    let ms = ns as f64 / 1e6;
    if ms < 10.0 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

fn in_words(left: Duration) -> String {
    let seconds = left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0));
    let mut words = String::new();
    // Writing to a `String` can't fail.
    let _ = match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => write!(words, "{s} s"),
        (0, m, s) => write!(words, "{m}:{s:02} min"),
        (h, m, _) => write!(words, "{h}:{m:02} h"),
    };
    words
}

#[cfg(test)]
mod tests {
    use runbench_core::schedule::StopRule;

    use super::*;
    use crate::drain::LiveTotals;

    fn live(elapsed_ms: u64, completed: u64) -> Live {
        Live {
            elapsed: Duration::from_millis(elapsed_ms),
            issued: completed + 5,
            completed,
            failed: 1,
            first_ns: Some((12_300_000, 45_000_000)),
            gap_ns: Some((2_100_000, 5_000_000)),
            tokens: None,
            stop: StopRule::samples(1_000),
        }
    }

    #[test]
    fn shows_what_there_is_room_for() {
        let check = |columns, expected: &str| {
            assert_eq!(LiveLine::default().draw(&live(2_000, 99), columns), expected);
        };
        check(
            None,
            "2.0 s | 18 s left | 99 done | 50.0/s | 4 in flight | TTFT 12 / 45 ms | gap 2.1 / 5.0 ms | 1 failed",
        );
        check(
            Some(80),
            "2.0 s | 18 s left | 99 done | 50.0/s | 4 in flight | TTFT 12 / 45 ms | 1 failed",
        );
        check(Some(40), "2.0 s | 99 done | 50.0/s | 1 failed");
        check(Some(6), "2.0 s ");
        check(Some(0), "");
    }

    #[test]
    fn shows_tokens_if_they_are_counted_meanwhile() {
        let tokens = Some(LiveTotals {
            requests: 90,
            tokens: 4_600,
        });
        let live = Live {
            tokens,
            ..live(2_000, 99)
        };
        let wide = LiveLine::default().draw(&live, None);
        assert!(
            wide.ends_with(" | 4600 tokens counted, 2300/s | 1 failed"),
            "{wide}"
        );
        assert!(!LiveLine::default().draw(&live, Some(80)).contains("tokens"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for columns in 0..120 {
            let line = LiveLine::default().draw(&live(123_456, 123_456_789), Some(columns));
            assert!(line.chars().count() <= columns, "{line}");
        }
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut line = LiveLine::default();
        for second in 0..10 {
            line.draw(&live(second * 1_000, second * 10), None);
        }
        // 10 a second until now, 1000 in the last one: two seconds of window.
        let drawn = line.draw(&live(10_000, 1_090), None);
        assert!(drawn.contains("505.0/s"), "{drawn}");
    }

    #[test]
    fn times_left_have_their_units() {
        assert_eq!(in_words(Duration::from_millis(1)), "1 s");
        assert_eq!(in_words(Duration::from_secs(61)), "1:01 min");
        assert_eq!(in_words(Duration::from_mins(61)), "1:01 h");
    }
}
