//! One segment on disk: records in, a block a write.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, IoSlice, Write};
use std::path::{Path, PathBuf};

use runbench_core::event_log::{SegmentEncoder, encode_record};
use runbench_core::record::{EndRecord, HeadRecord, HealthRecord, Record, SegmentRecord};

/// Size at which a block is written. Bytes. Large enough that hashing and the system call cost little a record.
pub(super) const BLOCK_TARGET_BYTES: usize = 256 << 10;

/// Why a segment can't be written. What was written before stays readable.
#[derive(Debug, thiserror::Error)]
#[error("can't write `{}`: {cause}", path.display())]
pub struct LogWriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub cause: std::io::Error,
}

/// Writer of one segment. After an error nothing more is written to it.
#[derive(Debug)]
pub struct SegmentWriter {
    path: PathBuf,
    file: File,
    encoder: SegmentEncoder,
    payload: Vec<u8>,
    written_bytes: u64,
    broken: bool,
}

impl SegmentWriter {
    /// Creates a segment that doesn't exist yet and writes its header and head.
    pub fn create(path: &Path, head: &HeadRecord) -> Result<Self, LogWriteError> {
        let failed = |cause| LogWriteError {
            path: path.to_owned(),
            cause,
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(failed)?;
        let mut first = Vec::new();
        let mut encoder = SegmentEncoder::start(&mut first);
        let mut payload = Vec::new();
        encode_record(&Record::Head(head.clone()), &mut payload);
        encoder
            .block(&payload, &mut first)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        payload.clear();
        let mut writer = Self {
            path: path.to_owned(),
            file,
            encoder,
            payload,
            written_bytes: 0,
            broken: false,
        };
        writer.write(&first, &[])?;
        Ok(writer)
    }

    /// Adds a record to the unfinished block, which is written once it is large enough.
    pub fn push(&mut self, record: &Record) -> Result<(), LogWriteError> {
        encode_record(record, &mut self.payload);
        if self.payload.len() >= BLOCK_TARGET_BYTES {
            self.flush_block()
        } else {
            Ok(())
        }
    }

    /// Writes the unfinished block, if there is something in it.
    pub fn flush_block(&mut self) -> Result<(), LogWriteError> {
        let mut payload = std::mem::take(&mut self.payload);
        let result = self.append(&payload);
        payload.clear();
        self.payload = payload;
        result
    }

    /// Writes records that are encoded already as one block.
    pub fn append(&mut self, payload: &[u8]) -> Result<(), LogWriteError> {
        if self.broken {
            return Err(self.failed(std::io::Error::other("an earlier write failed")));
        }
        if payload.is_empty() {
            return Ok(());
        }
        match self.encoder.block_head(payload) {
            Ok(head) => self.write(&head, payload),
            Err(error) => {
                self.broken = true;
                Err(self.failed(std::io::Error::other(error)))
            }
        }
    }

    /// Writes what is left, waits until the disk has it, and says what the segment holds.
    pub fn finish(mut self) -> Result<SegmentRecord, LogWriteError> {
        self.flush_block()?;
        self.file.sync_all().map_err(|cause| self.failed(cause))?;
        let name = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Ok(SegmentRecord {
            name,
            bytes: self.written_bytes,
            chain: self.encoder.chain(),
        })
    }

    /// Bytes of whole blocks written so far, with the header.
    pub fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Writes both in one go, as far as the system takes them so.
    fn write(&mut self, head: &[u8], payload: &[u8]) -> Result<(), LogWriteError> {
        let mut parts = [IoSlice::new(head), IoSlice::new(payload)];
        let mut rest = &mut parts[..];
        let length = head.len() + payload.len();
        let mut left = length;
        while left > 0 {
            let cause = match self.file.write_vectored(rest) {
                Ok(0) => ErrorKind::WriteZero.into(),
                Ok(n_written) => {
                    IoSlice::advance_slices(&mut rest, n_written);
                    left -= n_written;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.broken = true;
            return Err(self.failed(cause));
        }
        self.written_bytes += u64::try_from(length).unwrap_or(u64::MAX);
        Ok(())
    }

    fn failed(&self, cause: std::io::Error) -> LogWriteError {
        LogWriteError {
            path: self.path.clone(),
            cause,
        }
    }
}

/// Writes the run's end into the log's folder, whole or not at all: beside, synced, then renamed.
pub fn write_end(
    folder: &Path,
    head: &HeadRecord,
    segments: Vec<SegmentRecord>,
    health: &[HealthRecord],
    end: EndRecord,
) -> Result<(), LogWriteError> {
    replace(folder, super::END, head, |writer| {
        for segment in segments {
            writer.push(&Record::Segment(segment))?;
        }
        for thread in health {
            writer.push(&Record::Health(*thread))?;
        }
        writer.push(&Record::End(end))
    })
}

/// Writes a segment into the log's folder in place of the one that is there, whole or not at all: beside, synced, then
/// renamed. What `fill` pushes follows the head.
pub fn replace(
    folder: &Path,
    name: &str,
    head: &HeadRecord,
    fill: impl FnOnce(&mut SegmentWriter) -> Result<(), LogWriteError>,
) -> Result<(), LogWriteError> {
    let partial = folder.join(format!("{name}.partial"));
    let path = folder.join(name);
    let failed = |cause| LogWriteError {
        path: path.clone(),
        cause,
    };
    match std::fs::remove_file(&partial) {
        // Left by a program that was killed; it holds nothing that isn't written again.
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let mut writer = SegmentWriter::create(&partial, head)?;
    fill(&mut writer)?;
    writer.finish()?;
    std::fs::rename(&partial, &path)
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(failed)
}
