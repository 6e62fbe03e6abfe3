//! Zip files: the central directory, which is what counts.

use std::io::{self, Read};

use rawzip::{
    CompressionMethod, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ReaderAt, ZipArchive, ZipEntry,
    ZipFileHeaderRecord, ZipLocator,
};

use super::index::{Entry, File, Index};
use super::inflate::Inflate;
use super::notes::{NoteKind, Notes};
use super::source::{Part, ReadAt};
use super::verify::Verify;
use crate::limits::{RATIO, ratio_allowed};

/// Where a file's bytes are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    start: u64,
    length: u64,
    deflated: bool,
    crc: u32,
}

/// The bytes of a file.
pub(super) fn open<'s>(source: &'s dyn ReadAt, packed: Packed, length: u64) -> Box<dyn Read + 's> {
    let part = Part {
        source,
        at: packed.start,
        end: packed.start.saturating_add(packed.length),
    };
    let crc = Some(packed.crc);
    if packed.deflated {
        Box::new(Verify::new(Inflate::new(part), length, crc))
    } else {
        Box::new(Verify::new(part, length, crc))
    }
}

struct Offsets<'s>(&'s dyn ReadAt);

impl ReaderAt for Offsets<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
}

/// What the central directory says of an entry.
struct Listed {
    name: Vec<u8>,
    is_directory: bool,
    /// Where its header and bytes stand.
    range: (u64, u64),
    file: File<Packed>,
}

/// Lists an archive.
pub(super) fn list(source: &dyn ReadAt) -> Index<Packed> {
    let mut index = Index::new();
    let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let located = ZipLocator::new().locate_in_reader(Offsets(source), &mut buffer, source.length());
    let archive = match located {
        Ok(archive) => archive,
        Err((_, error)) => {
            structure(&mut index.notes, format!("not readable as zip: {error}"));
            return index;
        }
    };
    let mut listed = Vec::new();
    let mut entries = archive.entries(&mut buffer);
    let mut met = 0_u64;
    loop {
        match entries.next_entry() {
            Ok(Some(record)) => {
                met = met.saturating_add(1);
                listed.push(look_at(&record, &archive, &mut index.notes));
                // One more than is kept, so that there is something to say it about.
                if listed.len() > crate::limits::ENTRIES {
                    break;
                }
            }
            Ok(None) => {
                let promised = archive.entries_hint();
                if promised != met {
                    let message = format!("the archive promises {promised} entries and lists {met}");
                    structure(&mut index.notes, message);
                }
                break;
            }
            Err(error) => {
                structure(
                    &mut index.notes,
                    format!("the list of files breaks off after {met} entries: {error}"),
                );
                break;
            }
        }
    }
    refuse_overlaps(&mut listed, &mut index.notes);
    for entry in listed {
        let kind = if entry.is_directory {
            Entry::Directory
        } else {
            Entry::File(entry.file)
        };
        if !index.add(&entry.name, kind) {
            break;
        }
    }
    index.finish();
    index
}

fn structure(notes: &mut Notes, message: String) {
    notes.push(NoteKind::Structure, "", message);
}

fn look_at(record: &ZipFileHeaderRecord<'_>, archive: &ZipArchive<Offsets<'_>>, notes: &mut Notes) -> Listed {
    let name = record.file_path().as_ref().to_vec();
    let length = record.uncompressed_size_hint();
    let packed = record.compressed_size_hint();
    let method = record.compression_method();
    let mode = record.mode().value();
    let body = archive.get_entry(record.wayfinder());
    let end = archive.get_ref().0.length();
    let range = body.as_ref().map(ZipEntry::compressed_data_range);
    let refusal = match &range {
        Err(error) => Some(format!("its header can't be read ({error})")),
        Ok((_, to)) if *to > end => Some("its bytes end beyond the archive".to_owned()),
        Ok(_) if record.mode().is_symlink() => {
            Some("it is a symbolic link, and links in archives are not followed".to_owned())
        }
        Ok(_) if !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000) => {
            Some("it is a device or a pipe".to_owned())
        }
        Ok(_) if record.flags().is_encrypted() || record.flags().has_strong_encryption() => {
            Some("it is encrypted".to_owned())
        }
        Ok(_) if !matches!(method, CompressionMethod::STORE | CompressionMethod::DEFLATE) => Some(format!(
            "it is packed by method {}; only stored and deflated entries are read",
            method.as_u16()
        )),
        Ok(_) if method == CompressionMethod::STORE && length != packed => Some(format!(
            "it is stored, but {length} bytes are said to take {packed}"
        )),
        Ok(_) => None,
    };
    let is_directory = record.is_dir();
    let start = range.as_ref().map_or(0, |(start, _)| *start);
    let body = match refusal {
        Some(why) if !is_directory => {
            let kind = if record.mode().is_symlink() {
                NoteKind::Link
            } else {
                NoteKind::Content
            };
            let shown = String::from_utf8_lossy(&name).into_owned();
            notes.push(kind, &shown, format!("not unpacked: {why}"));
            Err(why)
        }
        _ if !ratio_allowed(length, packed) => {
            let shown = String::from_utf8_lossy(&name).into_owned();
            let ratio = length.checked_div(packed).unwrap_or(length);
            let message = format!("{length} bytes out of {packed}, {ratio} to 1; it is not unpacked");
            notes.exceeded(NoteKind::Ratio, &shown, message, (ratio, RATIO, "to 1"));
            Err(format!("{ratio} to 1 is more than {RATIO} to 1"))
        }
        _ => Ok(Packed {
            start,
            length: packed,
            deflated: method == CompressionMethod::DEFLATE,
            crc: record.crc32(),
        }),
    };
    Listed {
        name,
        is_directory,
        range: (record.local_header_offset(), start.saturating_add(packed)),
        file: File { length, body },
    }
}

/// Entries that share bytes: one of them lies, and unpacking all may give far more than the archive's length.
fn refuse_overlaps(listed: &mut [Listed], notes: &mut Notes) {
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|number| listed.get(*number).map(|entry| entry.range));
    let mut end = 0;
    for number in order {
        let Some(entry) = listed.get_mut(number) else {
            continue;
        };
        let (from, to) = entry.range;
        if from < end && !entry.is_directory {
            let why = "its bytes are those of another entry too";
            let shown = String::from_utf8_lossy(&entry.name).into_owned();
            notes.push(NoteKind::Content, &shown, format!("not unpacked: {why}"));
            entry.file.body = Err(why.to_owned());
        }
        end = end.max(to);
    }
}
