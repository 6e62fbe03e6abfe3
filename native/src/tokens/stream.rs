//! Counting a text that arrives in chunks, as it grows.

use super::recognise::Pipeline;
use super::{CountTokens, TokenModel};

/// Below this nothing is counted yet: cutting costs a look at the added tokens.
const ENOUGH: usize = 4096;

/// Counts one text chunk by chunk; the chunks may end anywhere between characters.
///
/// The counts of the chunks don't add up to the text's, so it counts up to the last safe cut and keeps the rest. A text
/// without any, such as Chinese prose, is kept and counted at the end.
pub struct StreamCounter<'m> {
    pipeline: Option<&'m Pipeline>,
    worker: Box<dyn CountTokens + 'm>,
    tail: String,
    /// Up to here the tail was searched in vain.
    searched: usize,
    count: Option<u64>,
}

impl<'m> StreamCounter<'m> {
    /// A counter for one text, on this thread.
    pub fn new(model: &'m TokenModel) -> Self {
        Self {
            pipeline: model.pipeline().filter(|pipeline| pipeline.may_cut()),
            worker: model.worker(),
            tail: String::new(),
            searched: 0,
            count: Some(0),
        }
    }

    /// Adds a chunk.
    pub fn push(&mut self, chunk: &str) {
        self.tail.push_str(chunk);
        let Some(pipeline) = self.pipeline else {
            return;
        };
        if self.tail.len() < self.searched.saturating_add(ENOUGH) {
            return;
        }
        match pipeline
            .last_cut(&self.tail, 0, self.tail.len(), false)
            .filter(|cut| *cut > 0)
        {
            Some(cut) => {
                let done = self.tail.get(..cut).unwrap_or_default();
                let count = self.worker.count(done, false);
                self.count = self
                    .count
                    .zip(count)
                    .map(|(sum, count)| sum.saturating_add(count));
                self.tail.drain(..cut);
                self.searched = 0;
            }
            // Twice as much before the next search: the sum of all searches stays linear.
            None => self.searched = self.tail.len(),
        }
    }

    /// Bytes that are kept because a later chunk may change how they are counted.
    pub fn pending_bytes(&self) -> usize {
        self.tail.len()
    }

    /// Tokens of the whole text; the counter is then ready for the next one.
    pub fn finish(&mut self, add_special_tokens: bool) -> Option<u64> {
        let rest = self
            .worker
            .count(&std::mem::take(&mut self.tail), add_special_tokens);
        self.searched = 0;
        let count = self.count.replace(0);
        Some(count?.saturating_add(rest?))
    }
}
