//! Gzip, with places to take up in the middle.

use std::io::{self, Read};

use miniz_oxide::inflate::stream::InflateState;
use rawzip::Crc32;

use super::inflate::{Inflate, damaged};
use super::source::{Part, ReadAt};

/// Distance in unpacked bytes from one kept place to the next, at first.
const SPACING: u64 = 16 * 1024 * 1024;

/// So many places are kept at most, at some 43 kB each; then every other one is dropped.
const MOST_PLACES: usize = 128;

/// Longest name, comment or extra field of a gzip header that is gone past.
const HEADER_BYTES: usize = 64 * 1024;

/// A place in the unpacked data from which on can be read.
struct Place {
    unpacked: u64,
    packed: u64,
    state: Box<InflateState>,
}

/// The places kept of one file.
pub(super) struct Places {
    list: Vec<Place>,
    spacing: u64,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            list: Vec::new(),
            spacing: SPACING,
        }
    }

    /// Keeps the place where a stream stands, if it is far enough from the last.
    pub(super) fn keep(&mut self, stream: &Gunzip<'_>) {
        let last = self.list.last().map_or(0, |place| place.unpacked);
        if stream.unpacked < last.saturating_add(self.spacing) {
            return;
        }
        let Some(member) = &stream.member else { return };
        let (packed, state) = member.inflate.keep();
        self.list.push(Place {
            unpacked: stream.unpacked,
            packed,
            state,
        });
        if self.list.len() > MOST_PLACES {
            let mut odd = true;
            self.list.retain(|_| {
                odd = !odd;
                odd
            });
            self.spacing = self.spacing.saturating_mul(2);
        }
    }

    /// A stream of the unpacked bytes from an offset on.
    pub(super) fn open<'s>(&self, source: &'s dyn ReadAt, offset: u64) -> io::Result<Gunzip<'s>> {
        let after = self.list.partition_point(|place| place.unpacked <= offset);
        let mut stream = match after.checked_sub(1).and_then(|last| self.list.get(last)) {
            Some(place) => Gunzip::taken_up(source, place),
            None => Gunzip::new(source),
        };
        let ahead = offset.saturating_sub(stream.unpacked);
        io::copy(&mut stream.by_ref().take(ahead), &mut io::sink())?;
        Ok(stream)
    }
}

/// The unpacked bytes of a gzip file, all its members one after another.
pub(super) struct Gunzip<'s> {
    source: &'s dyn ReadAt,
    /// Where the next member, if any, begins.
    next: u64,
    member: Option<Member<'s>>,
    /// Unpacked bytes given so far.
    unpacked: u64,
    ended: bool,
}

struct Member<'s> {
    inflate: Inflate<'s>,
    /// Checksum and length so far; `None` for one that was taken up in the middle.
    sums: Option<(Crc32, u64)>,
}

impl<'s> Gunzip<'s> {
    pub(super) fn new(source: &'s dyn ReadAt) -> Self {
        Self {
            source,
            next: 0,
            member: None,
            unpacked: 0,
            ended: false,
        }
    }

    fn taken_up(source: &'s dyn ReadAt, place: &Place) -> Self {
        let packed = Part {
            source,
            at: place.packed,
            end: source.length(),
        };
        Self {
            source,
            next: 0,
            member: Some(Member {
                inflate: Inflate::taken_up(packed, place.state.clone()),
                sums: None,
            }),
            unpacked: place.unpacked,
            ended: false,
        }
    }

    /// How many packed bytes were used so far.
    pub(super) fn packed(&self) -> u64 {
        match &self.member {
            Some(member) => member.inflate.unused_from(),
            None => self.next,
        }
    }

    /// Goes past the header of the next member; `None` if there is none.
    fn open_member(&mut self) -> io::Result<Option<Member<'s>>> {
        let mut header = Part {
            source: self.source,
            at: self.next,
            end: self.source.length(),
        };
        let mut fixed = [0; 10];
        let first = self.next == 0;
        let complete = header.read_exact(&mut fixed).is_ok();
        let [0x1f, 0x8b, 8, flags, ..] = fixed else {
            // What follows the last member, most often zeros, is no data.
            return if first {
                Err(damaged("the gzip header is damaged"))
            } else {
                Ok(None)
            };
        };
        if !complete {
            return Err(damaged("the gzip header ends too early"));
        }
        if flags & 4 != 0 {
            let mut length = [0; 2];
            header.read_exact(&mut length)?;
            header.at = header.at.saturating_add(u64::from(u16::from_le_bytes(length)));
        }
        for flag in [8, 16] {
            if flags & flag != 0 {
                skip_text(&mut header)?;
            }
        }
        if flags & 2 != 0 {
            header.at = header.at.saturating_add(2);
        }
        Ok(Some(Member {
            inflate: Inflate::new(header),
            sums: Some((Crc32::new(), 0)),
        }))
    }

    /// Compares a member with its trailer.
    fn close_member(&mut self, member: &Member<'_>) -> io::Result<()> {
        let mut trailer = Part {
            source: self.source,
            at: member.inflate.unused_from(),
            end: self.source.length(),
        };
        let [mut crc, mut length] = [[0; 4]; 2];
        trailer
            .read_exact(&mut crc)
            .and_then(|()| trailer.read_exact(&mut length))
            .map_err(|_| damaged("the gzip trailer is missing"))?;
        self.next = trailer.at;
        if let Some((sum, count)) = &member.sums {
            let short = count & u64::from(u32::MAX);
            if sum.checksum() != u32::from_le_bytes(crc) || short != u64::from(u32::from_le_bytes(length)) {
                return Err(damaged("the gzip checksum does not match"));
            }
        }
        Ok(())
    }
}

/// Goes past text that ends with a zero.
fn skip_text(header: &mut Part<'_>) -> io::Result<()> {
    let mut byte = [1];
    for _ in 0..HEADER_BYTES {
        header.read_exact(&mut byte)?;
        if byte == [0] {
            return Ok(());
        }
    }
    Err(damaged("the gzip header is too long"))
}

impl Read for Gunzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while !self.ended {
            let Some(mut member) = self.member.take() else {
                self.member = self.open_member()?;
                self.ended = self.member.is_none();
                continue;
            };
            let count = member.inflate.read(buffer)?;
            if count == 0 {
                self.close_member(&member)?;
                continue;
            }
            let length = u64::try_from(count).unwrap_or(u64::MAX);
            if let Some((crc, read)) = &mut member.sums {
                crc.update(buffer.get(..count).unwrap_or_default());
                *read = read.wrapping_add(length);
            }
            self.member = Some(member);
            self.unpacked = self.unpacked.saturating_add(length);
            return Ok(count);
        }
        Ok(0)
    }
}
