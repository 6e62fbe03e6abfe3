//! Counting while a run sends requests: a head start for the drain.
//!
//! Threads of its own, each on a core of its own, read what the log's files hold so far, as any other program could: a
//! backlog waits in the files, and nobody waits for the counting. What the threads have when the run ends is handed to
//! the drain, which checks it and counts the rest.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use runbench_core::metrics::TokenCounts;
use runbench_core::record::Record;

use super::byte_budget::ByteBudget;
use super::count_records::{count_prompt, count_request, may_count};
use super::{COPIES, Counters, HELD_BYTES, HeadStart, Pair, Worker, look_up, shrink};
use crate::affinity::pin_current_thread;
use crate::event_files::{EventLog, EventLogError, LogBlocks, LogTail, LogUnit};

/// How long a thread that found nothing new in the files waits.
const POLL: Duration = Duration::from_millis(50);

/// How far the counting is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveTotals {
    /// Requests counted so far.
    pub requests: u64,
    /// Output tokens of those.
    pub tokens: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct LiveCounted {
    /// What the drain need not count.
    pub head_start: HeadStart,
    /// What a reader of the figures must know, a sentence each.
    pub notices: Vec<String>,
}

/// Threads that count what a run's log holds so far. Dropping it ends them.
pub struct LiveCounter {
    shared: Arc<Shared>,
    threads: Vec<(usize, JoinHandle<Outcome>)>,
    /// Why there are fewer threads than cores.
    not_started: Vec<String>,
}

impl fmt::Debug for LiveCounter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LiveCounter")
            .field("totals", &self.totals())
            .finish_non_exhaustive()
    }
}

struct Shared {
    counters: Arc<dyn Counters + Send>,
    fast: bool,
    /// The dataset's rows, whole before anything is sent.
    samples: LogBlocks,
    next_samples: AtomicUsize,
    found_prompts: Mutex<FoundPrompts>,
    /// Tokens of each row's prompt, sorted by row, once all are counted.
    prompts: OnceLock<Vec<(u64, u64)>>,
    requests: Mutex<LogTail>,
    budget: ByteBudget,
    stop: AtomicBool,
    n_requests: AtomicU64,
    n_tokens: AtomicU64,
}

#[derive(Default)]
struct FoundPrompts {
    prompts: Vec<(u64, u64)>,
    n_units: usize,
}

/// What one thread leaves.
#[derive(Default)]
struct Outcome {
    counts: TokenCounts,
    notices: Vec<String>,
}

impl LiveCounter {
    /// Starts a thread on each of `cores` that counts what `log` holds, and what is written to its segments from now on.
    pub fn start(
        log: &EventLog,
        counters: Arc<dyn Counters + Send>,
        cores: &[usize],
    ) -> Result<Self, EventLogError> {
        let shared = Arc::new(Shared {
            fast: counters.has_fast(),
            counters,
            samples: log.sample_blocks()?,
            next_samples: AtomicUsize::new(0),
            found_prompts: Mutex::default(),
            prompts: OnceLock::new(),
            requests: Mutex::new(log.request_tail()?),
            budget: ByteBudget::new(HELD_BYTES),
            stop: AtomicBool::new(false),
            n_requests: AtomicU64::new(0),
            n_tokens: AtomicU64::new(0),
        });
        let mut counter = Self {
            shared,
            threads: Vec::with_capacity(cores.len()),
            not_started: Vec::new(),
        };
        for &core in cores {
            let shared = Arc::clone(&counter.shared);
            let thread = thread::Builder::new()
                .name(format!("live-tokens-{core}"))
                .spawn(move || shared.count(core));
            match thread {
                Ok(thread) => counter.threads.push((core, thread)),
                // There is less of a head start then, and nothing else is lost.
                Err(error) => counter.not_started.push(format!(
                    "tokens could not be counted on core {core} during the run: {error}"
                )),
            }
        }
        Ok(counter)
    }

    /// How far it is.
    pub fn totals(&self) -> LiveTotals {
        LiveTotals {
            requests: self.shared.n_requests.load(Ordering::Relaxed),
            tokens: self.shared.n_tokens.load(Ordering::Relaxed),
        }
    }

    /// Asks the threads to end with the text in hand.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for (_, thread) in &self.threads {
            thread.thread().unpark();
        }
    }

    /// Waits for the threads' end, and gives what they counted.
    pub fn finish(mut self) -> LiveCounted {
        self.stop();
        let mut counts = TokenCounts::default();
        let mut notices = std::mem::take(&mut self.not_started);
        for (core, thread) in self.threads.drain(..) {
            let Ok(outcome) = thread.join() else {
                notices.push(format!(
                    "the thread that counted tokens on core {core} during the run failed; its counts are not used"
                ));
                continue;
            };
            for record in outcome.counts.records() {
                counts.push(&record);
            }
            notices.extend(outcome.notices);
        }
        let mut found = self.shared.found_prompts();
        let prompts = match self.shared.prompts.get() {
            Some(prompts) => prompts.clone(),
            None => std::mem::take(&mut found.prompts),
        };
        drop(found);
        LiveCounted {
            head_start: HeadStart::new(prompts, counts),
            notices,
        }
    }
}

impl Drop for LiveCounter {
    fn drop(&mut self) {
        self.stop();
        for (_, thread) in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

impl Shared {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn found_prompts(&self) -> std::sync::MutexGuard<'_, FoundPrompts> {
        self.found_prompts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread's work, until it is to stop.
    fn count(&self, core: usize) -> Outcome {
        let mut outcome = Outcome::default();
        if let Err(error) = pin_current_thread(&[core]) {
            outcome.notices.push(format!(
                "a thread that counts tokens during the run is not pinned to core {core}: {error}"
            ));
        }
        let mut worker = Worker {
            pair: Pair::new(&*self.counters, self.fast),
            buffer: Vec::new(),
        };
        let result = self
            .count_prompts(&mut worker)
            .and_then(|()| self.count_answers(&mut worker, &mut outcome.counts));
        if let Err(error) = result {
            outcome.notices.push(format!(
                "counting tokens on core {core} during the run ended early: {error}"
            ));
        }
        outcome
    }

    /// Prompts come first, so that each request's counts are whole.
    fn count_prompts(&self, worker: &mut Worker<'_>) -> Result<(), EventLogError> {
        while !self.is_over() {
            let number = self.next_samples.fetch_add(1, Ordering::Relaxed);
            let Some(unit) = self.samples.unit(number) else {
                break;
            };
            let mut of_unit = Vec::new();
            self.read(unit, worker, |pair, record| {
                if let Record::Sample(sample) = record {
                    let isl = unchecked(count_prompt(pair, &sample, false, None));
                    of_unit.extend(isl.map(|isl| (sample.index, isl)));
                }
            })?;
            let mut found = self.found_prompts();
            found.prompts.append(&mut of_unit);
            found.n_units += 1;
            if found.n_units == self.samples.n_units() && !self.is_over() {
                let mut prompts = std::mem::take(&mut found.prompts);
                prompts.sort_unstable();
                let _only_once = self.prompts.set(prompts);
            }
        }
        Ok(())
    }

    fn count_answers(&self, worker: &mut Worker<'_>, counts: &mut TokenCounts) -> Result<(), EventLogError> {
        while !self.is_over() {
            let Some(prompts) = self.prompts.get() else {
                thread::park_timeout(POLL);
                continue;
            };
            let unit = self
                .requests
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next_unit()?;
            let Some(unit) = unit else {
                thread::park_timeout(POLL);
                continue;
            };
            self.read(&unit, worker, |pair, record| {
                if let Record::Request(request) = record
                    && may_count(&request, |_| false)
                    && let Some(isl) = look_up(prompts, request.sample_index)
                    && let Some(record) = unchecked(count_request(pair, &request, isl, false, None))
                {
                    counts.push(&record);
                    self.n_requests.fetch_add(1, Ordering::Relaxed);
                    self.n_tokens
                        .fetch_add(record.osl.unwrap_or(0), Ordering::Relaxed);
                }
            })?;
        }
        Ok(())
    }

    /// Puts a unit's records through `count`, one by one until it is to stop. What stands behind a bad block is left to
    /// the drain, which knows what to say of it.
    fn read(
        &self,
        unit: &LogUnit,
        worker: &mut Worker<'_>,
        mut count: impl FnMut(&mut Pair<'_>, Record),
    ) -> Result<(), EventLogError> {
        let _held = self.budget.take(unit.bytes().saturating_mul(COPIES));
        let Worker { pair, buffer } = worker;
        unit.read(buffer, |record| {
            count(pair, record);
            !self.is_over()
        })?;
        shrink(buffer);
        Ok(())
    }
}

/// What was counted without a check, which therefore can't differ from anything.
fn unchecked<T, E>(counted: Result<Option<T>, E>) -> Option<T> {
    counted.ok().flatten()
}
