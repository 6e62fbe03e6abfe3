//! Blocks and their chain, writing.

use super::{BLOCK_HEAD_BYTES, HEADER_BYTES, MAGIC, MAX_BLOCK_BYTES, VERSION, chain_hash, chain_start};

/// More records than a block may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block of {bytes} bytes is larger than the event log allows ({MAX_BLOCK_BYTES})")]
pub struct BlockTooLong {
    /// Its size. Bytes.
    pub bytes: usize,
}

/// Writer of one segment: keeps the chain, leaves the bytes to the caller.
#[derive(Clone, Debug)]
pub struct SegmentEncoder {
    chain: [u8; 32],
}

impl SegmentEncoder {
    /// Appends a segment's header to `out`.
    pub fn start(out: &mut Vec<u8>) -> Self {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&header);
        Self {
            chain: chain_start(&header),
        }
    }

    /// Appends a block that holds `payload`, which is whole records, to `out`. Nothing for an empty payload.
    pub fn block(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), BlockTooLong> {
        if payload.is_empty() {
            return Ok(());
        }
        out.extend_from_slice(&self.block_head(payload)?);
        out.extend_from_slice(payload);
        Ok(())
    }

    /// What stands before `payload` in its block, for who writes the two without copying them together. The payload must
    /// follow, and not be empty.
    pub fn block_head(&mut self, payload: &[u8]) -> Result<[u8; BLOCK_HEAD_BYTES], BlockTooLong> {
        let too_long = BlockTooLong { bytes: payload.len() };
        if payload.len() > MAX_BLOCK_BYTES {
            return Err(too_long);
        }
        let length = u32::try_from(payload.len()).map_err(|_| too_long)?.to_le_bytes();
        self.chain = chain_hash(&self.chain, length, payload);
        let mut head = [0; BLOCK_HEAD_BYTES];
        let bytes = length.iter().chain(&self.chain);
        for (place, byte) in head.iter_mut().zip(bytes) {
            *place = *byte;
        }
        Ok(head)
    }

    /// The chain hash of the last block; that of the header before the first.
    pub fn chain(&self) -> [u8; 32] {
        self.chain
    }
}
