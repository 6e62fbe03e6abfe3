//! When the tokens of one answer are due.

use std::time::Duration;

use tokio::time::Instant;

use super::options::MockOptions;
use super::seeded::Seeded;

/// The clock of one answer: each call gives the moment of the next token.
///
/// Moments are counted on from each other, not from when the last token was really sent, so a late timer does not
/// add up. Timers fire in steps of a whole millisecond: a token may leave up to 1 ms after its moment, and several
/// tokens that are due in the same step leave together.
#[derive(Debug)]
pub(super) struct Pace {
    generator: Seeded,
    next: Instant,
    ttft: Duration,
    gap: Duration,
    jitter: f64,
    load_slope: f64,
    started: bool,
}

impl Pace {
    /// The pace of an answer to `content` that arrived at `arrived`. Equal content has equal jitter.
    pub(super) fn new(options: &MockOptions, content: &[u8], arrived: Instant) -> Self {
        Self {
            generator: Seeded::for_content(options.seed, content),
            next: arrived,
            ttft: options.ttft,
            gap: options.gap,
            jitter: options.jitter,
            load_slope: options.load_slope,
            started: false,
        }
    }

    /// The moment of the next token, with so many requests in flight (this one among them).
    pub(super) fn advance(&mut self, in_flight: u32) -> Instant {
        let base = if self.started { self.gap } else { self.ttft };
        self.started = true;
        let jitter = 1.0 + self.jitter * (2.0 * self.generator.next_ratio() - 1.0);
        let slow_down = 1.0 + self.load_slope * f64::from(in_flight.saturating_sub(1));
        let step =
            Duration::try_from_secs_f64(base.as_secs_f64() * jitter * slow_down).unwrap_or(Duration::MAX);
        self.next = self.next.checked_add(step).unwrap_or(self.next);
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(options: &MockOptions, content: &[u8], in_flight: u32) -> Vec<Duration> {
        let arrived = Instant::now();
        let mut pace = Pace::new(options, content, arrived);
        (0..4).map(|_| pace.advance(in_flight) - arrived).collect()
    }

    #[test]
    fn without_jitter_the_times_are_the_given_ones() {
        let options = MockOptions {
            jitter: 0.0,
            ..MockOptions::default()
        };
        assert_eq!(
            moments(&options, b"", 9),
            [20, 22, 24, 26].map(Duration::from_millis)
        );
    }

    #[test]
    fn jitter_repeats_for_equal_content_and_stays_in_its_band() {
        let options = MockOptions {
            jitter: 0.5,
            gap: Duration::ZERO,
            ..MockOptions::default()
        };
        let first = moments(&options, b"a", 1);
        assert_eq!(first, moments(&options, b"a", 1));
        assert_ne!(first, moments(&options, b"b", 1));
        assert!(first[0] >= Duration::from_millis(10) && first[0] <= Duration::from_millis(30));
    }

    #[test]
    fn each_further_request_in_flight_adds_its_share() {
        let options = MockOptions {
            jitter: 0.0,
            load_slope: 0.5,
            ..MockOptions::default()
        };
        assert_eq!(moments(&options, b"", 1)[0], Duration::from_millis(20));
        assert_eq!(moments(&options, b"", 3)[0], Duration::from_millis(40));
    }
}
