//! The event log on disk: `OUT/events/*.rbl`, see `docs/event-log.md`.

mod block_queue;
mod blocks;
mod log_tail;
mod log_writer;
mod reader;
mod segment_writer;

use std::path::{Path, PathBuf};

pub use blocks::{LogBlocks, LogUnit};
pub use log_tail::LogTail;
pub use log_writer::{LogSummary, LogWriter, ThreadLog};
pub use reader::{EventLog, EventLogError, LogState, Notice, Records, SegmentRecords};
pub use segment_writer::{LogWriteError, SegmentWriter, replace, write_end};

/// Folder of the event log in a report folder.
pub const FOLDER: &str = "events";

/// Segment of the dataset rows.
pub const SAMPLES: &str = "samples.rbl";

/// Segment of the token counts.
pub const TOKENS: &str = "tokens.rbl";

/// Segment of the run's end.
pub const END: &str = "end.rbl";

/// Segment of what the report says of the run beside its figures.
pub const INFO: &str = "info.rbl";

/// Segment of a client thread.
pub fn thread_segment(thread: u32) -> String {
    format!("thread-{thread}.rbl")
}

/// Folder of the event log of the report in `out`.
pub fn folder(out: &Path) -> PathBuf {
    out.join(FOLDER)
}
