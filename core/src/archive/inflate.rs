//! Deflate as a stream that can be stopped, kept and taken up again.

use std::io::{self, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::source::Part;
use crate::tree::ReadError;

/// Bytes read from the source at a time.
const STEP: usize = 64 * 1024;

/// Unpacks raw deflate data. After its end the unused bytes of the source come next, see [`Inflate::unused_from`].
pub(super) struct Inflate<'s> {
    packed: Part<'s>,
    input: Vec<u8>,
    /// The input's bytes that were not used yet.
    from: usize,
    to: usize,
    state: Box<InflateState>,
    ended: bool,
}

impl<'s> Inflate<'s> {
    /// Begins at a part of a source.
    pub(super) fn new(packed: Part<'s>) -> Self {
        Self::taken_up(packed, InflateState::new_boxed(DataFormat::Raw))
    }

    /// Goes on where [`Inflate::keep`] was called.
    pub(super) fn taken_up(packed: Part<'s>, state: Box<InflateState>) -> Self {
        Self {
            packed,
            input: vec![0; STEP],
            from: 0,
            to: 0,
            state,
            ended: false,
        }
    }

    /// What is needed to go on from here: the offset in the source, and the state.
    pub(super) fn keep(&self) -> (u64, Box<InflateState>) {
        (self.unused_from(), self.state.clone())
    }

    /// Offset in the source of the first byte that was not used.
    pub(super) fn unused_from(&self) -> u64 {
        let unused = self.to.saturating_sub(self.from);
        self.packed
            .at
            .saturating_sub(u64::try_from(unused).unwrap_or(u64::MAX))
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.from >= self.to {
                self.to = self.packed.read(&mut self.input)?;
                self.from = 0;
            }
            let input = self.input.get(self.from..self.to).unwrap_or_default();
            let at_end = input.is_empty();
            let result = inflate(&mut self.state, input, buffer, MZFlush::None);
            self.from = self.from.saturating_add(result.bytes_consumed);
            match result.status {
                Ok(MZStatus::StreamEnd) => self.ended = true,
                Ok(_) | Err(MZError::Buf) => {}
                Err(_) => return Err(damaged("the packed data is not what deflate writes")),
            }
            if result.bytes_written > 0 || self.ended {
                return Ok(result.bytes_written);
            }
            if at_end {
                return Err(damaged("the packed data ends too early"));
            }
        }
    }
}

/// A stream's error about the archive's data.
pub(super) fn damaged(message: impl Into<String>) -> io::Error {
    ReadError::Damaged(message.into()).into()
}
