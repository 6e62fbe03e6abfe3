//! `events.jsonl` as the reference writes it, from the event log: one line an event, in the order of their times.

use std::collections::BTreeMap;
use std::io::{self, Write};

use runbench_core::answer;
use runbench_core::record::{Record, RequestRecord, SampleRecord};
use runbench_core::report::{SessionEvent, end_lines, first_chunk_line, issued_line, session_line};

use crate::event_export::ExportError;
use crate::event_files::{EventLog, EventLogError, SegmentRecords};

/// An event that comes before its request's end. Sorted by time, then issue before first chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Early {
    at_ns: u64,
    is_first_chunk: bool,
    id: u64,
    sample_index: u64,
}

/// Writes all events of a run. Memory: the dataset's prompts, some 64 bytes a request, and a request of each thread.
pub fn write_reference_events(log: &EventLog, out: &mut dyn Write) -> Result<(), ExportError> {
    let run_id = log.head().run_id;
    let mut samples: BTreeMap<u64, SampleRecord> = BTreeMap::new();
    let mut early = Vec::new();
    let (mut first_ns, mut last_ns) = (u64::MAX, 0);
    for record in log.records() {
        match record? {
            Record::Sample(sample) => drop(samples.insert(sample.index, sample)),
            Record::Request(request) => {
                first_ns = first_ns.min(request.issued_ns);
                last_ns = last_ns.max(request.done_ns);
                early.extend(events_before_end(&request));
            }
            _ => {}
        }
    }
    early.sort_unstable();
    let window = log.end().map(|end| (end.started_ns, end.ended_ns));
    // The log of a run that was killed doesn't say when its window opened.
    let (started_ns, ended_ns) = window.unwrap_or((first_ns.min(last_ns), last_ns));
    let mut write = |line: &str| -> io::Result<()> { out.write_all(line.as_bytes()) };
    write(&session_line(SessionEvent::Started, started_ns))?;
    write(&session_line(SessionEvent::StartTracking, started_ns))?;
    let mut early = early.into_iter().peekable();
    let mut ends = Ends::open(log)?;
    while let Some(request) = ends.next()? {
        while let Some(event) = early.next_if(|event| event.at_ns <= request.done_ns) {
            let Early { at_ns, id, .. } = event;
            write(&if event.is_first_chunk {
                first_chunk_line(run_id, id, at_ns)
            } else {
                issued_line(run_id, id, at_ns, samples.get(&event.sample_index))
            })?;
        }
        write(&end_lines(run_id, &request, &answer::decode(&request)))?;
    }
    write(&session_line(SessionEvent::StopTracking, ended_ns))?;
    write(&session_line(SessionEvent::Ended, ended_ns))?;
    Ok(out.flush()?)
}

/// A request's issue, and the first chunk of an answer that is good.
fn events_before_end(request: &RequestRecord) -> impl Iterator<Item = Early> {
    let event = |at_ns: u64, is_first_chunk| Early {
        at_ns: at_ns.min(request.done_ns),
        is_first_chunk,
        id: request.id,
        sample_index: request.sample_index,
    };
    let first_ns = answer::decode(request).ok().and_then(|answer| answer.first_ns);
    let first = first_ns.map(|at_ns| event(at_ns, true));
    [event(request.issued_ns, false)].into_iter().chain(first)
}

/// The requests of all threads by their end. Each thread's stand in that order in its segment.
struct Ends {
    threads: Vec<(RequestRecord, SegmentRecords)>,
}

impl Ends {
    fn open(log: &EventLog) -> Result<Self, EventLogError> {
        let mut threads = Vec::new();
        for mut records in log.request_records()? {
            if let Some(request) = next_request(&mut records)? {
                threads.push((request, records));
            }
        }
        Ok(Self { threads })
    }

    fn next(&mut self) -> Result<Option<RequestRecord>, EventLogError> {
        let by_end = |(_, (request, _)): &(usize, &(RequestRecord, SegmentRecords))| request.done_ns;
        let Some((place, _)) = self.threads.iter().enumerate().min_by_key(by_end) else {
            return Ok(None);
        };
        let Some((request, records)) = self.threads.get_mut(place) else {
            return Ok(None);
        };
        match next_request(records)? {
            Some(next) => Ok(Some(std::mem::replace(request, next))),
            None => Ok(Some(self.threads.swap_remove(place).0)),
        }
    }
}

fn next_request(records: &mut SegmentRecords) -> Result<Option<RequestRecord>, EventLogError> {
    for record in records {
        if let Record::Request(request) = record? {
            return Ok(Some(request));
        }
    }
    Ok(None)
}
