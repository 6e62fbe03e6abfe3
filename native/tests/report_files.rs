//! The report folder, made from an event log on disk.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use runbench::affinity::allowed_cores;
use runbench::drain::{Counters, Ended, HeadStart, LiveCounter, Stop, WorkerPlan, WorkerWish};
use runbench::event_files::{self, EventLog, SegmentWriter, write_end};
use runbench::report_files::{
    Counting, FINAL_SNAPSHOT, Finished, REPORT_TEXT, RESULT_SUMMARY, RunInfo, answers, finish,
};
use runbench::run::Progress;
use runbench::tokens::{CountTokens, TokenModel, TokenizerSource};
use runbench_core::record::{
    EndRecord, FailureClass, HeadRecord, Read, Record, RequestRecord, RunState, SampleRecord,
    TokenizerRecord, TransportEnd,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const WORDS: &[u8] =
    br#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
    "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
    "model":{"type":"WordLevel","vocab":{"?":0},"unk_token":"?"}}"#;

const LETTERS: &[u8] =
    br#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
    "pre_tokenizer":{"type":"Split","pattern":{"Regex":"."},"behavior":"Isolated","invert":false},
    "post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"?":0},"unk_token":"?"}}"#;

struct Quiet;

impl Progress for Quiet {
    fn tick(&mut self, _: Duration, _: u64, _: u64, _: u64) {}
    fn phase(&mut self, _: &str) {}
}

fn request(id: u64, end: TransportEnd) -> Record {
    let first = "data: {\"choices\":[{\"text\":\"one\"}]}\n\n";
    let body = format!("{first}data: {{\"choices\":[{{\"text\":\" two three\"}}]}}\n\ndata: [DONE]\n\n");
    let start_ns = 1_000_000 * (id + 1);
    let bytes = |text: &str| u64::try_from(text.len()).unwrap();
    Record::Request(RequestRecord {
        id,
        sample_index: id % 3,
        scheduled_ns: start_ns,
        issued_ns: start_ns + 100,
        head_ns: Some(start_ns + 200),
        done_ns: start_ns + 3_000_100,
        http_status: Some(200),
        event_stream: true,
        reads: vec![
            Read {
                at_ns: start_ns + 1_000_100,
                body_end: bytes(first),
            },
            Read {
                at_ns: start_ns + 3_000_100,
                body_end: bytes(&body),
            },
        ],
        body: body.into_bytes(),
        end,
        connection: runbench_core::record::ConnectionUse::default(),
    })
}

/// A log of `good` good requests and two that timed out; without an end if it was killed.
fn write_log(good: u64, state: Option<RunState>) -> TempDir {
    let out = tempfile::tempdir().unwrap();
    let folder = event_files::folder(out.path());
    fs::create_dir_all(&folder).unwrap();
    let head = HeadRecord {
        run_id: [3; 16],
        thread: 0,
        origin_unix_ns: 1_700_000_000_000_000_000,
        config_sha256: [4; 32],
        program_version: "0.1.0".to_owned(),
    };
    let mut samples = SegmentWriter::create(&folder.join(event_files::SAMPLES), &head).unwrap();
    for index in 0..3 {
        let prompt = "word ".repeat(usize::try_from(index + 1).unwrap());
        samples
            .push(&Record::Sample(SampleRecord {
                index,
                n_token_ids: None,
                prompt,
            }))
            .unwrap();
    }
    let mut thread = SegmentWriter::create(&folder.join(event_files::thread_segment(0)), &head).unwrap();
    for id in 0..good {
        thread.push(&request(id, TransportEnd::Complete)).unwrap();
    }
    for id in good..good + 2 {
        let end = TransportEnd::Failed(FailureClass::TimedOut, "no answer within 3 ms".to_owned());
        thread.push(&request(id, end)).unwrap();
    }
    let segments = vec![samples.finish().unwrap(), thread.finish().unwrap()];
    if let Some(state) = state {
        let end = EndRecord {
            state,
            started_ns: 1_000_000,
            ended_ns: 900_000_000,
        };
        write_end(&folder, &head, segments, &[], end).unwrap();
    }
    out
}

fn info() -> RunInfo {
    RunInfo {
        load_pattern: "concurrency".to_owned(),
        concurrency: Some(3),
        streaming: true,
        ..RunInfo::default()
    }
}

fn report(out: &Path, tokenizer: Option<&'static [u8]>, interrupted: bool) -> Finished {
    let model = tokenizer.map(|bytes| TokenModel::load(&TokenizerSource::Embedded(bytes)).unwrap());
    finish(
        out,
        &info(),
        model.as_ref(),
        &AtomicBool::new(interrupted),
        &mut Quiet,
    )
    .unwrap()
}

fn summary(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join(RESULT_SUMMARY)).unwrap()).unwrap()
}

fn files(out: &Path) -> Vec<Vec<u8>> {
    [RESULT_SUMMARY, FINAL_SNAPSHOT, REPORT_TEXT]
        .map(|file| fs::read(out.join(file)).unwrap())
        .into()
}

#[test]
fn writes_the_figures_of_a_log() {
    let out = write_log(300, Some(RunState::Complete));
    let finished = report(out.path(), Some(WORDS), false);
    let summary = summary(out.path());
    assert_eq!(summary["n_samples_issued"], 302);
    assert_eq!(summary["n_samples_completed"], 300);
    assert_eq!(summary["failures"]["timed_out"], 2);
    // The last failed request, number 301, ended at 305.0001 ms.
    assert_eq!(summary["duration_ns"], 304_000_100);
    assert_eq!(summary["output_sequence_lengths"]["total"], 900);
    assert_eq!(summary["input_sequence_lengths"]["total"], 600);
    assert_eq!(summary["ttft"]["median"], 1_000_000.0);
    // 2 ms for two tokens.
    assert_eq!(summary["tpot"]["median"], 1_000_000.0);
    assert_eq!(summary["complete"], true);
    assert_eq!(
        finished.text.as_bytes(),
        fs::read(out.path().join(REPORT_TEXT)).unwrap()
    );
    assert!(
        finished.text.contains("WARNING: 2 requests failed"),
        "{}",
        finished.text
    );
    let metrics = &finished.metrics;
    assert_eq!(
        (metrics.n_issued, metrics.n_completed, metrics.n_pending_tasks),
        (302, 300, 0)
    );
}

#[test]
fn the_log_alone_gives_the_same_bytes_again() {
    let out = write_log(100, Some(RunState::Complete));
    report(out.path(), Some(WORDS), false);
    let first = files(out.path());
    report(out.path(), None, false);
    assert_eq!(files(out.path()), first);
    report(out.path(), Some(WORDS), false);
    assert_eq!(files(out.path()), first);
}

#[test]
fn an_interrupted_drain_shows_and_can_be_completed() {
    let out = write_log(100, Some(RunState::Complete));
    let finished = report(out.path(), Some(WORDS), true);
    assert_eq!(finished.metrics.n_pending_tasks, 100);
    assert_eq!(summary(out.path())["complete"], false);
    assert!(
        finished
            .text
            .contains("WARNING: tokens of 100 answers were not counted"),
        "{}",
        finished.text
    );
    report(out.path(), Some(WORDS), false);
    assert_eq!(summary(out.path())["complete"], true);
}

#[test]
fn says_how_tokens_were_counted() {
    let out = write_log(100, Some(RunState::Complete));
    report(out.path(), Some(WORDS), false);
    let tokenizer = &summary(out.path())["tokenizer"];
    assert_eq!(tokenizer["method"], "oracle", "{tokenizer}");
    assert_eq!(tokenizer["counter"], "tokenizers 0.23.2");
    assert_eq!(tokenizer["sha256"].as_str().unwrap().len(), 64);
    report(out.path(), Some(LETTERS), true);
    assert_eq!(summary(out.path())["tokenizer"]["method"], "incomplete");
}

/// Counts blanks; the fast one is wrong on the texts after the first chunk.
struct Blanks {
    wrong: bool,
    n_fast: AtomicU64,
}

struct BlankWorker<'a>(Option<&'a Blanks>);

impl Counters for Blanks {
    fn worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(BlankWorker(Some(self)))
    }

    fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(BlankWorker(None))
    }

    fn has_fast(&self) -> bool {
        true
    }
}

impl CountTokens for BlankWorker<'_> {
    fn count(&mut self, text: &str, _: bool) -> Option<u64> {
        let n = u64::try_from(text.split(' ').count()).unwrap();
        let Some(fast) = self.0 else { return Some(n) };
        fast.n_fast.fetch_add(1, Ordering::SeqCst);
        Some(if fast.wrong && text == " two three" {
            n + 1
        } else {
            n
        })
    }
}

fn count_blanks(out: &Path, wrong: bool, limit: Duration, again: bool) -> Finished {
    let counters = Blanks {
        wrong,
        n_fast: AtomicU64::new(0),
    };
    count_with(out, &counters, None, limit, again)
}

fn count_with(
    out: &Path,
    counters: &Blanks,
    head_start: Option<&HeadStart>,
    limit: Duration,
    again: bool,
) -> Finished {
    let record = TokenizerRecord {
        sha256: [8; 32],
        counter: "blanks 1".to_owned(),
        add_special_tokens: false,
    };
    let never = AtomicBool::new(false);
    let counting = Counting {
        tokenizer: &record,
        counters,
        plan: &WorkerPlan::here(&WorkerWish::default()),
        stop: &Stop::new(&never, limit),
        head_start,
        again,
    };
    runbench::report_files::report(out, &info(), Some(counting), &mut Quiet).unwrap()
}

#[test]
fn a_wrong_fast_counter_gives_way_to_the_oracle() {
    let out = write_log(50, Some(RunState::Complete));
    let finished = count_blanks(out.path(), true, Duration::ZERO, false);
    let summary = summary(out.path());
    assert_eq!(summary["tokenizer"]["method"], "oracle");
    let difference = &summary["tokenizer"]["difference"];
    assert_eq!(
        (&difference["fast"], &difference["oracle"]),
        (&json!(4), &json!(3))
    );
    // "one two three" has three, " two three" after the first chunk too.
    assert_eq!(summary["output_sequence_lengths"]["total"], 150);
    assert_eq!(summary["tpot"]["median"], 2_000_000.0 / 3.0);
    assert_eq!(finished.metrics.n_pending_tasks, 0);
    assert!(
        finished
            .text
            .contains("WARNING: the fast counter found 4 tokens where the oracle found 3"),
        "{}",
        finished.text
    );
}

/// Counts all of a log as during a run.
fn count_live(out: &Path, wrong: bool, n_requests: u64) -> HeadStart {
    let log = EventLog::open(&event_files::folder(out)).unwrap();
    let counters = Arc::new(Blanks {
        wrong,
        n_fast: AtomicU64::new(0),
    });
    let core = *allowed_cores().unwrap().first().unwrap();
    let counter = LiveCounter::start(&log, counters, &[core]).unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while counter.totals().requests < n_requests {
        assert!(
            Instant::now() < deadline,
            "{:?} within a minute",
            counter.totals()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    counter.finish().head_start
}

#[test]
fn counts_of_the_run_itself_are_checked_too_and_give_way_to_the_oracle() {
    let counters = |wrong| Blanks {
        wrong,
        n_fast: AtomicU64::new(0),
    };
    let out = write_log(50, Some(RunState::Complete));
    count_blanks(out.path(), false, Duration::ZERO, false);
    let plain = files(out.path());
    // Right in the run and after it: the same files as without.
    let out = write_log(50, Some(RunState::Complete));
    let head_start = count_live(out.path(), false, 50);
    count_with(
        out.path(),
        &counters(false),
        Some(&head_start),
        Duration::ZERO,
        false,
    );
    assert_eq!(files(out.path()), plain);
    // Wrong in the run, whatever the drain's own counter says.
    for wrong_later in [true, false] {
        let out = write_log(50, Some(RunState::Complete));
        let head_start = count_live(out.path(), true, 50);
        let finished = count_with(
            out.path(),
            &counters(wrong_later),
            Some(&head_start),
            Duration::ZERO,
            false,
        );
        let summary = summary(out.path());
        assert_eq!(summary["tokenizer"]["method"], "oracle");
        assert_eq!(summary["tokenizer"]["difference"]["fast"], 4);
        assert_eq!(summary["tpot"]["median"], 2_000_000.0 / 3.0);
        assert_eq!(finished.metrics.n_pending_tasks, 0);
    }
}

#[test]
fn a_right_fast_counter_is_verified_and_an_old_count_does_not_hide_a_wrong_one() {
    let out = write_log(50, Some(RunState::Complete));
    count_blanks(out.path(), false, Duration::ZERO, false);
    let tokenizer = summary(out.path())["tokenizer"].clone();
    assert_eq!(tokenizer["method"], "fast_verified");
    // The fixed set, three prompts, and two texts of each request.
    assert_eq!(tokenizer["n_checked"], 42 + 3 + 100);
    // Nothing is left to count, so nothing changes.
    let first = files(out.path());
    count_blanks(out.path(), true, Duration::ZERO, false);
    assert_eq!(files(out.path()), first);
    count_blanks(out.path(), true, Duration::ZERO, true);
    assert_eq!(summary(out.path())["tokenizer"]["method"], "oracle");
}

#[test]
fn an_expired_budget_shows_and_keeps_what_was_known() {
    let out = write_log(50, Some(RunState::Complete));
    let finished = count_blanks(out.path(), false, Duration::from_nanos(1), false);
    assert_eq!(finished.metrics.n_pending_tasks, 50);
    assert_eq!(finished.counted.unwrap().ended, Ended::TimedOut);
    let incomplete = summary(out.path());
    assert_eq!(incomplete["tokenizer"]["method"], "incomplete");
    assert_eq!(
        (&incomplete["complete"], &incomplete["n_pending_tasks"]),
        (&json!(false), &json!(50))
    );
    count_blanks(out.path(), false, Duration::ZERO, true);
    let complete = files(out.path());
    // Counting again, cut short, takes nothing away.
    count_blanks(out.path(), false, Duration::from_nanos(1), true);
    assert_eq!(summary(out.path())["complete"], true);
    assert_eq!(summary(out.path())["output_sequence_lengths"]["total"], 150);
    count_blanks(out.path(), false, Duration::ZERO, true);
    assert_eq!(files(out.path()), complete);
}

#[test]
fn another_tokenizer_counts_anew() {
    let out = write_log(10, Some(RunState::Complete));
    report(out.path(), Some(WORDS), false);
    report(out.path(), Some(LETTERS), false);
    assert_eq!(summary(out.path())["output_sequence_lengths"]["total"], 130);
}

#[test]
fn without_a_tokenizer_there_are_no_token_figures() {
    let out = write_log(10, Some(RunState::Complete));
    let finished = report(out.path(), None, false);
    assert_eq!(
        summary(out.path())["output_sequence_lengths"],
        serde_json::json!({})
    );
    assert!(
        finished.text.contains("not counted: no tokenizer was given"),
        "{}",
        finished.text
    );
}

#[test]
fn a_killed_run_is_reported_as_interrupted() {
    let out = write_log(10, None);
    let finished = report(out.path(), Some(WORDS), false);
    assert_eq!(finished.metrics.state, RunState::Interrupted);
    assert_eq!(summary(out.path())["state"], "interrupted");
}

#[test]
fn a_shortened_segment_is_never_complete() {
    let out = write_log(100, Some(RunState::Complete));
    let path = event_files::folder(out.path()).join(event_files::thread_segment(0));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let finished = report(out.path(), Some(WORDS), false);
    assert!(!finished.metrics.is_complete());
    assert!(
        finished.text.contains("WARNING: `thread-0.rbl`"),
        "{}",
        finished.text
    );
}

#[test]
fn a_drain_that_was_killed_is_no_obstacle() {
    let out = write_log(10, Some(RunState::Complete));
    let partial = event_files::folder(out.path()).join("tokens.rbl.partial");
    fs::write(&partial, b"half a").unwrap();
    assert!(report(out.path(), Some(WORDS), false).metrics.is_complete());
    assert!(!partial.exists());
}

#[test]
fn gives_each_requests_row_and_answer() {
    let out = write_log(4, Some(RunState::Complete));
    let log = EventLog::open(&event_files::folder(out.path())).unwrap();
    let answers: Vec<_> = answers(&log).map(|answer| answer.unwrap()).collect();
    let rows: Vec<u64> = answers.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [0, 1, 2, 0, 1, 2]);
    assert_eq!(answers[3].1.as_ref().unwrap().text, "one two three");
    assert_eq!(answers[4].1.as_ref().unwrap_err().class, FailureClass::TimedOut);
}

#[test]
fn names_what_it_cannot_write() {
    let out = write_log(4, Some(RunState::Complete));
    fs::write(out.path().join("performance"), b"a file where a folder must be").unwrap();
    let error = finish(out.path(), &info(), None, &AtomicBool::new(false), &mut Quiet).unwrap_err();
    assert!(
        error.to_string().contains("performance/result_summary.json"),
        "{error}"
    );
}
