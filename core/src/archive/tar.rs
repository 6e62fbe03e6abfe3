//! Tar: ustar, with the long names of GNU and pax.

use std::io::{self, Read};

use super::gzip::{Gunzip, Places};
use super::index::{Entry, File, Index};
use super::notes::NoteKind;
use super::source::{Part, ReadAt};
use super::verify::Verify;
use crate::limits::{RATIO, TOTAL_BYTES, ratio_allowed};
use crate::tree::ReadError;

const BLOCK: usize = 512;

/// Longest long name or pax header in bytes.
const EXTENSION_BYTES: u64 = 64 * 1024;

/// Files of a packed archive up to this length are kept when it is listed, ...
const HELD_BYTES: u64 = 64 * 1024;

/// ... as long as they take no more than this together; others are unpacked again when they are read.
const ALL_HELD_BYTES: u64 = 16 * 1024 * 1024;

/// Where a file's bytes are.
#[derive(Debug)]
pub(super) enum Body {
    /// At an offset of the unpacked archive.
    At(u64),
    /// Here.
    Held(Vec<u8>),
}

/// The bytes of a file. `places` are those of a packed archive.
pub(super) fn open<'t>(
    source: &'t dyn ReadAt,
    places: Option<&Places>,
    body: &'t Body,
    length: u64,
) -> Result<Box<dyn Read + 't>, ReadError> {
    let offset = match body {
        Body::Held(bytes) => return Ok(Box::new(bytes.as_slice())),
        Body::At(offset) => *offset,
    };
    if let Some(places) = places {
        let stream = places.open(source, offset);
        let stream = stream.map_err(|error| ReadError::of(&error))?;
        return Ok(Box::new(Verify::new(stream.take(length), length, None)));
    }
    let part = Part {
        source,
        at: offset,
        end: offset.saturating_add(length),
    };
    Ok(Box::new(Verify::new(part, length, None)))
}

/// The archive's bytes in order.
enum Stream<'s> {
    Plain(Part<'s>),
    Packed(Gunzip<'s>, Places),
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(part) => part.read(buffer),
            Self::Packed(gunzip, places) => {
                places.keep(gunzip);
                gunzip.read(buffer)
            }
        }
    }
}

/// Lists an archive; of a packed one also the places from which on it can be unpacked.
pub(super) fn list(source: &dyn ReadAt, packed: bool) -> (Index<Body>, Option<Places>) {
    let stream = if packed {
        Stream::Packed(Gunzip::new(source), Places::new())
    } else {
        Stream::Plain(Part {
            source,
            at: 0,
            end: source.length(),
        })
    };
    let mut lister = Lister {
        stream,
        at: 0,
        held: 0,
        index: Index::new(),
        extended: Extended::default(),
    };
    if let Err(stop) = lister.list() {
        let Stop {
            kind,
            message,
            numbers,
        } = stop;
        match numbers {
            Some(numbers) => lister.index.notes.exceeded(kind, "", message, numbers),
            None => lister.index.notes.push(kind, "", message),
        }
    }
    lister.index.finish();
    let places = match lister.stream {
        Stream::Packed(_, places) => Some(places),
        Stream::Plain(_) => None,
    };
    (lister.index, places)
}

/// Why an archive is not read to its end.
struct Stop {
    kind: NoteKind,
    message: String,
    numbers: Option<(u64, u64, &'static str)>,
}

impl Stop {
    fn structure(message: impl Into<String>) -> Self {
        Self {
            kind: NoteKind::Structure,
            message: message.into(),
            numbers: None,
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::structure(format!("the archive breaks off: it {}", ReadError::of(&error)))
    }
}

/// What the entries of the extensions GNU and pax say of the next entry.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    length: Option<u64>,
    sparse: bool,
}

struct Lister<'s> {
    stream: Stream<'s>,
    /// Offset in the unpacked archive.
    at: u64,
    held: u64,
    index: Index<Body>,
    extended: Extended,
}

impl Lister<'_> {
    fn list(&mut self) -> Result<(), Stop> {
        loop {
            let mut header = [0; BLOCK];
            match self.fill(&mut header)? {
                BLOCK => {}
                0 => return Err(Stop::structure("the archive ends without its end mark")),
                _ => return Err(Stop::structure("the archive ends in the middle of a header")),
            }
            if header.iter().all(|byte| *byte == 0) {
                // Read to the end, so that the checksum of a packed archive is compared.
                let mut rest = [0; BLOCK];
                while self.fill(&mut rest)? == BLOCK {
                    self.bounded()?;
                }
                return Ok(());
            }
            if !has_checksum(&header) {
                let message = if self.at == 512 {
                    "neither a zip nor a tar archive, packed or not".to_owned()
                } else {
                    format!("no tar header stands at byte {}", self.at.saturating_sub(512))
                };
                return Err(Stop::structure(message));
            }
            if !self.entry(&header)? {
                return Ok(());
            }
        }
    }

    /// Goes past an entry; `false` once there are too many.
    fn entry(&mut self, header: &[u8; BLOCK]) -> Result<bool, Stop> {
        let kind = header.get(156).copied().unwrap_or_default();
        let stored = number(header.get(124..136).unwrap_or_default()).ok_or_else(|| {
            Stop::structure(format!("the tar header before byte {} gives no length", self.at))
        })?;
        if matches!(kind, b'L' | b'K' | b'x' | b'g') {
            return self.extension(kind, stored).map(|()| true);
        }
        let extended = std::mem::take(&mut self.extended);
        let name = extended.name.unwrap_or_else(|| name(header));
        let length = extended.length.unwrap_or(stored);
        let refuse = |why: &str| Err(why.to_owned());
        let offset = self.at;
        let body = match kind {
            _ if extended.sparse => refuse("it is a sparse file"),
            b'0' | b'7' | 0 if name.ends_with(b"/") => return self.directory(&name, length),
            b'5' => return self.directory(&name, length),
            b'0' | b'7' | 0 => Ok(Body::At(offset)),
            b'1' => refuse("it is a link to another entry, and links in archives are not followed"),
            b'2' => refuse("it is a symbolic link, and links in archives are not followed"),
            b'3' | b'4' | b'6' => refuse("it is a device or a pipe"),
            b'S' => refuse("it is a sparse file"),
            _ => refuse("it is of a kind that is no file"),
        };
        if let Err(why) = &body {
            let shown = String::from_utf8_lossy(&name).into_owned();
            let message = format!("not unpacked: {why}");
            let note = match kind {
                b'1' | b'2' => NoteKind::Link,
                _ => NoteKind::Content,
            };
            self.index.notes.push(note, &shown, message);
        }
        // Links and devices have no bytes, whatever their length says.
        let (length, taken) = match kind {
            b'1'..=b'6' => (0, 0),
            _ => (length, length),
        };
        let packed = matches!(self.stream, Stream::Packed(..));
        let hold = packed && length <= HELD_BYTES && self.held.saturating_add(length) <= ALL_HELD_BYTES;
        let body = match body {
            Ok(_) if hold => {
                let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
                if self.fill(&mut bytes)? < bytes.len() {
                    return Err(Stop::structure("the archive ends in the middle of a file"));
                }
                self.held = self.held.saturating_add(length);
                self.skip(padding(length))?;
                Ok(Body::Held(bytes))
            }
            body => {
                // Added first: what is there of a file that is cut off is reported as damaged.
                let more = self.index.add(&name, Entry::File(File { length, body }));
                self.skip(taken.saturating_add(padding(taken)))?;
                return Ok(more);
            }
        };
        Ok(self.index.add(&name, Entry::File(File { length, body })))
    }

    fn directory(&mut self, name: &[u8], length: u64) -> Result<bool, Stop> {
        self.skip(length.saturating_add(padding(length)))?;
        Ok(self.index.add(name, Entry::Directory))
    }

    /// Reads what says something about the next entry.
    fn extension(&mut self, kind: u8, length: u64) -> Result<(), Stop> {
        if length > EXTENSION_BYTES {
            let message = format!("a long name or pax header of {length} bytes");
            return Err(Stop::structure(message));
        }
        let mut content = vec![0; usize::try_from(length).unwrap_or_default()];
        if self.fill(&mut content)? < content.len() {
            return Err(Stop::structure("the archive ends in the middle of a pax header"));
        }
        self.skip(padding(length))?;
        match kind {
            b'L' => {
                let end = content
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(content.len());
                content.truncate(end);
                self.extended.name = Some(content);
            }
            b'x' => self.pax(&content),
            // The targets of links, and what holds for all entries: no name, no length.
            _ => {}
        }
        Ok(())
    }

    /// Records `LENGTH KEY=VALUE\n`.
    fn pax(&mut self, mut content: &[u8]) {
        while let Some(blank) = content.iter().position(|byte| *byte == b' ') {
            let digits = content
                .get(..blank)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let Some(length) = digits.and_then(|digits| digits.parse::<usize>().ok()) else {
                return;
            };
            let record = content.get(blank.saturating_add(1)..length.saturating_sub(1));
            let Some(record) = record else { return };
            let mut parts = record.splitn(2, |byte| *byte == b'=');
            match (parts.next(), parts.next()) {
                (Some(b"path"), Some(value)) => self.extended.name = Some(value.to_vec()),
                (Some(b"size"), Some(value)) => {
                    self.extended.length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                }
                (Some(key), _) if key.starts_with(b"GNU.sparse") => self.extended.sparse = true,
                _ => {}
            }
            content = content.get(length..).unwrap_or_default();
        }
    }

    fn skip(&mut self, mut bytes: u64) -> Result<(), Stop> {
        if let Stream::Plain(part) = &mut self.stream {
            self.at = self.at.saturating_add(bytes);
            part.at = self.at;
            if self.at > part.end {
                return Err(Stop::structure("the archive ends in the middle of a file"));
            }
            return Ok(());
        }
        let mut scratch = vec![0; 64 * 1024];
        while bytes > 0 {
            let step = usize::try_from(bytes).unwrap_or(usize::MAX).min(scratch.len());
            let Some(part) = scratch.get_mut(..step) else {
                break;
            };
            if self.fill(part)? < step {
                return Err(Stop::structure("the archive ends in the middle of a file"));
            }
            bytes = bytes.saturating_sub(u64::try_from(step).unwrap_or(u64::MAX));
            self.bounded()?;
        }
        Ok(())
    }

    /// Stops where far more comes out than went in.
    fn bounded(&self) -> Result<(), Stop> {
        let Stream::Packed(gunzip, _) = &self.stream else {
            return Ok(());
        };
        let packed = gunzip.packed();
        if !ratio_allowed(self.at, packed) {
            let ratio = self.at.checked_div(packed).unwrap_or(self.at);
            return Err(Stop {
                kind: NoteKind::Ratio,
                message: format!(
                    "{} bytes out of {packed}, {ratio} to 1; the rest was not unpacked",
                    self.at
                ),
                numbers: Some((ratio, RATIO, "to 1")),
            });
        }
        if self.at > TOTAL_BYTES {
            return Err(Stop {
                kind: NoteKind::TotalSize,
                message: format!("more than {TOTAL_BYTES} bytes come out; the rest was not unpacked"),
                numbers: Some((self.at, TOTAL_BYTES, "bytes")),
            });
        }
        Ok(())
    }

    /// Reads as much as there is room for; less only at the end.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Stop> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.stream.read(rest)? {
                0 => break,
                count => filled = filled.saturating_add(count),
            }
        }
        self.at = self.at.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
        Ok(filled)
    }
}

/// Bytes to the next block.
fn padding(length: u64) -> u64 {
    length.next_multiple_of(512).saturating_sub(length)
}

/// Whether the header's checksum, taken with blanks in its own place, is right; some programs summed signed bytes.
pub(super) fn has_checksum(header: &[u8; BLOCK]) -> bool {
    let Some(stored) = number(header.get(148..156).unwrap_or_default()) else {
        return false;
    };
    let bytes = header.iter().enumerate().map(|(at, byte)| match at {
        148..156 => b' ',
        _ => *byte,
    });
    let unsigned: u64 = bytes.clone().map(u64::from).sum();
    let signed: i64 = bytes.map(|byte| i64::from(byte.cast_signed())).sum();
    stored == unsigned || u64::try_from(signed) == Ok(stored)
}

/// A number in octal digits, or in base 256 with the first bit set.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first @ 0x80.., rest)) = field.split_first() {
        let top = u64::from(first & 0x7f);
        return rest
            .iter()
            .try_fold(top, |sum, byte| Some(sum.checked_mul(256)? | u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(['\0', ' ']);
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(digits, 8).ok()
}

/// The name in a header; ustar has its first part elsewhere.
fn name(header: &[u8; BLOCK]) -> Vec<u8> {
    let text = |from: usize, to: usize| {
        let field = header.get(from..to).unwrap_or_default();
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        field.get(..end).unwrap_or_default().to_vec()
    };
    let mut name = text(0, 100);
    if header.get(257..263) == Some(b"ustar\0") {
        let mut prefix = text(345, 500);
        if !prefix.is_empty() {
            prefix.push(b'/');
            prefix.append(&mut name);
            return prefix;
        }
    }
    name
}
