//! Header, blocks and records on their own, for readers that take the blocks of a segment in any order.
//!
//! Each block names the chain hash that it makes, so a block can be verified with nothing but the 32 bytes that stand
//! in the head of the block before it. If every block fits the one before it, the chain is whole.

use super::codec::decode_record;
use super::varint::Malformed;
use super::{BLOCK_HEAD_BYTES, HEADER_BYTES, LogError, MAGIC, VERSION, chain_hash, chain_start};
use crate::record::Record;

/// What a segment's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Version of the format: 1 to [`VERSION`].
    pub version: u32,
    /// The chain hash before the first block.
    pub chain: [u8; 32],
}

impl SegmentHeader {
    /// Reads a header. An error for another format or a version from the future.
    pub fn parse(header: &[u8; HEADER_BYTES]) -> Result<Self, LogError> {
        let (magic, rest) = header.split_at_checked(MAGIC.len()).unwrap_or_default();
        let (version, zeros) = rest.split_first_chunk::<4>().ok_or(LogError::NotALog)?;
        if magic != MAGIC {
            return Err(LogError::NotALog);
        }
        let version = u32::from_le_bytes(*version);
        if !(1..=VERSION).contains(&version) {
            return Err(LogError::UnsupportedVersion(version));
        }
        if zeros != [0; 4] {
            return Err(LogError::NotALog);
        }
        Ok(Self {
            version,
            chain: chain_start(header),
        })
    }
}

/// What stands before a block's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHead {
    length: [u8; 4],
    /// The chain hash of this block.
    pub chain: [u8; 32],
}

impl BlockHead {
    /// Reads the bytes before a block's records.
    pub fn parse(head: &[u8; BLOCK_HEAD_BYTES]) -> Self {
        let mut length = [0; 4];
        let mut chain = [0; 32];
        let mut bytes = head.iter().copied();
        for place in length.iter_mut().chain(&mut chain) {
            *place = bytes.next().unwrap_or_default();
        }
        Self { length, chain }
    }

    /// Length of the records. Bytes; as written, which may be more than a block may hold.
    pub fn payload_bytes(&self) -> usize {
        usize::try_from(u32::from_le_bytes(self.length)).unwrap_or(usize::MAX)
    }

    /// Whether `payload` is what was written here, behind a block whose chain hash is `previous`.
    pub fn fits(&self, previous: &[u8; 32], payload: &[u8]) -> bool {
        !payload.is_empty()
            && payload.len() == self.payload_bytes()
            && chain_hash(previous, self.length, payload) == self.chain
    }
}

/// The records of one block.
#[derive(Clone, Debug)]
pub struct BlockRecords<'a> {
    version: u32,
    payload: &'a [u8],
}

impl<'a> BlockRecords<'a> {
    /// Reads the records of a verified block of a segment of this version.
    pub fn new(version: u32, payload: &'a [u8]) -> Self {
        Self { version, payload }
    }
}

impl Iterator for BlockRecords<'_> {
    type Item = Result<Record, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.payload.is_empty() {
            return None;
        }
        match decode_record(self.version, self.payload) {
            Ok((record, taken)) => {
                self.payload = self.payload.get(taken..).unwrap_or_default();
                Some(Ok(record))
            }
            Err(malformed) => {
                self.payload = &[];
                Some(Err(malformed))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BlockHead, BlockRecords, SegmentHeader};
    use crate::event_log::{
        BLOCK_HEAD_BYTES, HEADER_BYTES, LogError, Malformed, SegmentEncoder, VERSION, encode_record,
    };
    use crate::record::{CountMethod, CountingRecord, Record, TokenRecord};

    const COUNTING: Record = Record::Counting(CountingRecord {
        method: CountMethod::FastVerified,
        n_checked: 3,
        difference: None,
    });

    const TOKENS: Record = Record::Tokens(TokenRecord {
        id: 1,
        isl: 2,
        osl: None,
        after_first: None,
    });

    fn payload(records: &[Record]) -> Vec<u8> {
        let mut payload = Vec::new();
        for record in records {
            encode_record(record, &mut payload);
        }
        payload
    }

    #[test]
    fn blocks_are_verified_one_by_one() {
        let mut segment = Vec::new();
        let mut encoder = SegmentEncoder::start(&mut segment);
        encoder.block(&payload(&[TOKENS]), &mut segment).unwrap();
        encoder.block(&payload(&[COUNTING]), &mut segment).unwrap();
        let (header, rest) = segment.split_first_chunk::<HEADER_BYTES>().unwrap();
        let header = SegmentHeader::parse(header).unwrap();
        assert_eq!(header.version, VERSION);
        let (first, rest) = rest.split_first_chunk::<BLOCK_HEAD_BYTES>().unwrap();
        let first = BlockHead::parse(first);
        let (first_payload, rest) = rest.split_at(first.payload_bytes());
        let (second, second_payload) = rest.split_first_chunk::<BLOCK_HEAD_BYTES>().unwrap();
        let second = BlockHead::parse(second);
        assert!(first.fits(&header.chain, first_payload));
        assert!(second.fits(&first.chain, second_payload));
        assert!(!second.fits(&header.chain, second_payload));
        assert!(!second.fits(&first.chain, first_payload));
        let records: Vec<_> = BlockRecords::new(VERSION, second_payload).collect();
        assert_eq!(records, [Ok(COUNTING)]);
    }

    #[test]
    fn version_1_has_no_later_kinds() {
        let payload = payload(&[TOKENS, COUNTING]);
        let records: Vec<_> = BlockRecords::new(1, &payload).collect();
        let unknown = Malformed::Unknown {
            field: "kind",
            code: 9,
        };
        assert_eq!(records, [Ok(TOKENS), Err(unknown)]);
    }

    #[test]
    fn refuses_versions_from_the_future() {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(b"\x89RBL\r\n\x1a\n");
        for (version, known) in [(0, false), (1, true), (2, true), (3, true), (4, false)] {
            header[8] = version;
            let expected = Err(LogError::UnsupportedVersion(u32::from(version)));
            let found = SegmentHeader::parse(&header).map(|header| header.version);
            assert_eq!(found, if known { Ok(u32::from(version)) } else { expected });
        }
    }
}
