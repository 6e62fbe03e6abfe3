//! The thread that writes the client threads' segments, so that the timed path never waits on a disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use runbench_core::event_log::encode_request;
use runbench_core::record::{HeadRecord, RequestRecord, SegmentRecord};

use super::block_queue::{Block, BlockQueue};
use super::segment_writer::{BLOCK_TARGET_BYTES, LogWriteError, SegmentWriter};
use crate::clock::Clock;

/// How long a record may wait in its thread's buffer. With the threads' ticks of 25 ms and the write itself, records
/// are on their way to the disk within 250 ms.
const MAX_BUFFERED_NS: u64 = 100_000_000;

/// What the writer thread did.
#[derive(Debug, Default)]
pub struct LogSummary {
    /// Each thread's segment, closed.
    pub segments: Vec<SegmentRecord>,
    /// The longest time from a request's end to the return of the write that made it safe. Nanoseconds.
    pub max_lag_ns: u64,
}

/// The writer thread.
#[derive(Debug)]
pub struct LogWriter {
    queue: Arc<BlockQueue>,
    thread: JoinHandle<Result<LogSummary, LogWriteError>>,
    failed: Arc<AtomicBool>,
    clock: Clock,
}

impl LogWriter {
    /// Creates a segment for each head in `folder` and starts the thread.
    pub fn start(folder: &Path, heads: &[HeadRecord], clock: Clock) -> Result<Self, LogWriteError> {
        let create =
            |head: &HeadRecord| SegmentWriter::create(&folder.join(super::thread_segment(head.thread)), head);
        let writers = heads.iter().map(create).collect::<Result<Vec<_>, _>>()?;
        let queue = Arc::new(BlockQueue::default());
        // The writer itself counts as one who may send, so that the thread doesn't end before the first log is made.
        queue.add_sender();
        let failed = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn({
                let (failed, queue) = (Arc::clone(&failed), Arc::clone(&queue));
                move || {
                    let result = write_blocks(writers, &queue, clock);
                    failed.store(result.is_err(), Ordering::Release);
                    // Client threads may still hand over blocks; they must not wait for a reader that is gone.
                    if result.is_err() {
                        queue.abandon();
                    }
                    result
                }
            })
            .map_err(|cause| LogWriteError {
                path: folder.to_owned(),
                cause,
            })?;
        Ok(Self {
            queue,
            thread,
            failed,
            clock,
        })
    }

    /// Set once a write failed: the run has to stop.
    pub fn failed(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.failed)
    }

    /// The side of one client thread.
    pub fn thread_log(&self, thread: usize) -> ThreadLog {
        self.queue.add_sender();
        ThreadLog {
            thread,
            queue: Arc::clone(&self.queue),
            buffer: Vec::new(),
            oldest_ns: 0,
            n_stalls: 0,
            stall_ns: 0,
            first_stall_ns: None,
            clock: self.clock,
        }
    }

    /// Waits until everything handed over is on the disk. Every [`ThreadLog`] must be gone by now.
    pub fn finish(self) -> Result<LogSummary, LogWriteError> {
        self.queue.remove_sender();
        self.thread.join().unwrap_or_else(|_| {
            let cause = std::io::Error::other("the writer thread panicked");
            Err(LogWriteError {
                path: super::FOLDER.into(),
                cause,
            })
        })
    }
}

fn write_blocks(
    mut writers: Vec<SegmentWriter>,
    queue: &BlockQueue,
    clock: Clock,
) -> Result<LogSummary, LogWriteError> {
    let mut summary = LogSummary::default();
    let mut done = None;
    while let Some(block) = queue.pop(done.take()) {
        if let Some(writer) = writers.get_mut(block.thread) {
            writer.append(&block.payload)?;
        }
        queue.release(block.payload.len());
        done = Some(block.payload);
        summary.max_lag_ns = summary
            .max_lag_ns
            .max(clock.now_ns().saturating_sub(block.oldest_ns));
    }
    summary.segments = writers
        .into_iter()
        .map(SegmentWriter::finish)
        .collect::<Result<_, _>>()?;
    Ok(summary)
}

/// A client thread's side of the log: a buffer that is handed over block by block.
#[derive(Debug)]
pub struct ThreadLog {
    thread: usize,
    queue: Arc<BlockQueue>,
    buffer: Vec<u8>,
    oldest_ns: u64,
    n_stalls: u64,
    stall_ns: u64,
    first_stall_ns: Option<u64>,
    clock: Clock,
}

impl ThreadLog {
    /// Adds a request that just ended.
    pub fn push(&mut self, record: &RequestRecord) {
        if self.buffer.is_empty() {
            self.oldest_ns = self.clock.now_ns();
        }
        encode_request(record, &mut self.buffer);
        if self.buffer.len() >= BLOCK_TARGET_BYTES {
            self.flush();
        }
    }

    /// Hands over what has waited long enough.
    pub fn flush_old(&mut self, now_ns: u64) {
        if now_ns.saturating_sub(self.oldest_ns) >= MAX_BUFFERED_NS {
            self.flush();
        }
    }

    /// Hands over everything. Waits, and counts that, when so many bytes wait for the disk that there is no room.
    pub fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let block = Block {
            thread: self.thread,
            payload: std::mem::take(&mut self.buffer),
            oldest_ns: self.oldest_ns,
        };
        self.buffer = match self.queue.try_push(block) {
            Ok(buffer) => buffer,
            Err(block) => {
                let before_ns = self.clock.now_ns();
                self.n_stalls += 1;
                self.first_stall_ns.get_or_insert(before_ns);
                let buffer = self.queue.push(block);
                self.stall_ns += self.clock.now_ns().saturating_sub(before_ns);
                buffer
            }
        };
        self.buffer.reserve(BLOCK_TARGET_BYTES * 5 / 4);
    }

    /// How often a thread had to wait for the disk.
    pub fn n_stalls(&self) -> u64 {
        self.n_stalls
    }

    /// How long it waited for the disk. Nanoseconds.
    pub fn stall_ns(&self) -> u64 {
        self.stall_ns
    }

    /// When it first had to wait for the disk. Nanoseconds since the run's origin.
    pub fn first_stall_ns(&self) -> Option<u64> {
        self.first_stall_ns
    }
}

impl Drop for ThreadLog {
    fn drop(&mut self) {
        self.flush();
        self.queue.remove_sender();
    }
}
