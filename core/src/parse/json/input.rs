//! The bytes of a document: all at once, or a window that moves over them.

use std::io::Read;

use super::pieces::{AROUND, Piece, Pieces};
use super::{ParseError, ParseErrorKind, Stop};
use crate::tree::ReadError;

/// The longest text without a break that is held while it is read: a number.
const LONGEST_TOKEN: usize = 1024 * 1024;

/// Bytes, of which those at hand are UTF-8.
pub(super) trait Input {
    /// What is at hand and not used yet.
    fn rest(&self) -> &[u8];

    /// Offset of the first of these in the document.
    fn offset(&self) -> usize;

    /// Uses bytes that are at hand.
    fn advance(&mut self, bytes: usize);

    /// Gets more bytes at hand; `false` at the end.
    fn more(&mut self) -> Result<bool, Stop>;

    /// Keeps the text around an offset, for a place. Offsets lie at most [`AROUND`] bytes back.
    fn mark(&mut self, offset: usize);

    /// Remembers the text around where a string begins that does not end in what is at hand.
    fn remember(&mut self, opening: usize);
}

/// A whole document, known to be UTF-8.
pub(super) struct Slice<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Slice<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Input for Slice<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn offset(&self) -> usize {
        self.at
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn more(&mut self) -> Result<bool, Stop> {
        Ok(false)
    }

    fn mark(&mut self, _: usize) {}

    fn remember(&mut self, _: usize) {}
}

/// A window over a stream.
pub(super) struct Stream<'s> {
    source: &'s mut dyn Read,
    /// Bytes read at a time.
    step: usize,
    /// The window: bytes used but not forgotten yet, then those at hand, then at most three of a character that is cut.
    window: Vec<u8>,
    /// Offset of the window in the document.
    start: usize,
    at: usize,
    /// End of what is known to be UTF-8.
    valid: usize,
    ended: bool,
    pieces: Pieces,
    /// What [`Input::remember`] was told last.
    opening: Option<(usize, Piece)>,
}

impl<'s> Stream<'s> {
    pub(super) fn new(source: &'s mut dyn Read, step: usize) -> Self {
        Self {
            source,
            step: step.max(1),
            window: Vec::new(),
            start: 0,
            at: 0,
            valid: 0,
            ended: false,
            pieces: Pieces::default(),
            opening: None,
        }
    }

    /// Goes on to the end, for the sake of bytes that aren't UTF-8.
    pub(super) fn drain(&mut self) -> Result<(), Stop> {
        loop {
            self.at = self.valid;
            if !self.more()? {
                return Ok(());
            }
        }
    }

    /// The text that was marked.
    pub(super) fn into_pieces(mut self) -> Vec<Piece> {
        self.pieces.pass(self.start, &self.window);
        self.pieces.finish()
    }

    /// The text around an error, and what else was marked.
    pub(super) fn into_pieces_at(mut self, error: usize) -> Vec<Piece> {
        let opening = self.opening.take();
        let mut pieces = self.into_pieces();
        if let Some((_, piece)) = opening.filter(|(opening, _)| *opening == error) {
            pieces.push(piece);
            pieces.sort_by_key(|piece| piece.start);
        }
        pieces
    }

    /// Takes up what was read, as far as whole characters go.
    fn validate(&mut self) -> Result<(), Stop> {
        let new = self.window.get(self.valid..).unwrap_or_default();
        let Err(error) = std::str::from_utf8(new) else {
            self.valid = self.window.len();
            return Ok(());
        };
        self.valid = self.valid.saturating_add(error.valid_up_to());
        if error.error_len().is_none() && !self.ended {
            return Ok(());
        }
        let at = self.start.saturating_add(self.valid);
        self.pieces.mark(at);
        Err(Stop::Parse(ParseError {
            kind: ParseErrorKind::NotUtf8,
            at,
            message: format!("not UTF-8 from byte {at} on"),
        }))
    }
}

impl Input for Stream<'_> {
    fn rest(&self) -> &[u8] {
        self.window.get(self.at..self.valid).unwrap_or_default()
    }

    fn offset(&self) -> usize {
        self.start.saturating_add(self.at)
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn more(&mut self) -> Result<bool, Stop> {
        if self.ended {
            return Ok(false);
        }
        if self.valid.saturating_sub(self.at) > LONGEST_TOKEN {
            return Err(Stop::TooMuch);
        }
        let forgotten = self.at.saturating_sub(AROUND);
        if forgotten > 0 {
            self.pieces
                .pass(self.start, self.window.get(..forgotten).unwrap_or_default());
            self.window.drain(..forgotten);
            self.start = self.start.saturating_add(forgotten);
            self.at = self.at.saturating_sub(forgotten);
            self.valid = self.valid.saturating_sub(forgotten);
        }
        let before = self.valid;
        while self.valid == before && !self.ended {
            let step = u64::try_from(self.step).unwrap_or(u64::MAX);
            let read = self.source.take(step).read_to_end(&mut self.window);
            match read {
                Ok(count) => self.ended = count < self.step,
                Err(error) => return Err(Stop::Read(ReadError::of(&error))),
            }
            self.validate()?;
        }
        Ok(self.valid > before)
    }

    fn mark(&mut self, offset: usize) {
        self.pieces.mark(offset);
    }

    fn remember(&mut self, opening: usize) {
        if self.opening.as_ref().is_none_or(|(known, _)| *known != opening) && opening >= self.start {
            let piece = self.pieces.around(opening, self.start, &self.window);
            self.opening = Some((opening, piece));
        }
    }
}
