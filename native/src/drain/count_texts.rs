//! Texts in memory through the pool: parts of a long one, and to measure it.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::plan::WorkerPlan;
use super::pool::{self, WorkerStats};
use crate::tokens::CountTokens;

/// A block of texts ends at this many texts or bytes, whichever comes first.
const BLOCK_TEXTS: usize = 64;
const BLOCK_BYTES: usize = 1 << 20;

/// What one pass over some texts took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextStats {
    /// Tokens of all texts that could be counted.
    pub n_tokens: u64,
    /// Texts that could not be counted.
    pub n_failed: u64,
    /// Time from the start of the first thread to the end of the last. Nanoseconds.
    pub wall_ns: u64,
    /// What each worker did.
    pub workers: Vec<WorkerStats>,
}

impl TextStats {
    /// CPU time of all workers together. Nanoseconds.
    pub fn cpu_ns(&self) -> u64 {
        self.workers.iter().map(|worker| worker.cpu_ns).sum()
    }
}

/// Counters that are kept from pass to pass, with what they remember.
pub struct KeptWorkers<'m> {
    make: &'m (dyn Fn() -> Box<dyn CountTokens + 'm> + Sync),
    idle: Mutex<Vec<Box<dyn CountTokens + 'm>>>,
}

impl<'m> KeptWorkers<'m> {
    /// None yet; `make` makes one when a thread needs it.
    pub fn new(make: &'m (dyn Fn() -> Box<dyn CountTokens + 'm> + Sync)) -> Self {
        Self {
            make,
            idle: Mutex::new(Vec::new()),
        }
    }

    fn borrow(&self) -> Borrowed<'_, 'm> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Borrowed {
            worker: Some(kept.unwrap_or_else(self.make)),
            owner: self,
        }
    }
}

/// A counter that goes back to its owner.
struct Borrowed<'w, 'm> {
    worker: Option<Box<dyn CountTokens + 'm>>,
    owner: &'w KeptWorkers<'m>,
}

impl Drop for Borrowed<'_, '_> {
    fn drop(&mut self) {
        let mut idle = self.owner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.worker.take());
    }
}

/// Counts each text once, without special tokens, on the workers of a plan.
pub fn count_texts(
    plan: &WorkerPlan,
    texts: &[impl AsRef<str> + Sync],
    workers: &KeptWorkers<'_>,
) -> TextStats {
    let blocks = blocks(texts);
    let mut stats = TextStats::default();
    let work = |borrowed: &mut Borrowed<'_, '_>, block: usize| {
        let (mut n_tokens, mut n_failed) = (0, 0);
        let range = blocks.get(block).cloned().unwrap_or_default();
        for text in texts.get(range).unwrap_or_default() {
            let counted = borrowed
                .worker
                .as_mut()
                .and_then(|worker| worker.count(text.as_ref(), false));
            n_tokens += counted.unwrap_or(0);
            n_failed += u64::from(counted.is_none());
        }
        Ok::<_, std::convert::Infallible>((n_tokens, n_failed))
    };
    let start = Instant::now();
    let Ok(workers) = pool::run(
        plan,
        blocks.len(),
        || false,
        || workers.borrow(),
        work,
        |(n_tokens, n_failed)| {
            stats.n_tokens += n_tokens;
            stats.n_failed += n_failed;
            Ok(())
        },
    );
    stats.wall_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    stats.workers = workers;
    stats
}

fn blocks(texts: &[impl AsRef<str>]) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (number, text) in texts.iter().enumerate() {
        bytes += text.as_ref().len();
        if number + 1 - start >= BLOCK_TEXTS || bytes >= BLOCK_BYTES {
            blocks.push(start..number + 1);
            (start, bytes) = (number + 1, 0);
        }
    }
    if start < texts.len() {
        blocks.push(start..texts.len());
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{KeptWorkers, blocks, count_texts};
    use crate::drain::{WorkerPlan, WorkerWish};
    use crate::tokens::CountTokens;

    /// Counts bytes, and how many texts it has seen in the upper half.
    struct Bytes(u64);

    impl CountTokens for Bytes {
        fn count(&mut self, text: &str, _: bool) -> Option<u64> {
            self.0 += 1 << 32;
            (text != "bad").then(|| u64::try_from(text.len()).unwrap() + self.0)
        }
    }

    #[test]
    fn blocks_end_at_64_texts_or_1_mib() {
        let long = "x".repeat(1 << 20);
        let texts: Vec<&str> = std::iter::repeat_n("ab", 100)
            .chain([long.as_str(), "c"])
            .collect();
        assert_eq!(blocks(&texts), [0..64, 64..101, 101..102]);
        assert!(blocks(&[""; 0]).is_empty());
    }

    #[test]
    fn workers_remember_from_pass_to_pass() {
        let make = || Box::new(Bytes(0)) as Box<dyn CountTokens>;
        let workers = KeptWorkers::new(&make);
        let wish = WorkerWish {
            threads: Some(1),
            ..WorkerWish::default()
        };
        let plan = WorkerPlan::here(&wish);
        let texts = ["a", "bad", "ccc"];
        let first = count_texts(&plan, &texts, &workers);
        assert_eq!(
            (first.n_tokens & 0xFFFF_FFFF, first.n_tokens >> 32, first.n_failed),
            (4, 1 + 3, 1)
        );
        let second = count_texts(&plan, &texts, &workers);
        assert_eq!(second.n_tokens >> 32, 4 + 6);
    }
}
