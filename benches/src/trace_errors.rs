//! The client's stamps beside the mock's trace: how far apart the two sides of the same socket are.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use runbench::event_files::EventLog;
use runbench_core::record::{Record, RequestRecord, TransportEnd};
use runbench_core::sse::Decoder;
use serde_json::Value;

/// What the mock says of one request. Nanoseconds since the Unix epoch.
#[derive(Clone, Debug, Default)]
struct Served {
    arrived_ns: i128,
    /// Just before each event's write.
    written_ns: Vec<i128>,
}

/// Differences between the client's view and the server's, each sorted. Nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct TraceErrors {
    /// Requests found on both sides.
    pub n_requests: usize,
    /// Requests that the client sent and the trace doesn't know, or the other way round.
    pub n_unmatched: usize,
    /// Read at the client less written at the server, of every event.
    pub event_ns: Vec<i128>,
    /// TTFT of the client less TTFT of the server.
    pub ttft_ns: Vec<i128>,
    /// Request read at the server less issue at the client.
    pub arrival_ns: Vec<i128>,
    /// Gap between two events at the client less the same gap at the server.
    pub gap_ns: Vec<i128>,
}

impl TraceErrors {
    /// Compares the event log in `folder` with the trace in `file`.
    pub fn compare(folder: &Path, file: &Path) -> Result<Self> {
        let served = read_trace(file)?;
        let log = EventLog::open(folder)?;
        let origin_ns = i128::from(log.head().origin_unix_ns);
        let mut errors = Self::default();
        let mut n_matched = 0;
        for record in log.records() {
            let Record::Request(record) = record? else {
                continue;
            };
            if record.end != TransportEnd::Complete {
                continue;
            }
            match request_number(&record).and_then(|number| served.get(&number)) {
                Some(served) => {
                    n_matched += 1;
                    errors.add(&record, served, origin_ns);
                }
                None => errors.n_unmatched += 1,
            }
        }
        errors.n_requests = n_matched;
        errors.n_unmatched += served.len().saturating_sub(n_matched);
        for series in [
            &mut errors.event_ns,
            &mut errors.ttft_ns,
            &mut errors.arrival_ns,
            &mut errors.gap_ns,
        ] {
            series.sort_unstable();
        }
        Ok(errors)
    }

    fn add(&mut self, record: &RequestRecord, served: &Served, origin_ns: i128) {
        let unix_ns = |at_ns: u64| origin_ns + i128::from(at_ns);
        let seen_ns: Vec<i128> = event_stamps(record).into_iter().map(unix_ns).collect();
        let pairs: Vec<(i128, i128)> = seen_ns
            .into_iter()
            .zip(served.written_ns.iter().copied())
            .collect();
        self.event_ns
            .extend(pairs.iter().map(|(seen, written)| seen - written));
        self.arrival_ns
            .push(served.arrived_ns - unix_ns(record.issued_ns));
        // A chat's first event only opens the stream; the second brings the first token.
        if let Some((seen, written)) = pairs.get(1) {
            let client_ns = seen - unix_ns(record.issued_ns);
            self.ttft_ns.push(client_ns - (written - served.arrived_ns));
        }
        for pair in pairs.windows(2) {
            if let [(seen, written), (next_seen, next_written)] = pair {
                self.gap_ns.push((next_seen - seen) - (next_written - written));
            }
        }
    }
}

/// The value below which the share `p` (of 0 to 1) of a sorted series lies.
pub fn percentile(sorted: &[i128], p: f64) -> i128 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank"
    )]
    let rank = (p * sorted.len().saturating_sub(1) as f64) as usize;
    sorted.get(rank).copied().unwrap_or(0)
}

fn read_trace(file: &Path) -> Result<BTreeMap<u64, Served>> {
    let mut served: BTreeMap<u64, Served> = BTreeMap::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let value: Value = serde_json::from_str(line)?;
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        let entry = served
            .entry(number("request").context("a line without `request`")?)
            .or_default();
        if let Some(arrived_ns) = number("arrived_ns") {
            entry.arrived_ns = i128::from(arrived_ns);
        }
        if let Some(write_ns) = number("write_ns") {
            entry.written_ns.push(i128::from(write_ns));
        }
    }
    Ok(served)
}

/// When the last byte of each event came.
fn event_stamps(record: &RequestRecord) -> Vec<u64> {
    let mut ends = Vec::new();
    // An event of this mock is short; one that isn't shows as a missing stamp.
    let _too_large = Decoder::new(1 << 20).push(&record.body, |event| ends.push(event.end));
    ends.into_iter()
        .filter_map(|end| {
            let read = record.reads.iter().find(|read| read.body_end >= end)?;
            Some(read.at_ns)
        })
        .collect()
}

/// The number in `"id":"chatcmpl-<16 hexadecimal digits>"`.
fn request_number(record: &RequestRecord) -> Option<u64> {
    let text = std::str::from_utf8(record.body.get(..200)?).ok()?;
    let digits = text.split_once("chatcmpl-")?.1.get(..16)?;
    u64::from_str_radix(digits, 16).ok()
}
