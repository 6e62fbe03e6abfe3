//! Drains of logs on disk, with counters that are right, wrong or slow.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use runbench_core::record::{
    ConnectionUse, FailureClass, HeadRecord, Record, RequestRecord, SampleRecord, TokenRecord, TransportEnd,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

mod live;

use super::{Counters, Drain, Drained, Ended, SELF_CHECK_TEXTS, Stop, WorkerPlan, WorkerWish, drain};
use crate::event_files::{EventLog, SegmentWriter};
use crate::tokens::{CountTokens, TokenModel, TokenizerSource, WORDS};

fn request(id: u64, sample_index: u64, texts: &[&str]) -> Record {
    let mut body = String::new();
    for text in texts {
        body += "data: ";
        body += &serde_json::json!({"choices": [{"text": text}]}).to_string();
        body += "\n\n";
    }
    body += "data: [DONE]\n\n";
    Record::Request(RequestRecord {
        id,
        sample_index,
        scheduled_ns: 0,
        issued_ns: 0,
        head_ns: None,
        done_ns: 10,
        http_status: Some(200),
        event_stream: true,
        reads: Vec::new(),
        body: body.into_bytes(),
        end: TransportEnd::Complete,
        connection: ConnectionUse::default(),
    })
}

fn failed(record: Record) -> Record {
    match record {
        Record::Request(mut request) => {
            request.end = TransportEnd::Failed(FailureClass::TimedOut, String::new());
            Record::Request(request)
        }
        other => other,
    }
}

fn sample(index: u64, prompt: &str) -> Record {
    Record::Sample(SampleRecord {
        index,
        n_token_ids: None,
        prompt: prompt.to_owned(),
    })
}

fn head() -> HeadRecord {
    HeadRecord {
        run_id: [9; 16],
        thread: 0,
        origin_unix_ns: 0,
        config_sha256: [0; 32],
        program_version: String::new(),
    }
}

/// A log with a block for every `per_block` records; requests are dealt out to three threads.
fn log(records: Vec<Record>, per_block: usize) -> (TempDir, EventLog) {
    let folder = tempfile::tempdir().unwrap();
    let head = head();
    let names = ["samples.rbl", "thread-0.rbl", "thread-1.rbl", "thread-2.rbl"];
    let mut writers = names.map(|name| SegmentWriter::create(&folder.path().join(name), &head).unwrap());
    for (number, record) in records.into_iter().enumerate() {
        let segment = match &record {
            Record::Request(_) => 1 + number % 3,
            _ => 0,
        };
        writers[segment].push(&record).unwrap();
        if number % per_block == 0 {
            writers[segment].flush_block().unwrap();
        }
    }
    for writer in writers {
        writer.finish().unwrap();
    }
    let log = EventLog::open(folder.path()).unwrap();
    (folder, log)
}

fn plan(threads: usize) -> WorkerPlan {
    WorkerPlan::here(&WorkerWish {
        threads: Some(threads),
        ..WorkerWish::default()
    })
}

fn run(
    log: &EventLog,
    counters: &dyn Counters,
    stop: &Stop<'_>,
    known: &[u64],
) -> (Vec<TokenRecord>, Drained) {
    let mut seen = Vec::new();
    let plan = plan(3);
    let job = Drain {
        log,
        counters,
        plan: &plan,
        stop,
        fast: counters.has_fast(),
        head_start: None,
    };
    let drained = drain(job, |id| known.contains(&id), |record| seen.push(record)).unwrap();
    seen.sort_by_key(|record| record.id);
    (seen, drained)
}

fn counts(records: Vec<Record>, interrupted: bool, known: &[u64]) -> (Vec<TokenRecord>, Ended) {
    let model = TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap();
    let interrupt = AtomicBool::new(interrupted);
    let (_folder, log) = log(records, 2);
    let (seen, drained) = run(&log, &model, &Stop::new(&interrupt, Duration::ZERO), known);
    (seen, drained.ended)
}

fn token(id: u64, isl: u64, osl: Option<u64>, after_first: Option<u64>) -> TokenRecord {
    TokenRecord {
        id,
        isl,
        osl,
        after_first,
    }
}

#[test]
fn counts_the_whole_text_and_what_follows_the_first_chunk() {
    // Rows that were not sent aren't counted.
    let records = vec![
        request(0, 5, &["on", "e two", " one"]),
        request(1, 5, &["one"]),
        request(2, 6, &[]),
        sample(5, "one two"),
        sample(6, "one"),
        sample(7, "never sent"),
    ];
    let (counted, ended) = counts(records, false, &[]);
    assert_eq!(ended, Ended::Finished);
    assert_eq!(
        counted,
        [
            token(0, 2, Some(3), Some(3)),
            token(1, 2, Some(1), None),
            token(2, 1, None, None)
        ]
    );
}

#[test]
fn leaves_out_failures_and_what_was_counted() {
    let records = vec![
        sample(0, "one"),
        failed(request(0, 0, &["one"])),
        request(1, 0, &["one"]),
        request(2, 0, &["one"]),
    ];
    assert_eq!(counts(records, false, &[1]).0, [token(2, 1, Some(1), None)]);
}

#[test]
fn a_request_without_its_prompt_gets_no_count() {
    assert_eq!(
        counts(vec![request(0, 9, &["one"])], false, &[]),
        (Vec::new(), Ended::Finished)
    );
}

#[test]
fn token_ids_are_their_number() {
    let ids = Record::Sample(SampleRecord {
        index: 0,
        n_token_ids: Some(77),
        prompt: String::new(),
    });
    assert_eq!(
        counts(vec![ids, request(0, 0, &["one"])], false, &[]).0,
        [token(0, 77, Some(1), None)]
    );
}

#[test]
fn an_interrupt_is_told() {
    assert_eq!(
        counts(vec![sample(0, "one"), request(0, 0, &["one"])], true, &[]),
        (Vec::new(), Ended::Interrupted)
    );
}

/// A row of every number of words up to ten, and requests for them.
fn many(n: u64) -> Vec<Record> {
    let prompt = |row: u64| "w ".repeat(usize::try_from(row + 1).unwrap());
    let samples = (0..10).map(|row| sample(row, &prompt(row)));
    let answer = |id: u64| format!("answer {id} has words");
    let requests = (0..n).map(|id| request(id, id % 10, &["first ", &answer(id)]));
    samples.chain(requests).collect()
}

#[test]
fn many_blocks_and_threads_give_each_count_once() {
    let (counted, ended) = counts(many(2000), false, &[]);
    assert_eq!(ended, Ended::Finished);
    let expected: Vec<TokenRecord> = (0..2000)
        .map(|id| token(id, id % 10 + 1, Some(5), Some(4)))
        .collect();
    assert_eq!(counted, expected);
}

#[test]
fn blocks_behind_a_changed_byte_are_not_counted() {
    let (folder, _) = log(many(300), 10);
    let path = folder.path().join("thread-1.rbl");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let log = EventLog::open(folder.path()).unwrap();
    let good: Vec<u64> = log
        .records()
        .filter_map(|record| match record.unwrap() {
            Record::Request(request) => Some(request.id),
            _ => None,
        })
        .collect();
    assert!((201..300).contains(&good.len()));
    let model = TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap();
    let never = AtomicBool::new(false);
    let (counted, drained) = run(&log, &model, &Stop::new(&never, Duration::ZERO), &[]);
    assert_eq!((counted.len(), drained.n_wanted), (good.len(), good.len()));
}

/// Counts words; the fast one is wrong on texts with `wrong` in them, and stops `interrupt` after some texts.
struct Words<'a> {
    wrong: &'static str,
    stop_after: u64,
    n_counted: AtomicU64,
    interrupt: &'a AtomicBool,
}

struct WordWorker<'a> {
    words: &'a Words<'a>,
    is_fast: bool,
}

impl Counters for Words<'_> {
    fn worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(WordWorker {
            words: self,
            is_fast: true,
        })
    }

    fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(WordWorker {
            words: self,
            is_fast: false,
        })
    }

    fn has_fast(&self) -> bool {
        true
    }
}

impl CountTokens for WordWorker<'_> {
    fn count(&mut self, text: &str, special: bool) -> Option<u64> {
        assert!(!special, "special tokens are no part of ISL and OSL");
        let n = u64::try_from(text.split_whitespace().count()).unwrap();
        if !self.is_fast {
            return Some(n);
        }
        if self.words.n_counted.fetch_add(1, Ordering::SeqCst) + 1 == self.words.stop_after {
            self.words.interrupt.store(true, Ordering::SeqCst);
        }
        let is_wrong = !self.words.wrong.is_empty() && text.contains(self.words.wrong);
        Some(n + u64::from(is_wrong))
    }
}

fn words<'a>(wrong: &'static str, stop_after: u64, interrupt: &'a AtomicBool) -> Words<'a> {
    Words {
        wrong,
        stop_after,
        n_counted: AtomicU64::new(0),
        interrupt,
    }
}

#[test]
fn right_counters_are_compared_and_kept() {
    let interrupt = AtomicBool::new(false);
    let (_folder, log) = log(many(2500), 50);
    let words = words("", u64::MAX, &interrupt);
    let (counted, drained) = run(&log, &words, &Stop::new(&interrupt, Duration::ZERO), &[]);
    assert_eq!((counted.len(), drained.difference), (2500, None));
    // The fixed set, 1,250 requests of two texts each, and their ten rows.
    let fixed = u64::try_from(SELF_CHECK_TEXTS.len()).unwrap();
    assert_eq!(drained.n_checked, fixed + 2 * 1250 + 10);
}

#[test]
fn a_wrong_count_in_the_sample_is_found() {
    for (wrong, at_least_one_text) in [
        ("has words", true),
        ("w w w w w w w w w w", true),
        ("DON'T", false),
    ] {
        let interrupt = AtomicBool::new(false);
        let (_folder, log) = log(many(100), 10);
        let words = words(wrong, u64::MAX, &interrupt);
        let (_, drained) = run(&log, &words, &Stop::new(&interrupt, Duration::ZERO), &[]);
        let difference = drained.difference.unwrap();
        assert_eq!(
            difference.fast,
            difference.oracle.map(|oracle| oracle + 1),
            "{wrong}"
        );
        let fixed = super::self_check::TEXTS.iter().find(|text| text.contains(wrong));
        assert_eq!(fixed.is_none(), at_least_one_text);
        if let Some(text) = fixed {
            let hash: [u8; 32] = Sha256::digest(text).into();
            assert_eq!(difference.text_sha256, hash);
        }
    }
}

#[test]
fn an_interrupt_keeps_what_is_counted() {
    let interrupt = AtomicBool::new(false);
    let (_folder, log) = log(many(2000), 20);
    let words = words("", 1000, &interrupt);
    let (counted, drained) = run(&log, &words, &Stop::new(&interrupt, Duration::ZERO), &[]);
    assert_eq!((drained.ended, drained.n_wanted), (Ended::Interrupted, 2000));
    assert!((100..2000).contains(&counted.len()), "{}", counted.len());
    for record in counted {
        assert_eq!(record, token(record.id, record.id % 10 + 1, Some(5), Some(4)));
    }
}

#[test]
fn an_expired_budget_is_told() {
    let never = AtomicBool::new(false);
    let (_folder, log) = log(many(50), 5);
    let model = TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap();
    let (counted, drained) = run(&log, &model, &Stop::new(&never, Duration::from_nanos(1)), &[]);
    assert_eq!((counted.len(), drained.ended), (0, Ended::TimedOut));
}
