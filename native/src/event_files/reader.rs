//! Reading an event log back, in bounded memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::blocks::LogBlocks;
use super::log_tail::LogTail;
use runbench_core::event_log::{DroppedTail, LogError, SegmentDecoder, TailCause};
use runbench_core::record::{EndRecord, HeadRecord, HealthRecord, Record, RunState, SegmentRecord};

/// Bytes read from a file at once.
const PIECE_BYTES: usize = 256 << 10;

/// Why an event log can't be read.
#[derive(Debug, thiserror::Error)]
pub enum EventLogError {
    /// No segment in the folder.
    #[error("`{}` holds no event log (no `*.rbl` file)", .0.display())]
    NoLog(PathBuf),
    /// A file or folder can't be read.
    #[error("can't read `{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file that is no segment of this version.
    #[error("`{}`: {error}", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: LogError,
    },
    /// A segment that doesn't begin with its head.
    #[error("`{}` does not begin with a head", .0.display())]
    NoHead(PathBuf),
    /// Segments of different runs in one folder.
    #[error("`{}` belongs to another run than the other files beside it", .0.display())]
    OtherRun(PathBuf),
}

/// How the run ended, as far as its log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogState {
    /// It ran to its end.
    Complete,
    /// A signal or an error cut it short, and it could still say so.
    Interrupted,
    /// It could not say how it ended: killed, or the machine went down.
    Killed,
}

/// Something that a reader of the figures must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The end of a segment could not be trusted.
    DroppedTail {
        /// File name.
        segment: String,
        /// What was dropped.
        tail: DroppedTail,
    },
    /// A segment is not what the run's end says it was.
    Changed {
        /// File name.
        segment: String,
        /// Bytes that the run's end names.
        expected_bytes: u64,
        /// Bytes of it that are good.
        good_bytes: u64,
    },
    /// A segment that the run's end names is not there.
    Missing {
        /// File name.
        segment: String,
    },
}

impl std::fmt::Display for Notice {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DroppedTail { segment, tail } => {
                let cause = match tail.cause {
                    TailCause::Truncated => "its last write was cut",
                    TailCause::HashMismatch => "they do not fit their hash, so something changed them",
                    TailCause::BlockTooLong => "they claim a block larger than any can be",
                };
                write!(
                    out,
                    "`{segment}`: {} bytes from byte {} on were dropped: {cause}",
                    tail.bytes, tail.offset
                )
            }
            Self::Changed {
                segment,
                expected_bytes,
                good_bytes,
            } => write!(
                out,
                "`{segment}` is not as the run left it: {expected_bytes} bytes then, {good_bytes} good bytes now"
            ),
            Self::Missing { segment } => write!(out, "`{segment}` is missing, though the run wrote it"),
        }
    }
}

/// An event log: which segments there are, and how the run ended.
#[derive(Debug)]
pub struct EventLog {
    segments: Vec<PathBuf>,
    head: HeadRecord,
    end: Option<EndRecord>,
    health: Vec<HealthRecord>,
    expected: BTreeMap<String, SegmentRecord>,
    notices: Vec<Notice>,
}

impl EventLog {
    /// Opens the log in `folder` (`OUT/events`).
    pub fn open(folder: &Path) -> Result<Self, EventLogError> {
        let segments = list_segments(folder)?;
        let mut expected = BTreeMap::new();
        let mut end = None;
        let mut health = Vec::new();
        let mut notices = Vec::new();
        if let Some(path) = segments.iter().find(|path| file_name(path) == super::END) {
            let mut segment = Segment::open(path)?;
            while let Some(record) = segment.next()? {
                match record {
                    Record::Segment(record) => drop(expected.insert(record.name.clone(), record)),
                    Record::End(record) => end = Some(record),
                    Record::Health(record) => health.push(record),
                    _ => {}
                }
            }
            notices.extend(segment.notices(&BTreeMap::new()));
        }
        let present: Vec<String> = segments.iter().map(|path| file_name(path)).collect();
        let missing = expected.keys().filter(|name| !present.contains(name)).cloned();
        notices.extend(missing.map(|segment| Notice::Missing { segment }));
        let mut head = None;
        for path in &segments {
            let Some(found) = head_of(path)? else { continue };
            let first = head.get_or_insert(found.clone());
            if first.run_id != found.run_id {
                return Err(EventLogError::OtherRun(path.clone()));
            }
        }
        let head = head.ok_or_else(|| EventLogError::NoLog(folder.to_owned()))?;
        Ok(Self {
            segments,
            head,
            end,
            health,
            expected,
            notices,
        })
    }

    /// How the run ended.
    pub fn state(&self) -> LogState {
        match self.end.map(|end| end.state) {
            Some(RunState::Complete) => LogState::Complete,
            Some(RunState::Interrupted) => LogState::Interrupted,
            None => LogState::Killed,
        }
    }

    /// The run's end; `None` if it was killed.
    pub fn end(&self) -> Option<EndRecord> {
        self.end
    }

    /// How the client threads fared; empty for a run that was killed, and for a log of version 1.
    pub fn health(&self) -> &[HealthRecord] {
        &self.health
    }

    /// The head of the first segment: run id, clock, configuration.
    pub fn head(&self) -> &HeadRecord {
        &self.head
    }

    /// The dataset rows, in blocks that may be read in any order.
    pub fn sample_blocks(&self) -> Result<LogBlocks, EventLogError> {
        LogBlocks::scan(self.of_kind(|name| name == super::SAMPLES))
    }

    /// The requests of all threads, in blocks that may be read in any order.
    pub fn request_blocks(&self) -> Result<LogBlocks, EventLogError> {
        LogBlocks::scan(self.of_kind(|name| place(name) == REQUESTS_PLACE))
    }

    /// The requests of all threads, while they are written.
    pub fn request_tail(&self) -> Result<LogTail, EventLogError> {
        LogTail::follow(self.of_kind(|name| place(name) == REQUESTS_PLACE))
    }

    /// The records of the token counts' segment, if there is one.
    pub fn token_records(&self) -> Result<SegmentRecords, EventLogError> {
        self.records_of(super::TOKENS)
    }

    /// The records of what the report says of the run, if there are some.
    pub fn info_records(&self) -> Result<SegmentRecords, EventLogError> {
        self.records_of(super::INFO)
    }

    /// The requests of each thread, in the order in which they ended.
    pub fn request_records(&self) -> Result<Vec<SegmentRecords>, EventLogError> {
        self.of_kind(|name| place(name) == REQUESTS_PLACE)
            .map(|path| Ok(SegmentRecords(Some(Segment::open(path)?))))
            .collect()
    }

    fn records_of(&self, wanted: &str) -> Result<SegmentRecords, EventLogError> {
        let path = self.of_kind(|name| name == wanted).next();
        Ok(SegmentRecords(path.map(|path| Segment::open(path)).transpose()?))
    }

    fn of_kind(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &PathBuf> {
        self.segments
            .iter()
            .filter(move |path| is_wanted(&file_name(path)))
    }

    /// All records, segment by segment: dataset rows, then each thread's requests, then token counts, then the end.
    pub fn records(&self) -> Records<'_> {
        Records {
            log: self,
            next_segment: 0,
            segment: None,
            notices: self.notices.clone(),
        }
    }
}

/// One pass over one segment; what had to be dropped shows in a pass over the whole log.
#[derive(Debug)]
pub struct SegmentRecords(Option<Segment>);

impl Iterator for SegmentRecords {
    type Item = Result<Record, EventLogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.0.as_mut()?.next();
        if result.is_err() {
            self.0 = None;
        }
        result.transpose()
    }
}

/// One pass over a log.
#[derive(Debug)]
pub struct Records<'a> {
    log: &'a EventLog,
    next_segment: usize,
    segment: Option<Segment>,
    notices: Vec<Notice>,
}

impl Records<'_> {
    /// What had to be dropped so far; everything once the pass is over.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    fn next_record(&mut self) -> Result<Option<Record>, EventLogError> {
        loop {
            let segment = match &mut self.segment {
                Some(segment) => segment,
                None => match self.log.segments.get(self.next_segment) {
                    Some(path) => {
                        self.next_segment += 1;
                        self.segment.insert(Segment::open(path)?)
                    }
                    None => return Ok(None),
                },
            };
            if let Some(record) = segment.next()? {
                return Ok(Some(record));
            }
            if segment.name != super::END {
                self.notices.extend(segment.notices(&self.log.expected));
            }
            self.segment = None;
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, EventLogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.next_record();
        if result.is_err() {
            self.segment = None;
            self.next_segment = self.log.segments.len();
        }
        result.transpose()
    }
}

/// One segment, read piece by piece.
#[derive(Debug)]
struct Segment {
    name: String,
    path: PathBuf,
    file: File,
    decoder: SegmentDecoder,
    piece: Vec<u8>,
    read_bytes: u64,
}

impl Segment {
    fn open(path: &Path) -> Result<Self, EventLogError> {
        let unreadable = |cause| EventLogError::Unreadable {
            path: path.to_owned(),
            cause,
        };
        let file = File::open(path).map_err(unreadable)?;
        Ok(Self {
            name: file_name(path),
            path: path.to_owned(),
            file,
            decoder: SegmentDecoder::new(),
            piece: vec![0; PIECE_BYTES],
            read_bytes: 0,
        })
    }

    fn next(&mut self) -> Result<Option<Record>, EventLogError> {
        loop {
            let found = self.decoder.next_record();
            if let Some(record) = found.map_err(|error| EventLogError::NotALog {
                path: self.path.clone(),
                error,
            })? {
                return Ok(Some(record));
            }
            let n_read = self
                .file
                .read(&mut self.piece)
                .map_err(|cause| EventLogError::Unreadable {
                    path: self.path.clone(),
                    cause,
                })?;
            if n_read == 0 {
                return Ok(None);
            }
            self.read_bytes += u64::try_from(n_read).unwrap_or(u64::MAX);
            self.decoder.push(self.piece.get(..n_read).unwrap_or(&[]));
        }
    }

    /// What is to be said of it once it was read to its end.
    fn notices(&self, expected: &BTreeMap<String, SegmentRecord>) -> Vec<Notice> {
        let tail = self.decoder.dropped_tail();
        let good_bytes = self.read_bytes - tail.map_or(0, |tail| tail.bytes);
        let dropped = tail.map(|tail| Notice::DroppedTail {
            segment: self.name.clone(),
            tail,
        });
        let changed = expected
            .get(&self.name)
            .filter(|record| record.bytes != good_bytes || Some(record.chain) != self.decoder.chain())
            .map(|record| Notice::Changed {
                segment: self.name.clone(),
                expected_bytes: record.bytes,
                good_bytes,
            });
        dropped.into_iter().chain(changed).collect()
    }
}

/// The head of a segment; `None` for one that was cut before its first block was whole.
fn head_of(path: &Path) -> Result<Option<HeadRecord>, EventLogError> {
    match Segment::open(path)?.next()? {
        Some(Record::Head(head)) => Ok(Some(head)),
        Some(_) => Err(EventLogError::NoHead(path.to_owned())),
        None => Ok(None),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Where segments of requests stand in the reading order.
const REQUESTS_PLACE: u8 = 1;

/// Where a segment stands in the reading order.
fn place(name: &str) -> u8 {
    match name {
        super::SAMPLES | super::INFO => 0,
        super::TOKENS => 2,
        super::END => 3,
        _ => REQUESTS_PLACE,
    }
}

/// Segments in reading order: dataset rows, threads by number, token counts, end.
fn list_segments(folder: &Path) -> Result<Vec<PathBuf>, EventLogError> {
    let unreadable = |cause| EventLogError::Unreadable {
        path: folder.to_owned(),
        cause,
    };
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "rbl") {
            segments.push(path);
        }
    }
    segments.sort_by_key(|path| {
        let name = file_name(path);
        let thread = name
            .strip_prefix("thread-")
            .and_then(|rest| rest.strip_suffix(".rbl"));
        (
            place(&name),
            thread.and_then(|thread| thread.parse::<u32>().ok()),
            name,
        )
    });
    if segments.is_empty() {
        Err(EventLogError::NoLog(folder.to_owned()))
    } else {
        Ok(segments)
    }
}
