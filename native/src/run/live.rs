//! What can be seen of a run while it goes on: counters that client threads write and the drawing thread reads.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use runbench_core::record::RequestRecord;
use runbench_core::schedule::StopRule;

use crate::drain::LiveTotals;

/// Bits of a value that a bucket tells apart: buckets are at most 1/32 wide.
const SUB_BITS: u32 = 5;
const SUB_BUCKETS: usize = 1 << SUB_BITS;
const BUCKETS: usize = (64 - SUB_BITS as usize + 1) * SUB_BUCKETS;

/// Times by size, as one thread counts them: one relaxed load and store each, no lock. 8 KB.
#[derive(Debug)]
pub struct LiveHistogram(Box<[AtomicU32; BUCKETS]>);

impl Default for LiveHistogram {
    fn default() -> Self {
        Self(Box::new([const { AtomicU32::new(0) }; BUCKETS]))
    }
}

impl LiveHistogram {
    /// Counts a value. Only one thread may do so.
    pub fn record(&self, value_ns: u64) {
        if let Some(count) = self.0.get(bucket_of(value_ns)) {
            count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    }
}

/// Values below 32 have a bucket each; each further octave has 32.
fn bucket_of(value: u64) -> usize {
    let exponent = (u64::BITS - 1).saturating_sub(value.leading_zeros());
    let Some(octave) = exponent.checked_sub(SUB_BITS) else {
        return usize::try_from(value).unwrap_or(0);
    };
    let sub = usize::try_from((value >> octave) & (SUB_BUCKETS as u64 - 1)).unwrap_or(0);
    (octave as usize + 1) * SUB_BUCKETS + sub
}

/// The smallest value of a bucket.
fn value_of(bucket: usize) -> u64 {
    let (octave, sub) = (bucket / SUB_BUCKETS, (bucket % SUB_BUCKETS) as u64);
    match octave.checked_sub(1) {
        None => sub,
        Some(shift) => (SUB_BUCKETS as u64 + sub) << shift,
    }
}

/// Median and 99th percentile of what all threads counted, to 1 part in 32; `None` if that is nothing.
fn median_and_p99<'a>(histograms: impl Iterator<Item = &'a LiveHistogram>) -> Option<(u64, u64)> {
    let mut counts = vec![0_u64; BUCKETS];
    for histogram in histograms {
        for (sum, count) in counts.iter_mut().zip(histogram.0.iter()) {
            *sum += u64::from(count.load(Ordering::Relaxed));
        }
    }
    let n: u64 = counts.iter().sum();
    let at = |rank: u64| {
        let mut below = 0;
        let found = counts.iter().position(|count| {
            below += count;
            below > rank
        });
        found.map(value_of)
    };
    Some((at(n.checked_sub(1)? / 2)?, at((n - 1) * 99 / 100)?))
}

/// What one thread counts beside how many requests there were.
#[derive(Debug, Default)]
pub struct LiveTimes {
    first: LiveHistogram,
    gap: LiveHistogram,
}

impl LiveTimes {
    /// Counts a stream of events that arrived whole: the time to its first text, and the mean time between events after
    /// that.
    pub fn record_stream(&self, first_ns: u64, gap_ns: Option<u64>) {
        self.first.record(first_ns);
        if let Some(gap_ns) = gap_ns {
            self.gap.record(gap_ns);
        }
    }

    /// Counts an answer that arrived whole, by the reads that brought it: nothing is decoded for this.
    pub fn record(&self, record: &RequestRecord) {
        let (Some(first), Some(last)) = (record.reads.first(), record.reads.last()) else {
            return;
        };
        self.first.record(first.at_ns.saturating_sub(record.issued_ns));
        let n_gaps = u64::try_from(record.reads.len() - 1).unwrap_or(u64::MAX);
        if let Some(gap_ns) = last.at_ns.saturating_sub(first.at_ns).checked_div(n_gaps) {
            self.gap.record(gap_ns);
        }
    }
}

/// A look at a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Since the start of the timed window.
    pub elapsed: Duration,
    /// Requests issued so far.
    pub issued: u64,
    /// Requests answered.
    pub completed: u64,
    /// Requests failed.
    pub failed: u64,
    /// Median and 99th percentile of the time to the first text of a stream, or else to the first bytes of an answer's
    /// body. Nanoseconds.
    pub first_ns: Option<(u64, u64)>,
    /// The same of the mean time between events of a stream, or else between reads, by answer. Nanoseconds.
    pub gap_ns: Option<(u64, u64)>,
    /// What is counted of the tokens so far; `None` if they are counted after the run.
    pub tokens: Option<LiveTotals>,
    /// When the run is to end.
    pub stop: StopRule,
}

impl Live {
    /// Adds the percentiles of what the threads counted.
    #[must_use]
    pub fn with_times<'a>(self, times: impl Iterator<Item = &'a LiveTimes> + Clone) -> Self {
        Self {
            first_ns: median_and_p99(times.clone().map(|times| &times.first)),
            gap_ns: median_and_p99(times.map(|times| &times.gap)),
            ..self
        }
    }

    /// Requests in flight.
    pub fn in_flight(&self) -> u64 {
        self.issued
            .saturating_sub(self.completed)
            .saturating_sub(self.failed)
    }

    /// How long it will go on at `rate` ended requests a second; `None` if that can't be told.
    pub fn time_left(&self, rate: f64) -> Option<Duration> {
        let until = |limit_ns: u64| Duration::from_nanos(limit_ns).saturating_sub(self.elapsed);
        let to_max = self.stop.max_duration_ns.map(until);
        let ended = self.completed.saturating_add(self.failed);
        let samples_left = self.stop.samples.unwrap_or(0).saturating_sub(ended);
        let for_samples = if samples_left == 0 {
            Some(Duration::ZERO)
        } else {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let seconds = samples_left as f64 / rate;
            Duration::try_from_secs_f64(seconds).ok()
        };
        let to_floor = until(self.stop.min_duration_ns);
        match (for_samples.map(|left| left.max(to_floor)), to_max) {
            (Some(left), Some(most)) => Some(left.min(most)),
            (left, most) => left.or(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let mut last = 0;
        for value in (0..64).flat_map(|shift| [1_u64 << shift, (1_u64 << shift) + (1 << shift >> 1)]) {
            let bucket = bucket_of(value);
            assert!(bucket < BUCKETS && bucket >= last, "{value}");
            let low = value_of(bucket);
            assert!(
                low <= value && value - low <= value / 32,
                "{value} in the bucket of {low}"
            );
            last = bucket;
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert_eq!(bucket_of(0), 0);
    }

    #[test]
    fn percentiles_are_those_of_all_threads() {
        let (one, other) = (LiveHistogram::default(), LiveHistogram::default());
        (0..98).for_each(|_| one.record(10));
        other.record(30);
        other.record(31);
        assert_eq!(median_and_p99([&one, &other].into_iter()), Some((10, 30)));
        assert_eq!(median_and_p99(std::iter::empty()), None);
    }

    #[test]
    fn time_left_follows_the_stop_rule() {
        let live = Live {
            elapsed: Duration::from_secs(10),
            completed: 90,
            failed: 10,
            stop: StopRule {
                samples: Some(200),
                min_duration_ns: 15_000_000_000,
                max_duration_ns: None,
            },
            ..Live::default()
        };
        assert_eq!(live.time_left(10.0), Some(Duration::from_secs(10)));
        assert_eq!(live.time_left(100.0), Some(Duration::from_secs(5)));
        assert_eq!(live.time_left(0.0), None);
        let capped = Live {
            stop: StopRule {
                max_duration_ns: Some(12_000_000_000),
                ..live.stop
            },
            ..live
        };
        assert_eq!(capped.time_left(0.0), Some(Duration::from_secs(2)));
    }
}
