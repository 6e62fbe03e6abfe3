//! Bytes that can be read at any offset.

use std::io::{self, Read};

/// Where an archive's bytes come from: a file, memory, a file dropped on a page.
pub trait ReadAt {
    /// Length in bytes.
    fn length(&self) -> u64;

    /// Reads up to `buffer.len()` bytes from `offset` on, at least one unless that is the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl<S: AsRef<[u8]>> ReadAt for S {
    fn length(&self) -> u64 {
        u64::try_from(self.as_ref().len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = self.as_ref().get(from..).unwrap_or_default();
        rest.read(buffer)
    }
}

/// A part of a source as a stream.
pub(super) struct Part<'s> {
    pub(super) source: &'s dyn ReadAt,
    pub(super) at: u64,
    pub(super) end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..room).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let count = self.source.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}
