//! Limits on single requests, and how many kept them.

use super::counts::{float, seconds};

/// Limits that a request must keep to be a good one; an absent limit is always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Slo {
    /// Time to the first chunk. Nanoseconds.
    pub ttft_ns: Option<f64>,
    /// Time per output token. Nanoseconds.
    pub tpot_ns: Option<f64>,
    /// Latency of the whole request. Nanoseconds.
    pub latency_ns: Option<f64>,
}

impl Slo {
    /// Whether there is no limit at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The limits with the names that the command line gives them, in milliseconds.
    pub fn entries_ms(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let limits = [
            ("ttft", self.ttft_ns),
            ("tpot", self.tpot_ns),
            ("e2el", self.latency_ns),
        ];
        limits
            .into_iter()
            .filter_map(|(name, limit_ns)| Some((name, limit_ns? / 1e6)))
    }
}

/// What one successful request took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) ttft_ns: Option<u64>,
    /// `None` where there was no text after the first chunk.
    pub(super) tpot_ns: Option<f64>,
    pub(super) latency_ns: u64,
    /// Whether its tokens were counted.
    pub(super) is_counted: bool,
}

/// How many requests kept all limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Goodput {
    /// The limits.
    pub slo: Slo,
    /// Successful requests that kept them all.
    pub n_good: u64,
    /// Successful requests of which a figure is unknown that a limit is on: no first chunk, or tokens not counted. They
    /// are not good ones.
    pub n_unknown: u64,
    /// [`Self::n_good`] a second.
    pub rps: Option<f64>,
}

impl Goodput {
    pub(super) fn new(slo: Slo) -> Self {
        Self {
            slo,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, taken: Taken) {
        let ttft = kept(self.slo.ttft_ns, taken.ttft_ns.map(float), false);
        // An answer of one chunk has no time per token, and so keeps the limit on it.
        let tpot = kept(self.slo.tpot_ns, taken.tpot_ns, taken.is_counted);
        let latency = kept(self.slo.latency_ns, Some(float(taken.latency_ns)), false);
        let all = [ttft, tpot, latency];
        if all.contains(&None) {
            self.n_unknown = self.n_unknown.saturating_add(1);
        } else if all.iter().all(|kept| *kept == Some(true)) {
            self.n_good = self.n_good.saturating_add(1);
        }
    }

    pub(super) fn finish(mut self, duration_ns: Option<u64>) -> Option<Self> {
        if self.slo.is_empty() {
            return None;
        }
        self.rps = duration_ns
            .and_then(seconds)
            .map(|duration_s| float(self.n_good) / duration_s);
        Some(self)
    }
}

/// Whether a value keeps a limit; without a value, whether that is known to be no breach.
fn kept(limit_ns: Option<f64>, value_ns: Option<f64>, absence_is_fine: bool) -> Option<bool> {
    match (limit_ns, value_ns) {
        (None, _) => Some(true),
        (Some(limit_ns), Some(value_ns)) => Some(value_ns <= limit_ns),
        (Some(_), None) => absence_is_fine.then_some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::{Goodput, Slo, Taken};

    const TAKEN: Taken = Taken {
        ttft_ns: Some(200),
        tpot_ns: Some(50.0),
        latency_ns: 1000,
        is_counted: true,
    };

    fn check(slo: Slo, taken: Taken, expected: (u64, u64)) {
        let mut goodput = Goodput::new(slo);
        goodput.push(taken);
        assert_eq!((goodput.n_good, goodput.n_unknown), expected, "{slo:?} {taken:?}");
    }

    const LIMITS: Slo = Slo {
        ttft_ns: Some(200.0),
        tpot_ns: Some(50.0),
        latency_ns: None,
    };

    #[test]
    fn a_limit_is_kept_up_to_its_value() {
        check(LIMITS, TAKEN, (1, 0));
        check(
            LIMITS,
            Taken {
                ttft_ns: Some(201),
                ..TAKEN
            },
            (0, 0),
        );
        check(
            LIMITS,
            Taken {
                tpot_ns: Some(50.1),
                ..TAKEN
            },
            (0, 0),
        );
        let latency = Slo {
            latency_ns: Some(999.0),
            ..Slo::default()
        };
        check(latency, TAKEN, (0, 0));
    }

    #[test]
    fn what_is_not_known_is_not_good() {
        check(
            LIMITS,
            Taken {
                ttft_ns: None,
                ..TAKEN
            },
            (0, 1),
        );
        let uncounted = Taken {
            tpot_ns: None,
            is_counted: false,
            ..TAKEN
        };
        check(LIMITS, uncounted, (0, 1));
        // One chunk: no time per token to be too long.
        check(
            LIMITS,
            Taken {
                tpot_ns: None,
                ..TAKEN
            },
            (1, 0),
        );
    }

    #[test]
    fn a_rate_needs_limits_and_a_duration() {
        assert_eq!(Goodput::new(Slo::default()).finish(Some(10)), None);
        let mut goodput = Goodput::new(LIMITS);
        goodput.push(TAKEN);
        assert_eq!(goodput.finish(Some(500_000_000)).unwrap().rps, Some(2.0));
        assert_eq!(goodput.finish(None).unwrap().rps, None);
    }
}
