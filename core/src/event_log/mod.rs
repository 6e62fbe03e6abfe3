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

mod block;
mod codec;
mod packed;
mod segment_decoder;
mod segment_encoder;
mod varint;

pub use block::{BlockHead, BlockRecords, SegmentHeader};
pub use codec::{encode_record, encode_request};
pub use segment_decoder::{DroppedTail, LogError, SegmentDecoder, TailCause};
pub use segment_encoder::{BlockTooLong, SegmentEncoder};
pub use varint::Malformed;

/// The first eight bytes of a segment. Like PNG's, they show when a transfer treated the file as text.
pub const MAGIC: [u8; 8] = *b"\x89RBL\r\n\x1a\n";

/// The version of the format that this program writes. It reads this one and all before it.
pub const VERSION: u32 = 3;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ConnectionUse, Read, Record, RequestRecord, TransportEnd};

    fn segment(version: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
        let chain = chain_hash(&chain_start(&bytes), length, payload);
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&chain);
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn a_request_of_version_1_reads_as_before() {
        // Kind, length; flags (head, status, event stream), id 7, row 2, scheduled 100, issued +5, done +20, head +10;
        // status 200; one read at +15 with 2 bytes; the body.
        let payload = [
            3, 15, 0, 0, 0, 7, 7, 2, 100, 10, 40, 20, 0xC8, 1, 1, 30, 4, 2, b'h', b'i',
        ];
        let mut decoder = SegmentDecoder::new();
        decoder.push(&segment(1, &payload));
        let expected = RequestRecord {
            id: 7,
            sample_index: 2,
            scheduled_ns: 100,
            issued_ns: 105,
            head_ns: Some(115),
            done_ns: 125,
            http_status: Some(200),
            event_stream: true,
            reads: vec![Read {
                at_ns: 120,
                body_end: 2,
            }],
            body: b"hi".to_vec(),
            end: TransportEnd::Complete,
            connection: ConnectionUse::default(),
        };
        assert_eq!(decoder.next_record(), Ok(Some(Record::Request(expected))));
        assert_eq!(decoder.dropped_tail(), None);
    }

    #[test]
    fn a_packed_body_is_unknown_before_version_3() {
        // An event stream with a packed body of 4 bytes: two that are there, then both again.
        let payload = [
            3, 18, 0, 0, 0, 0x84, 7, 2, 100, 10, 40, 1, 30, 8, 4, 0, 0, 2, b'h', b'i', 2, 0, 0,
        ];
        for (version, expected) in [(2, None), (3, Some(&b"hihi"[..]))] {
            let mut decoder = SegmentDecoder::new();
            decoder.push(&segment(version, &payload));
            match (decoder.next_record(), expected) {
                (Ok(Some(Record::Request(request))), Some(body)) => assert_eq!(request.body, body),
                (Err(LogError::BadRecord { reason, .. }), None) => {
                    let unknown = Malformed::Unknown {
                        field: "flags",
                        code: 0x84,
                    };
                    assert_eq!(reason, unknown);
                }
                (other, _) => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_version_that_is_not_known_is_refused() {
        for version in [0, VERSION + 1] {
            let mut decoder = SegmentDecoder::new();
            decoder.push(&segment(version, &[0]));
            assert_eq!(decoder.next_record(), Err(LogError::UnsupportedVersion(version)));
        }
    }
}
