//! The event log on disk: what is written comes back, and what is torn or changed is said.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use runbench::clock::Clock;
use runbench::event_files::{
    self, EventLog, EventLogError, LogState, LogWriter, Notice, SegmentWriter, thread_segment, write_end,
};
use runbench_core::event_log::TailCause;
use runbench_core::record::{
    EndRecord, HeadRecord, Record, RequestRecord, RunState, SampleRecord, SegmentRecord, TransportEnd,
};

fn head(thread: u32) -> HeadRecord {
    HeadRecord {
        run_id: [7; 16],
        thread,
        origin_unix_ns: 1,
        config_sha256: [9; 32],
        program_version: "0.1.0".to_owned(),
    }
}

fn request(id: u64, body_bytes: usize) -> RequestRecord {
    RequestRecord {
        id,
        sample_index: 0,
        scheduled_ns: id,
        issued_ns: id + 1,
        head_ns: None,
        done_ns: id + 2,
        http_status: Some(200),
        event_stream: false,
        reads: Vec::new(),
        body: vec![b'x'; body_bytes],
        end: TransportEnd::Complete,
        connection: runbench_core::record::ConnectionUse::default(),
    }
}

/// A log of two threads with `n` requests each, without an end.
fn write_threads(folder: &Path, n: u64) -> Vec<SegmentRecord> {
    let mut samples = SegmentWriter::create(&folder.join(event_files::SAMPLES), &head(0)).unwrap();
    samples
        .push(&Record::Sample(SampleRecord {
            index: 0,
            n_token_ids: None,
            prompt: "p".to_owned(),
        }))
        .unwrap();
    let mut segments = vec![samples.finish().unwrap()];
    let writer = LogWriter::start(folder, &[head(0), head(1)], Clock::start()).unwrap();
    for thread in 0..2 {
        let mut log = writer.thread_log(thread);
        (0..n).for_each(|id| log.push(&request(id * 2 + u64::try_from(thread).unwrap(), 1000)));
        log.flush();
    }
    segments.extend(writer.finish().unwrap().segments);
    segments
}

fn end(folder: &Path, segments: Vec<SegmentRecord>, state: RunState) {
    write_end(
        folder,
        &head(0),
        segments,
        &[],
        EndRecord {
            state,
            started_ns: 5,
            ended_ns: 50,
        },
    )
    .unwrap();
}

/// Ids of the requests in reading order, and the notices.
fn read(folder: &Path) -> (Vec<u64>, Vec<Notice>) {
    let log = EventLog::open(folder).unwrap();
    let mut records = log.records();
    let mut ids = Vec::new();
    for record in records.by_ref() {
        if let Record::Request(request) = record.unwrap() {
            ids.push(request.id);
        }
    }
    (ids, records.notices().to_vec())
}

#[test]
fn a_whole_log_comes_back_thread_by_thread() {
    let folder = tempfile::tempdir().unwrap();
    let segments = write_threads(folder.path(), 1000);
    end(folder.path(), segments, RunState::Complete);
    let (ids, notices) = read(folder.path());
    let expected: Vec<u64> = (0..1000)
        .map(|id| id * 2)
        .chain((0..1000).map(|id| id * 2 + 1))
        .collect();
    assert_eq!((ids, notices), (expected, Vec::new()));
    assert_eq!(EventLog::open(folder.path()).unwrap().state(), LogState::Complete);
}

#[test]
fn the_end_tells_an_interrupted_run_from_a_killed_one() {
    let folder = tempfile::tempdir().unwrap();
    let segments = write_threads(folder.path(), 1);
    assert_eq!(EventLog::open(folder.path()).unwrap().state(), LogState::Killed);
    end(folder.path(), segments, RunState::Interrupted);
    assert_eq!(
        EventLog::open(folder.path()).unwrap().state(),
        LogState::Interrupted
    );
}

#[test]
fn a_torn_tail_is_dropped_and_said() {
    let folder = tempfile::tempdir().unwrap();
    write_threads(folder.path(), 1000);
    let path = folder.path().join(thread_segment(1));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let (ids, notices) = read(folder.path());
    assert!(ids.len() > 1000 && ids.len() < 2000, "{} requests", ids.len());
    let [Notice::DroppedTail { segment, tail }] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!(
        (segment.as_str(), tail.cause),
        ("thread-1.rbl", TailCause::Truncated)
    );
    assert_eq!(tail.offset + tail.bytes, u64::try_from(bytes.len()).unwrap() - 1);
}

#[test]
fn a_segment_shortened_at_a_block_is_noticed_by_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let segments = write_threads(folder.path(), 1000);
    end(folder.path(), segments, RunState::Complete);
    let path = folder.path().join(thread_segment(0));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let (_, notices) = read(folder.path());
    let [Notice::DroppedTail { tail, .. }, Notice::Changed { .. }] = &notices[..] else {
        panic!("{notices:?}")
    };
    std::fs::write(&path, &bytes[..usize::try_from(tail.offset).unwrap()]).unwrap();
    let (_, notices) = read(folder.path());
    assert!(
        matches!(&notices[..], [Notice::Changed { segment, .. }] if segment == "thread-0.rbl"),
        "{notices:?}"
    );
}

#[test]
fn a_missing_segment_is_noticed_by_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let segments = write_threads(folder.path(), 1);
    end(folder.path(), segments, RunState::Complete);
    std::fs::remove_file(folder.path().join(thread_segment(1))).unwrap();
    assert_eq!(
        read(folder.path()).1,
        [Notice::Missing {
            segment: "thread-1.rbl".to_owned()
        }]
    );
}

#[test]
fn segments_of_two_runs_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    write_threads(folder.path(), 1);
    let other = HeadRecord {
        run_id: [8; 16],
        ..head(2)
    };
    SegmentWriter::create(&folder.path().join(thread_segment(2)), &other)
        .unwrap()
        .finish()
        .unwrap();
    assert!(matches!(
        EventLog::open(folder.path()),
        Err(EventLogError::OtherRun(_))
    ));
}

#[test]
fn a_folder_without_a_log_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        EventLog::open(folder.path()),
        Err(EventLogError::NoLog(_))
    ));
}

#[test]
fn an_empty_segment_of_a_killed_run_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    write_threads(folder.path(), 3);
    std::fs::write(folder.path().join(thread_segment(2)), b"").unwrap();
    assert_eq!(read(folder.path()).0.len(), 6);
}
