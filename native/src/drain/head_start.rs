//! What was counted before the drain began.

use runbench_core::metrics::TokenCounts;
use runbench_core::record::TokenRecord;

use super::look_up;

/// Counts that were made during the run, which nothing has checked yet. 16 bytes a row, 20 a request.
#[derive(Debug, Default)]
pub struct HeadStart {
    prompts: Vec<(u64, u64)>,
    counts: TokenCounts,
}

impl HeadStart {
    /// From counts of prompts, by row, and of requests; in any order.
    pub fn new(mut prompts: Vec<(u64, u64)>, mut counts: TokenCounts) -> Self {
        prompts.sort_unstable();
        counts.sort();
        Self { prompts, counts }
    }

    /// Tokens of a row's prompt.
    pub(super) fn prompt(&self, row: u64) -> Option<u64> {
        look_up(&self.prompts, row)
    }

    /// Counts of a request.
    pub(super) fn request(&self, id: u64) -> Option<TokenRecord> {
        let count = self.counts.get(id)?;
        Some(TokenRecord {
            id,
            isl: count.isl,
            osl: count.osl,
            after_first: count.after_first,
        })
    }

    /// How many requests it has counts for.
    pub fn n_requests(&self) -> usize {
        self.counts.records().count()
    }
}
