//! The chunked transfer coding (RFC 9112, section 7.1).

use super::{HttpError, MAX_EXTRA_BYTES};

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The first digit of a size.
    Size,
    /// More digits, or what ends them.
    MoreSize,
    /// Blanks after the size.
    Blank,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// A trailer line, or the blank line that ends the body.
    LineStart,
    Trailer,
    TrailerLf,
    LastLf,
    End,
}

/// Decoder of one body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunked {
    next: Next,
    /// Bytes of the chunk that are still to come.
    left: u64,
    /// Bytes of extensions, or of trailers once the last chunk is there.
    n_extra: u32,
}

/// What [`Chunked::advance`] found.
pub(super) enum Found<'a> {
    /// A piece of the body.
    Data(&'a [u8]),
    /// The end of the body.
    End,
    /// Nothing: the bytes are used up.
    Nothing,
}

impl Chunked {
    pub(super) const fn new() -> Self {
        Self {
            next: Next::Size,
            left: 0,
            n_extra: 0,
        }
    }

    /// Takes framing off the front of `input` up to a piece of the body, the end, or the end of the input.
    pub(super) fn advance<'a>(&mut self, input: &mut &'a [u8]) -> Result<Found<'a>, HttpError> {
        loop {
            if self.next == Next::End {
                return Ok(Found::End);
            }
            if self.next == Next::Size
                && let Some(data) = whole_chunk(input)
            {
                return Ok(Found::Data(data));
            }
            if self.next == Next::Data {
                let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
                if length == 0 {
                    return Ok(Found::Nothing);
                }
                let (data, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
                *input = rest;
                self.left = self
                    .left
                    .saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
                if self.left == 0 {
                    self.next = Next::DataCr;
                }
                return Ok(Found::Data(data));
            }
            let Some((&byte, rest)) = input.split_first() else {
                return Ok(Found::Nothing);
            };
            *input = rest;
            self.next = self.step(byte)?;
        }
    }

    /// The state after a byte of framing.
    fn step(&mut self, byte: u8) -> Result<Next, HttpError> {
        match (self.next, byte) {
            (Next::Size | Next::MoreSize, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                let size = self.left.checked_mul(16).ok_or(HttpError::ChunkSize)?;
                self.left = size.checked_add(u64::from(digit)).ok_or(HttpError::ChunkSize)?;
                Ok(Next::MoreSize)
            }
            (Next::MoreSize | Next::Blank, b' ' | b'\t') => Ok(Next::Blank),
            (Next::MoreSize | Next::Blank, b';') => Ok(Next::Extension),
            (Next::MoreSize | Next::Blank | Next::Extension, CR) => Ok(Next::SizeLf),
            // An LF alone may be a line's end to someone on the way: two readings of one body.
            (Next::Extension, LF) => Err(HttpError::ChunkSize),
            (Next::Extension, _) => self
                .count_extra(HttpError::ExtensionsTooLong)
                .map(|()| Next::Extension),
            (Next::SizeLf, LF) if self.left == 0 => {
                self.n_extra = 0;
                Ok(Next::LineStart)
            }
            (Next::SizeLf, LF) => Ok(Next::Data),
            (Next::DataCr, CR) => Ok(Next::DataLf),
            (Next::DataLf, LF) => Ok(Next::Size),
            (Next::DataCr | Next::DataLf, _) => Err(HttpError::ChunkEnd),
            (Next::LineStart, CR) => Ok(Next::LastLf),
            (Next::Trailer, CR) => Ok(Next::TrailerLf),
            (Next::LineStart | Next::Trailer, byte) if byte != LF => {
                self.count_extra(HttpError::Trailers).map(|()| Next::Trailer)
            }
            (Next::TrailerLf, LF) => Ok(Next::LineStart),
            (Next::LastLf, LF) => Ok(Next::End),
            (Next::LineStart | Next::Trailer | Next::TrailerLf | Next::LastLf, _) => Err(HttpError::Trailers),
            _ => Err(HttpError::ChunkSize),
        }
    }

    fn count_extra(&mut self, too_long: HttpError) -> Result<(), HttpError> {
        self.n_extra = self.n_extra.saturating_add(1);
        if self.n_extra >= MAX_EXTRA_BYTES {
            Err(too_long)
        } else {
            Ok(())
        }
    }
}

/// Digits of a size that is read in one go; more are read one by one.
const MAX_DIGITS: usize = 6;

/// Takes a chunk off the front of `input` that lies there as a whole and has no extension: by far the most of them. Any
/// other is left as it is.
fn whole_chunk<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut size: usize = 0;
    let mut n_digits: usize = 0;
    for byte in input.iter().take(MAX_DIGITS) {
        let Some(digit) = char::from(*byte).to_digit(16) else {
            break;
        };
        size = size.wrapping_shl(4) | usize::try_from(digit).ok()?;
        n_digits = n_digits.saturating_add(1);
    }
    // Without a digit there is no size, and one of nothing ends the body.
    if size == 0 {
        return None;
    }
    let (data, rest) = input
        .get(n_digits..)?
        .strip_prefix(b"\r\n")?
        .split_at_checked(size)?;
    *input = rest.strip_prefix(b"\r\n")?;
    Some(data)
}
