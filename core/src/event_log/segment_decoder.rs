//! Blocks and their chain, reading.

use super::block::{BlockHead, SegmentHeader};
use super::codec::decode_record;
use super::varint::Malformed;
use super::{BLOCK_HEAD_BYTES, HEADER_BYTES, MAGIC, MAX_BLOCK_BYTES, VERSION};
use crate::record::Record;

/// Why bytes are no segment that this program can read. A torn or changed tail is none of these: see [`DroppedTail`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The first bytes are not [`MAGIC`].
    #[error("this is no event log: the first bytes are not its mark")]
    NotALog,
    /// Another version of the format.
    #[error("the event log has version {0}; this program reads versions 1 to {VERSION}")]
    UnsupportedVersion(u32),
    /// A block whose hash is right holds something that is no record.
    #[error("the record at byte {offset} can't be read: {reason}")]
    BadRecord {
        /// Offset of the record in the segment.
        offset: u64,
        /// What is wrong with it.
        reason: Malformed,
    },
}

/// Why the end of a segment was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailCause {
    /// The segment ends inside a block: its write was cut.
    Truncated,
    /// A block's bytes don't fit its hash: something changed them, or a crash left a hole.
    HashMismatch,
    /// A block says that it is longer than any block may be.
    BlockTooLong,
}

/// The end of a segment that can't be trusted and was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DroppedTail {
    /// Where it begins: the end of the last good block.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
    /// Why.
    pub cause: TailCause,
}

/// Reader of one segment: bytes in, verified records out. Holds at most one block and what came with its last bytes.
#[derive(Clone, Debug, Default)]
pub struct SegmentDecoder {
    /// What was pushed and not yet dropped; records up to `block_end` of it are verified, those up to `next` read.
    buffer: Vec<u8>,
    next: usize,
    block_end: usize,
    /// Offset of the buffer's first byte in the segment.
    buffer_offset: u64,
    pushed: u64,
    /// `None` until the header was read.
    chain: Option<[u8; 32]>,
    version: u32,
    n_records: u64,
    tail: Option<TailCause>,
    failed: Option<LogError>,
}

impl SegmentDecoder {
    /// A decoder at the start of a segment.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the segment. Read the records that they complete before pushing more.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pushed = self.pushed.saturating_add(length(bytes));
        if self.tail.is_some() || self.failed.is_some() {
            return;
        }
        self.buffer_offset = self.position(self.next);
        self.buffer.drain(..self.next.min(self.buffer.len()));
        self.block_end = self.block_end.saturating_sub(self.next);
        self.next = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next record of a block that is whole and fits the chain; `None` when more bytes are needed, or when the
    /// rest can't be trusted. After an error every further call gives the same error.
    pub fn next_record(&mut self) -> Result<Option<Record>, LogError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.read_record();
        self.failed = result.as_ref().err().cloned();
        result
    }

    /// What can't be read of everything pushed so far, once [`SegmentDecoder::next_record`] gives nothing more.
    pub fn dropped_tail(&self) -> Option<DroppedTail> {
        let offset = self.position(self.next);
        let bytes = self.pushed.saturating_sub(offset);
        (bytes > 0).then(|| DroppedTail {
            offset,
            bytes,
            cause: self.tail.unwrap_or(TailCause::Truncated),
        })
    }

    /// The chain hash of the last block read; `None` before the header.
    pub fn chain(&self) -> Option<[u8; 32]> {
        self.chain
    }

    /// Records read so far.
    pub fn n_records(&self) -> u64 {
        self.n_records
    }

    fn read_record(&mut self) -> Result<Option<Record>, LogError> {
        if self.chain.is_none() && !self.read_header()? {
            return Ok(None);
        }
        if self.next == self.block_end && !self.open_block() {
            return Ok(None);
        }
        let payload = self.buffer.get(self.next..self.block_end).unwrap_or(&[]);
        let (record, taken) = decode_record(self.version, payload).map_err(|reason| LogError::BadRecord {
            offset: self.position(self.next),
            reason,
        })?;
        self.next = self.next.saturating_add(taken);
        self.n_records = self.n_records.saturating_add(1);
        Ok(Some(record))
    }

    fn read_header(&mut self) -> Result<bool, LogError> {
        let n_magic = self.buffer.len().min(MAGIC.len());
        if self.buffer.get(..n_magic) != MAGIC.get(..n_magic) {
            return Err(LogError::NotALog);
        }
        let Some((header, _)) = self.buffer.split_first_chunk::<HEADER_BYTES>() else {
            return Ok(false);
        };
        let header = SegmentHeader::parse(header)?;
        self.version = header.version;
        self.chain = Some(header.chain);
        self.next = HEADER_BYTES;
        self.block_end = HEADER_BYTES;
        Ok(true)
    }

    /// Verifies the block that begins at `next`; moves `next` to its first record if it is whole and right.
    fn open_block(&mut self) -> bool {
        let (Some(chain), None) = (self.chain, self.tail) else {
            return false;
        };
        let rest = self.buffer.get(self.next..).unwrap_or(&[]);
        let Some((head, rest)) = rest.split_first_chunk::<BLOCK_HEAD_BYTES>() else {
            return false;
        };
        let head = BlockHead::parse(head);
        let n_bytes = head.payload_bytes();
        if n_bytes > MAX_BLOCK_BYTES {
            self.tail = Some(TailCause::BlockTooLong);
            return false;
        }
        let Some(payload) = rest.get(..n_bytes) else {
            return false;
        };
        if !head.fits(&chain, payload) {
            self.tail = Some(TailCause::HashMismatch);
            return false;
        }
        self.chain = Some(head.chain);
        self.next = self.next.saturating_add(BLOCK_HEAD_BYTES);
        self.block_end = self.next.saturating_add(n_bytes);
        true
    }

    fn position(&self, in_buffer: usize) -> u64 {
        self.buffer_offset
            .saturating_add(u64::try_from(in_buffer).unwrap_or(u64::MAX))
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
