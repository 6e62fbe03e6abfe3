//! A run over time: rates and requests in flight, in a bounded number of steps.

use super::counts::float;

/// Steps that are kept; when a run outgrows them, each two become one.
const STEPS: usize = 240;

/// The first length of a step: 10 ms. Nanoseconds.
const FIRST_STEP_NS: u64 = 10_000_000;

/// One step of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Requests sent in it.
    pub issued: u64,
    /// Requests that ended well in it.
    pub completed: u64,
    /// Requests that ended badly in it.
    pub failed: u64,
    /// Output tokens of the requests that ended well in it, all of them, whenever they were made.
    pub output_tokens: u64,
    /// Time that requests spent in flight in it, added up. Nanoseconds.
    busy_ns: u64,
}

/// A run in steps of equal length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    step_ns: u64,
    steps: Vec<Step>,
    /// At each step, how many more requests span it than the one before.
    spanning_change: Vec<i64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            step_ns: FIRST_STEP_NS,
            steps: Vec::new(),
            spanning_change: Vec::new(),
        }
    }
}

/// What a request was, for the timeline. Times are nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub(super) issued_ns: u64,
    pub(super) done_ns: u64,
    pub(super) is_good: bool,
    pub(super) output_tokens: u64,
}

impl Timeline {
    pub(super) fn push(&mut self, passage: Passage) {
        let Passage {
            issued_ns, done_ns, ..
        } = passage;
        let done_ns = done_ns.max(issued_ns);
        while self.index(done_ns) >= STEPS && self.step_ns < u64::MAX >> 1 {
            self.coarsen();
        }
        let (first, last) = (self.index(issued_ns), self.index(done_ns));
        if self.steps.len() <= last {
            let n = last.saturating_add(1);
            self.steps.resize(n, Step::default());
            self.spanning_change.resize(n.saturating_add(1), 0);
        }
        let (first_end, last_start) = (self.start_of(first.saturating_add(1)), self.start_of(last));
        if let Some(step) = self.steps.get_mut(first) {
            step.issued = step.issued.saturating_add(1);
            let busy_ns = done_ns.min(first_end).saturating_sub(issued_ns);
            step.busy_ns = step.busy_ns.saturating_add(busy_ns);
        }
        if let Some(step) = self.steps.get_mut(last) {
            let counter = if passage.is_good {
                &mut step.completed
            } else {
                &mut step.failed
            };
            *counter = counter.saturating_add(1);
            step.output_tokens = step.output_tokens.saturating_add(passage.output_tokens);
            if last > first {
                step.busy_ns = step.busy_ns.saturating_add(done_ns.saturating_sub(last_start));
            }
        }
        if last > first {
            self.change(first.saturating_add(1), 1);
            self.change(last, -1);
        }
    }

    fn change(&mut self, at: usize, by: i64) {
        if let Some(change) = self.spanning_change.get_mut(at) {
            *change = change.saturating_add(by);
        }
    }

    fn index(&self, at_ns: u64) -> usize {
        usize::try_from(at_ns.checked_div(self.step_ns).unwrap_or(0)).unwrap_or(usize::MAX)
    }

    fn start_of(&self, step: usize) -> u64 {
        u64::try_from(step)
            .unwrap_or(u64::MAX)
            .saturating_mul(self.step_ns)
    }

    /// Makes one step of each two.
    fn coarsen(&mut self) {
        self.settle();
        self.step_ns = self.step_ns.saturating_mul(2);
        let merged = self.steps.chunks(2).map(|pair| {
            pair.iter().fold(Step::default(), |sum, step| Step {
                issued: sum.issued.saturating_add(step.issued),
                completed: sum.completed.saturating_add(step.completed),
                failed: sum.failed.saturating_add(step.failed),
                output_tokens: sum.output_tokens.saturating_add(step.output_tokens),
                busy_ns: sum.busy_ns.saturating_add(step.busy_ns),
            })
        });
        self.steps = merged.collect();
        self.spanning_change = vec![0; self.steps.len().saturating_add(1)];
    }

    /// Turns what spans a step into time spent in it.
    fn settle(&mut self) {
        let mut spanning = 0_i64;
        for (step, change) in self.steps.iter_mut().zip(&mut self.spanning_change) {
            spanning = spanning.saturating_add(std::mem::take(change));
            let whole_ns = u64::try_from(spanning).unwrap_or(0).saturating_mul(self.step_ns);
            step.busy_ns = step.busy_ns.saturating_add(whole_ns);
        }
    }

    pub(super) fn finish(mut self) -> Self {
        self.settle();
        self
    }

    /// Length of a step. Nanoseconds.
    pub fn step_ns(&self) -> u64 {
        self.step_ns
    }

    /// The steps from the start of the run on.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Requests in flight in a step, on average over its whole length.
    pub fn mean_in_flight(&self, step: &Step) -> f64 {
        float(step.busy_ns) / float(self.step_ns.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_STEP_NS, Passage, STEPS, Timeline};

    fn timeline(passages: &[(u64, u64)]) -> Timeline {
        let mut timeline = Timeline::default();
        for &(issued_ns, done_ns) in passages {
            timeline.push(Passage {
                issued_ns,
                done_ns,
                is_good: true,
                output_tokens: 3,
            });
        }
        timeline.finish()
    }

    #[test]
    fn requests_count_where_they_begin_and_end() {
        let step = FIRST_STEP_NS;
        let timeline = timeline(&[(0, step / 2), (step / 2, step * 3 + step / 4)]);
        let steps = timeline.steps();
        let issued: Vec<u64> = steps.iter().map(|step| step.issued).collect();
        let completed: Vec<u64> = steps.iter().map(|step| step.completed).collect();
        assert_eq!((issued, completed), (vec![2, 0, 0, 0], vec![1, 0, 0, 1]));
        let in_flight: Vec<f64> = steps.iter().map(|step| timeline.mean_in_flight(step)).collect();
        assert_eq!(in_flight, [1.0, 1.0, 1.0, 0.25]);
        assert_eq!(steps[3].output_tokens, 3);
    }

    /// Little's law, on the whole: time in flight is the same however coarse the steps are.
    #[test]
    fn a_long_run_keeps_its_sums() {
        let passages: Vec<(u64, u64)> = (0..5_000)
            .map(|n| (n * 7_000_001, n * 7_000_001 + (n % 97) * 1_300_003))
            .collect();
        let timeline = timeline(&passages);
        let spent: u64 = passages.iter().map(|(issued, done)| done - issued).sum();
        let sum: u64 = timeline.steps().iter().map(|step| step.busy_ns).sum();
        assert_eq!(sum, spent);
        let n: u64 = timeline.steps().iter().map(|step| step.completed).sum();
        assert_eq!(n, 5_000);
        assert!(timeline.steps().len() <= STEPS);
        assert!(timeline.step_ns() > FIRST_STEP_NS);
    }

    #[test]
    fn a_time_beyond_all_reason_is_no_panic() {
        let timeline = timeline(&[(0, u64::MAX), (5, 3)]);
        assert!(timeline.steps().len() <= STEPS);
    }
}
