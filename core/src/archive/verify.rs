//! A file's stream that ends well only if it is what the archive says it is.

use std::io::{self, Read};

use rawzip::Crc32;

use super::inflate::damaged;

/// Compares length and checksum with what the archive gives for them.
pub(super) struct Verify<R> {
    inner: R,
    length: u64,
    crc: Option<(u32, Crc32)>,
    read: u64,
}

impl<R> Verify<R> {
    pub(super) fn new(inner: R, length: u64, crc: Option<u32>) -> Self {
        Self {
            inner,
            length,
            crc: crc.map(|crc| (crc, Crc32::new())),
            read: 0,
        }
    }
}

impl<R: Read> Read for Verify<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        if let Some((_, crc)) = &mut self.crc {
            crc.update(buffer.get(..count).unwrap_or_default());
        }
        let length = self.length;
        self.read = self.read.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.read > length {
            return Err(damaged(format!(
                "it is longer than the {length} bytes that the archive gives"
            )));
        }
        if count == 0 {
            if self.read < length {
                let message = format!(
                    "it ends after {} of the {length} bytes that the archive gives",
                    self.read
                );
                return Err(damaged(message));
            }
            if let Some((expected, crc)) = &self.crc
                && crc.checksum() != *expected
            {
                return Err(damaged("its checksum is not the one that the archive gives"));
            }
        }
        Ok(count)
    }
}
