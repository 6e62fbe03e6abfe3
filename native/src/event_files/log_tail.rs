//! Segments that are still being written, followed block by block.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::EventLogError;
use super::blocks::{BlockFile, LogUnit, Place};

/// What was written to some segments since it was last looked at.
///
/// It reads the files as any other program could and shares nothing with their writer, which therefore never waits for
/// it. A block that isn't whole yet is looked at again.
#[derive(Debug)]
pub struct LogTail {
    files: Vec<(Arc<BlockFile>, Place)>,
    found: VecDeque<LogUnit>,
}

impl LogTail {
    /// Follows segments that are there already, from their first block on.
    pub(super) fn follow<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<Self, EventLogError> {
        let mut files = Vec::new();
        for path in paths {
            files.extend(BlockFile::open(path)?);
        }
        Ok(Self {
            files,
            found: VecDeque::new(),
        })
    }

    /// The next blocks of one of the segments; `None` if nothing was written since. Each block comes once.
    pub fn next_unit(&mut self) -> Result<Option<LogUnit>, EventLogError> {
        if self.found.is_empty() {
            for (file, place) in &mut self.files {
                let mut units = Vec::new();
                let scanned = file.scan(place, &mut units);
                // Those before a failure are known now, and won't be found again.
                self.found.extend(units);
                scanned?;
            }
        }
        Ok(self.found.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use runbench_core::record::{HeadRecord, Record, TokenRecord};

    use super::LogTail;
    use crate::event_files::SegmentWriter;

    fn writer(path: &Path) -> SegmentWriter {
        let head = HeadRecord {
            run_id: [1; 16],
            thread: 0,
            origin_unix_ns: 0,
            config_sha256: [0; 32],
            program_version: String::new(),
        };
        SegmentWriter::create(path, &head).unwrap()
    }

    fn push(writer: &mut SegmentWriter, id: u64) {
        let (isl, osl, after_first) = (0, None, None);
        let record = TokenRecord {
            id,
            isl,
            osl,
            after_first,
        };
        writer.push(&Record::Tokens(record)).unwrap();
    }

    /// Ids of what was written since the last time.
    fn new_ids(tail: &mut LogTail) -> Vec<u64> {
        let (mut ids, mut buffer) = (Vec::new(), Vec::new());
        while let Some(unit) = tail.next_unit().unwrap() {
            let take = |record| {
                if let Record::Tokens(record) = record {
                    ids.push(record.id);
                }
                true
            };
            assert!(unit.read(&mut buffer, take).unwrap());
        }
        ids
    }

    #[test]
    fn each_block_comes_once_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["thread-0.rbl", "thread-1.rbl"].map(|name| folder.path().join(name));
        let [mut one, mut other] = [writer(&paths[0]), writer(&paths[1])];
        let mut tail = LogTail::follow(paths.iter()).unwrap();
        push(&mut one, 1);
        assert_eq!(new_ids(&mut tail), [0; 0], "nothing was flushed");
        one.flush_block().unwrap();
        push(&mut other, 2);
        other.flush_block().unwrap();
        assert_eq!(new_ids(&mut tail), [1, 2]);
        assert_eq!(new_ids(&mut tail), [0; 0]);
        for id in 3..100 {
            push(&mut one, id);
            one.flush_block().unwrap();
        }
        assert_eq!(new_ids(&mut tail), (3..100).collect::<Vec<_>>());
    }

    #[test]
    fn waits_for_the_rest_of_a_block() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.rbl");
        let mut writer = writer(&whole);
        for id in 0..3 {
            push(&mut writer, id);
            writer.flush_block().unwrap();
        }
        writer.finish().unwrap();
        let bytes = std::fs::read(&whole).unwrap();
        // The same file, growing by 7 bytes at a time: no block is lost, and none comes early or twice.
        let path = folder.path().join("thread-0.rbl");
        std::fs::write(&path, &bytes[..16]).unwrap();
        let mut tail = LogTail::follow([path.clone()].iter()).unwrap();
        let mut seen = Vec::new();
        for end in (16..=bytes.len()).step_by(7).chain([bytes.len()]) {
            std::fs::write(&path, &bytes[..end]).unwrap();
            seen.extend(new_ids(&mut tail));
        }
        assert_eq!(seen, [0, 1, 2]);
    }
}
