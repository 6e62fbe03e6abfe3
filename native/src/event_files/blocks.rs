//! Segments as blocks that many threads can read at once, each verified on its own.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runbench_core::event_log::{
    BLOCK_HEAD_BYTES, BlockHead, BlockRecords, HEADER_BYTES, LogError, MAX_BLOCK_BYTES, SegmentHeader,
};
use runbench_core::record::Record;

use super::EventLogError;

/// Small blocks that follow one another are read together up to this size. Bytes; that of an ordinary block.
const UNIT_BYTES: u64 = 256 << 10;

/// How much is read at once while looking for heads. Bytes; most blocks are far longer.
const WINDOW_BYTES: usize = 4 << 10;

/// The blocks of some segments, in units that can be read in any order.
#[derive(Debug)]
pub struct LogBlocks {
    units: Vec<LogUnit>,
}

/// A segment whose header was read.
#[derive(Debug)]
pub(super) struct BlockFile {
    path: PathBuf,
    file: File,
    version: u32,
}

/// Where a block of a file begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    offset: u64,
    /// The chain hash in the head of the block before it.
    chain_before: [u8; 32],
}

/// Some blocks of one file that follow one another.
#[derive(Clone, Debug)]
pub struct LogUnit {
    file: Arc<BlockFile>,
    place: Place,
    bytes: u64,
}

impl BlockFile {
    /// Opens a file; gives the place of its first block too. `None` if it ends inside its header.
    pub(super) fn open(path: &Path) -> Result<Option<(Arc<Self>, Place)>, EventLogError> {
        let unreadable = |cause| EventLogError::Unreadable {
            path: path.to_owned(),
            cause,
        };
        let file = File::open(path).map_err(unreadable)?;
        let header = Window::of(&file).array::<HEADER_BYTES>(0).map_err(unreadable)?;
        let Some(header) = header else {
            return Ok(None);
        };
        let header = SegmentHeader::parse(&header).map_err(|error| not_a_log(path, error))?;
        let first = Place {
            offset: wide(HEADER_BYTES),
            chain_before: header.chain,
        };
        let file = Self {
            path: path.to_owned(),
            file,
            version: header.version,
        };
        Ok(Some((Arc::new(file), first)))
    }

    /// Appends units of the whole blocks that there are from `place` on, and moves it behind them. Looks at their heads
    /// only.
    pub(super) fn scan(
        self: &Arc<Self>,
        place: &mut Place,
        units: &mut Vec<LogUnit>,
    ) -> Result<(), EventLogError> {
        let unreadable = |cause| self.unreadable(cause);
        let length = self.file.metadata().map_err(unreadable)?.len();
        let mut heads = Window::of(&self.file);
        let mut unit: Option<LogUnit> = None;
        while let Some(head) = heads
            .array::<BLOCK_HEAD_BYTES>(place.offset)
            .map_err(unreadable)?
        {
            let head = BlockHead::parse(&head);
            let bytes = wide(BLOCK_HEAD_BYTES).saturating_add(wide(head.payload_bytes()));
            let end = place.offset.saturating_add(bytes);
            if head.payload_bytes() > MAX_BLOCK_BYTES || head.payload_bytes() == 0 || end > length {
                break;
            }
            match &mut unit {
                Some(unit) if unit.bytes.saturating_add(bytes) <= UNIT_BYTES => unit.bytes += bytes,
                _ => {
                    units.extend(unit);
                    unit = Some(LogUnit {
                        file: Arc::clone(self),
                        place: *place,
                        bytes,
                    });
                }
            }
            *place = Place {
                offset: end,
                chain_before: head.chain,
            };
        }
        units.extend(unit);
        Ok(())
    }

    fn unreadable(&self, cause: std::io::Error) -> EventLogError {
        EventLogError::Unreadable {
            path: self.path.clone(),
            cause,
        }
    }
}

impl LogUnit {
    /// Its bytes in its file.
    pub fn bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }

    /// Reads it into `buffer`, verifies its blocks and hands their records to `take`, until that says `false`.
    ///
    /// Returns whether all its blocks are good. Records behind a bad block are not handed over, and none of the file's
    /// later units may be used: see [`LogBlocks::cut_behind`].
    pub fn read(
        &self,
        buffer: &mut Vec<u8>,
        mut take: impl FnMut(Record) -> bool,
    ) -> Result<bool, EventLogError> {
        buffer.resize(self.bytes(), 0);
        if let Err(cause) = self.file.file.read_exact_at(buffer, self.place.offset) {
            // A file that became shorter since it was scanned has no good block here.
            if cause.kind() == std::io::ErrorKind::UnexpectedEof {
                return Ok(false);
            }
            return Err(self.file.unreadable(cause));
        }
        let mut rest: &[u8] = buffer;
        let mut chain = self.place.chain_before;
        while let Some((head, behind)) = rest.split_first_chunk::<BLOCK_HEAD_BYTES>() {
            let head = BlockHead::parse(head);
            let Some((payload, behind)) = behind.split_at_checked(head.payload_bytes()) else {
                return Ok(false);
            };
            if !head.fits(&chain, payload) {
                return Ok(false);
            }
            for record in BlockRecords::new(self.file.version, payload) {
                let record = record.map_err(|reason| {
                    let offset = self
                        .place
                        .offset
                        .saturating_add(wide(buffer.len().saturating_sub(rest.len())));
                    not_a_log(&self.file.path, LogError::BadRecord { offset, reason })
                })?;
                if !take(record) {
                    return Ok(true);
                }
            }
            (rest, chain) = (behind, head.chain);
        }
        Ok(rest.is_empty())
    }
}

impl LogBlocks {
    /// Looks for the heads of all blocks; reads nothing of the records. What follows a block that isn't whole is left out.
    pub(super) fn scan<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<Self, EventLogError> {
        let mut units = Vec::new();
        for path in paths {
            if let Some((file, mut place)) = BlockFile::open(path)? {
                file.scan(&mut place, &mut units)?;
            }
        }
        Ok(Self { units })
    }

    /// How many units there are.
    pub fn n_units(&self) -> usize {
        self.units.len()
    }

    /// A unit by its number.
    pub fn unit(&self, unit: usize) -> Option<&LogUnit> {
        self.units.get(unit)
    }

    /// Bytes of a unit in its file.
    pub fn unit_bytes(&self, unit: usize) -> usize {
        self.units.get(unit).map_or(0, LogUnit::bytes)
    }

    /// Bytes of all units.
    pub fn total_bytes(&self) -> u64 {
        self.units.iter().map(|unit| unit.bytes).sum()
    }

    /// Reads a unit: see [`LogUnit::read`].
    pub fn read(
        &self,
        unit: usize,
        buffer: &mut Vec<u8>,
        take: impl FnMut(Record) -> bool,
    ) -> Result<bool, EventLogError> {
        match self.units.get(unit) {
            Some(unit) => unit.read(buffer, take),
            None => Ok(true),
        }
    }

    /// Leaves out what stands behind these units in their files: where one block is bad, all later ones are.
    pub fn cut_behind(&mut self, bad_units: &[usize]) {
        let bad: Vec<LogUnit> = bad_units
            .iter()
            .filter_map(|unit| self.units.get(*unit))
            .cloned()
            .collect();
        self.units.retain(|unit| {
            bad.iter()
                .all(|bad| !Arc::ptr_eq(&unit.file, &bad.file) || unit.place.offset <= bad.place.offset)
        });
    }
}

fn not_a_log(path: &Path, error: LogError) -> EventLogError {
    EventLogError::NotALog {
        path: path.to_owned(),
        error,
    }
}

fn wide(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// A few bytes of a file, so that many small blocks don't take a system call each.
struct Window<'a> {
    file: &'a File,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    fn of(file: &'a File) -> Self {
        Self {
            file,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// The bytes from `offset` on; `None` if the file ends before.
    fn array<const N: usize>(&mut self, offset: u64) -> std::io::Result<Option<[u8; N]>> {
        if let Some(found) = self.find(offset) {
            return Ok(Some(found));
        }
        self.bytes.resize(WINDOW_BYTES, 0);
        self.start = offset;
        let mut n_read = 0;
        while n_read < N {
            let place = self.bytes.get_mut(n_read..).unwrap_or_default();
            match self.file.read_at(place, offset.saturating_add(wide(n_read))) {
                Ok(0) => break,
                Ok(n) => n_read += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes.truncate(n_read);
        Ok(self.find(offset))
    }

    fn find<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..)?.first_chunk::<N>().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use runbench_core::record::{HeadRecord, Record, SampleRecord};
    use tempfile::TempDir;

    use super::LogBlocks;
    use crate::event_files::{EventLogError, SegmentWriter};

    /// A segment of `n` samples of 1,000 bytes, a block after each `per_block` of them.
    fn segment(folder: &TempDir, name: &str, n: u64, per_block: u64) -> PathBuf {
        let head = HeadRecord {
            run_id: [1; 16],
            thread: 0,
            origin_unix_ns: 0,
            config_sha256: [0; 32],
            program_version: String::new(),
        };
        let path = folder.path().join(name);
        let mut writer = SegmentWriter::create(&path, &head).unwrap();
        for index in 0..n {
            let prompt = "x".repeat(1000);
            let n_token_ids = None;
            writer
                .push(&Record::Sample(SampleRecord {
                    index,
                    n_token_ids,
                    prompt,
                }))
                .unwrap();
            if index % per_block == per_block - 1 {
                writer.flush_block().unwrap();
            }
        }
        writer.finish().unwrap();
        path
    }

    /// Indexes of the samples, and the units that are not good.
    fn read(blocks: &LogBlocks) -> (Vec<u64>, Vec<usize>) {
        let (mut indexes, mut bad) = (Vec::new(), Vec::new());
        let mut buffer = Vec::new();
        for unit in (0..blocks.n_units()).rev() {
            let take = |record| {
                if let Record::Sample(sample) = record {
                    indexes.push(sample.index);
                }
                true
            };
            if !blocks.read(unit, &mut buffer, take).unwrap() {
                bad.push(unit);
            }
        }
        indexes.sort_unstable();
        (indexes, bad)
    }

    #[test]
    fn units_are_read_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        for (name, n, per_block, n_units) in [("a", 1000, 1, 5), ("b", 1000, 100_000, 5), ("c", 0, 1, 1)] {
            let path = segment(&folder, name, n, per_block);
            let blocks = LogBlocks::scan([path].iter()).unwrap();
            assert_eq!(read(&blocks), ((0..n).collect(), vec![]), "{name}");
            assert!(blocks.n_units() <= n_units, "{name}: {} units", blocks.n_units());
        }
    }

    #[test]
    fn nothing_behind_a_bad_block_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (segment(&folder, "a", 1000, 100), segment(&folder, "b", 1000, 100));
        let mut bytes = std::fs::read(&bad).unwrap();
        bytes[450_000] ^= 1;
        std::fs::write(&bad, &bytes).unwrap();
        let mut blocks = LogBlocks::scan([good, bad].iter()).unwrap();
        let (_, bad_units) = read(&blocks);
        assert_eq!(bad_units.len(), 1);
        blocks.cut_behind(&bad_units);
        let mut expected: Vec<u64> = (0..1000).chain(0..400).collect();
        expected.sort_unstable();
        assert_eq!(read(&blocks).0, expected);
    }

    #[test]
    fn a_cut_file_gives_its_whole_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let path = segment(&folder, "a", 300, 10);
        let bytes = std::fs::read(&path).unwrap();
        for keep in [0, 7, 16, 40, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..keep]).unwrap();
            let blocks = LogBlocks::scan([path.clone()].iter()).unwrap();
            let (indexes, bad) = read(&blocks);
            assert_eq!(
                indexes,
                (0..u64::try_from(indexes.len()).unwrap()).collect::<Vec<_>>()
            );
            assert!(bad.is_empty() && indexes.len() % 10 == 0 && indexes.len() < 300);
        }
    }

    #[test]
    fn lengths_that_lie_end_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = segment(&folder, "a", 20, 10);
        let bytes = std::fs::read(&path).unwrap();
        for length in [0_u32, u32::MAX, 300 << 20, 50_000] {
            let mut changed = bytes.clone();
            changed[16..20].copy_from_slice(&length.to_le_bytes());
            std::fs::write(&path, &changed).unwrap();
            let blocks = LogBlocks::scan([path.clone()].iter()).unwrap();
            assert!(blocks.total_bytes() <= u64::try_from(bytes.len()).unwrap());
            assert_eq!(read(&blocks).0, Vec::<u64>::new());
        }
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rbl");
        std::fs::write(&path, "this is no event log at all").unwrap();
        let error = LogBlocks::scan([path].iter()).unwrap_err();
        assert!(matches!(error, EventLogError::NotALog { .. }));
    }
}
