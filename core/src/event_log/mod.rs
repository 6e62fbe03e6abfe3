//! The event log's format: append-only segments of hash-chained blocks of records. `docs/event-log.md` has every byte.
//!
//! A segment is a header and then blocks. Each block carries the SHA-256 of the block before it, its own length and
//! its records, so that a changed byte is noticed and a tail that was cut by a crash is told from the blocks before
//! it. Encoding and decoding work on bytes only; files are the caller's.
//!
//! ```
//! use runbench_core::event_log::{SegmentDecoder, SegmentEncoder, encode_record};
//! use runbench_core::record::{Record, TokenRecord};
//!
//! let record = Record::Tokens(TokenRecord { id: 7, isl: 12, osl: Some(30), after_first: None });
//! let mut payload = Vec::new();
//! encode_record(&record, &mut payload);
//! let mut file = Vec::new();
//! SegmentEncoder::start(&mut file).block(&payload, &mut file)?;
//!
//! let mut decoder = SegmentDecoder::new();
//! decoder.push(&file);
//! assert_eq!(decoder.next_record()?, Some(record));
//! assert_eq!(decoder.dropped_tail(), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codec;
mod segment_decoder;
mod segment_encoder;
mod varint;

pub use codec::{encode_record, encode_request};
pub use segment_decoder::{DroppedTail, LogError, SegmentDecoder, TailCause};
pub use segment_encoder::{BlockTooLong, SegmentEncoder};
pub use varint::Malformed;

/// The first eight bytes of a segment. Like PNG's, they show when a transfer treated the file as text.
pub const MAGIC: [u8; 8] = *b"\x89RBL\r\n\x1a\n";

/// The version of the format that this program writes. It reads this one and all before it.
pub const VERSION: u32 = 2;

/// Bytes of a segment's header: the magic, the version, and four zeros.
pub const HEADER_BYTES: usize = 16;

/// Bytes of a block before its records: the length and the chain hash.
pub const BLOCK_HEAD_BYTES: usize = 36;

/// The most bytes of records that a block may hold.
pub const MAX_BLOCK_BYTES: usize = 256 << 20;

/// The chain hash that follows `previous`: SHA-256 over `previous`, the length as written, and the records.
fn chain_hash(previous: &[u8; 32], length: [u8; 4], payload: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::new()
        .chain_update(previous)
        .chain_update(length)
        .chain_update(payload)
        .finalize()
        .into()
}

/// Where the chain of a segment begins: SHA-256 of its header.
fn chain_start(header: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(header).into()
}
