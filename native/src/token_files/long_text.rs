//! One long text by all workers of a plan: cut where its parts' counts add up to its own.

use std::sync::{Mutex, TryLockError};

use crate::drain::{Counters, KeptWorkers, WorkerPlan, count_texts};

/// Texts from this length on are worth it. Bytes.
const LONG_BYTES: usize = 4 << 20;

/// About the length of a part. Bytes.
const PART_BYTES: usize = 1 << 20;

/// Who counts long texts.
pub(super) struct LongTexts<'a> {
    counters: &'a dyn Counters,
    plan: &'a WorkerPlan,
    /// One at a time: where several long texts are under way, there is work for all workers already.
    turn: Mutex<()>,
}

impl<'a> LongTexts<'a> {
    pub(super) fn new(counters: &'a dyn Counters, plan: &'a WorkerPlan) -> Self {
        Self {
            counters,
            plan,
            turn: Mutex::new(()),
        }
    }

    /// Tokens of a long text, without special tokens; `None` if it is to be counted as any other: it isn't long, can't
    /// be cut, or it isn't its turn.
    pub(super) fn count(&self, text: &str) -> Option<u64> {
        if text.len() < LONG_BYTES || self.plan.n_workers() < 2 {
            return None;
        }
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let parts = self.counters.parts(text, PART_BYTES);
        if parts.len() < 2 {
            return None;
        }
        let make = || self.counters.worker();
        let stats = count_texts(self.plan, &parts, &KeptWorkers::new(&make));
        (stats.n_failed == 0).then_some(stats.n_tokens)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{LONG_BYTES, LongTexts, PART_BYTES};
    use crate::drain::{Counters, WorkerPlan, WorkerWish};
    use crate::tokens::CountTokens;

    /// Counts blanks, and can be cut anywhere; says how many texts it was given.
    struct Blanks(AtomicUsize);

    struct BlankWorker<'a>(&'a Blanks);

    impl CountTokens for BlankWorker<'_> {
        fn count(&mut self, text: &str, _: bool) -> Option<u64> {
            self.0.0.fetch_add(1, Ordering::SeqCst);
            u64::try_from(text.matches(' ').count()).ok()
        }
    }

    impl Counters for Blanks {
        fn worker(&self) -> Box<dyn CountTokens + '_> {
            Box::new(BlankWorker(self))
        }

        fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
            self.worker()
        }

        fn has_fast(&self) -> bool {
            true
        }

        fn parts<'t>(&self, text: &'t str, bytes: usize) -> Vec<&'t str> {
            let (head, rest) = text.split_at(bytes.min(text.len()));
            if rest.is_empty() {
                vec![head]
            } else {
                [vec![head], self.parts(rest, bytes)].concat()
            }
        }
    }

    fn check(bytes: usize, workers: usize, expected_parts: usize) {
        let text = "ab cd ".repeat(bytes / 6);
        let wish = WorkerWish {
            threads: Some(workers),
            ..WorkerWish::default()
        };
        let (counters, plan) = (Blanks(AtomicUsize::new(0)), WorkerPlan::here(&wish));
        let count = LongTexts::new(&counters, &plan).count(&text);
        let expected = (expected_parts > 0).then_some(text.len() as u64 / 3);
        assert_eq!((count, counters.0.into_inner()), (expected, expected_parts));
    }

    #[test]
    fn a_long_text_is_counted_part_by_part() {
        check(5 * PART_BYTES - 7, 2, 5);
        check(LONG_BYTES - 7, 2, 0);
        check(5 * PART_BYTES, 1, 0);
    }

    #[test]
    fn two_at_a_time_are_not() {
        let (counters, plan) = (
            Blanks(AtomicUsize::new(0)),
            WorkerPlan::here(&WorkerWish::default()),
        );
        let long = LongTexts::new(&counters, &plan);
        let _other = long.turn.lock();
        assert_eq!(long.count(&" ".repeat(2 * LONG_BYTES)), None);
    }
}
