//! Blocks on their way to the disk: bounded by bytes, and with their buffers used again.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of blocks that may wait for the disk, however large one block is: many seconds of ordinary load.
pub(super) const MAX_WAITING_BYTES: usize = 64 << 20;

/// Buffers that are kept for the next blocks, and the largest of them.
const SPARE_BUFFERS: usize = 8;
const SPARE_BUFFER_BYTES: usize = 1 << 20;

/// Encoded records of one thread.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) thread: usize,
    pub(super) payload: Vec<u8>,
    /// When the oldest record in it was pushed.
    pub(super) oldest_ns: u64,
}

/// A queue from the client threads to the log writer.
#[derive(Debug, Default)]
pub(super) struct BlockQueue {
    state: Mutex<State>,
    /// Signalled when a block came, or none will come any more.
    filled: Condvar,
    /// Signalled when room was made, or nobody takes blocks any more.
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<Block>,
    bytes: usize,
    n_senders: usize,
    /// The reader is gone: blocks are thrown away.
    is_abandoned: bool,
    spare: Vec<Vec<u8>>,
}

impl BlockQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more thread will send blocks.
    pub(super) fn add_sender(&self) {
        self.state().n_senders += 1;
    }

    /// A thread will send no more.
    pub(super) fn remove_sender(&self) {
        self.state().n_senders -= 1;
        self.filled.notify_one();
    }

    /// Hands over a block and gives an empty buffer back, or the block itself if there is no room for it. A block
    /// larger than the bound goes through when nothing else waits.
    pub(super) fn try_push(&self, block: Block) -> Result<Vec<u8>, Block> {
        let mut state = self.state();
        if state.is_full(&block) {
            return Err(block);
        }
        Ok(self.push_locked(&mut state, block))
    }

    /// Like [`BlockQueue::try_push`], but waits for room.
    pub(super) fn push(&self, block: Block) -> Vec<u8> {
        let mut state = self.state();
        while state.is_full(&block) {
            state = self.emptied.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.push_locked(&mut state, block)
    }

    fn push_locked(&self, state: &mut State, block: Block) -> Vec<u8> {
        if state.is_abandoned {
            let mut buffer = block.payload;
            buffer.clear();
            return buffer;
        }
        state.bytes += block.payload.len();
        state.blocks.push_back(block);
        self.filled.notify_one();
        state.spare.pop().unwrap_or_default()
    }

    /// The next block; `None` once nobody sends any more. The buffer of a block that is done with comes back here.
    pub(super) fn pop(&self, done: Option<Vec<u8>>) -> Option<Block> {
        let mut state = self.state();
        if let Some(mut buffer) = done
            && state.spare.len() < SPARE_BUFFERS
            && buffer.capacity() <= SPARE_BUFFER_BYTES
        {
            buffer.clear();
            state.spare.push(buffer);
        }
        loop {
            if let Some(block) = state.blocks.pop_front() {
                return Some(block);
            }
            if state.n_senders == 0 {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A block of this size is on the disk: room for others.
    pub(super) fn release(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.emptied.notify_all();
    }

    /// Nobody takes blocks any more: what waits is thrown away, and nobody waits for room.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        state.is_abandoned = true;
        state.blocks.clear();
        state.bytes = 0;
        drop(state);
        self.emptied.notify_all();
    }
}

impl State {
    fn is_full(&self, block: &Block) -> bool {
        !self.is_abandoned
            && self.bytes > 0
            && self.bytes.saturating_add(block.payload.len()) > MAX_WAITING_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(bytes: usize) -> Block {
        Block {
            thread: 0,
            payload: vec![0; bytes],
            oldest_ns: 0,
        }
    }

    #[test]
    fn holds_no_more_bytes_than_allowed_until_they_are_released() {
        let queue = BlockQueue::default();
        queue.add_sender();
        let half = MAX_WAITING_BYTES / 2 + 1;
        assert!(queue.try_push(block(half)).is_ok());
        let refused = queue.try_push(block(half)).unwrap_err();
        assert!(queue.try_push(block(10)).is_ok());
        // A block that was taken but isn't written yet still counts.
        let taken = queue.pop(None).unwrap();
        let refused = queue.try_push(refused).unwrap_err();
        queue.release(taken.payload.len());
        assert!(queue.try_push(refused).is_ok());
    }

    #[test]
    fn a_block_beyond_the_bound_goes_alone() {
        let queue = BlockQueue::default();
        queue.add_sender();
        assert!(queue.try_push(block(MAX_WAITING_BYTES + 1)).is_ok());
        assert!(queue.try_push(block(1)).is_err());
    }

    #[test]
    fn ends_when_the_last_sender_is_gone_and_everything_was_taken() {
        let queue = BlockQueue::default();
        queue.add_sender();
        assert!(queue.try_push(block(1)).is_ok());
        queue.remove_sender();
        assert!(queue.pop(None).is_some());
        assert!(queue.pop(None).is_none());
    }

    #[test]
    fn nobody_waits_for_a_reader_that_is_gone() {
        let queue = BlockQueue::default();
        queue.add_sender();
        assert!(queue.try_push(block(MAX_WAITING_BYTES)).is_ok());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.push(block(MAX_WAITING_BYTES)));
            queue.abandon();
            assert!(waiting.join().unwrap().is_empty());
        });
    }

    #[test]
    fn gives_buffers_back() {
        let queue = BlockQueue::default();
        queue.add_sender();
        assert_eq!(queue.push(block(100)).capacity(), 0);
        let taken = queue.pop(None).unwrap();
        queue.release(100);
        assert!(queue.push(block(1)).is_empty());
        queue.pop(Some(taken.payload));
        assert!(queue.push(block(1)).capacity() >= 100);
    }
}
