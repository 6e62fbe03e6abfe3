//! Counting while a log is written, and drains that go on from there.

use std::sync::Arc;
use std::time::Instant;

use runbench_core::metrics::TokenCounts;

use super::*;
use crate::affinity::allowed_cores;
use crate::drain::{HeadStart, LiveCounter};

static NEVER: AtomicBool = AtomicBool::new(false);

fn fake(wrong: &'static str) -> Arc<Words<'static>> {
    Arc::new(words(wrong, u64::MAX, &NEVER))
}

fn start(log: &EventLog, counters: Arc<dyn Counters + Send>, threads: usize) -> LiveCounter {
    let core = allowed_cores().unwrap()[0];
    LiveCounter::start(log, counters, &vec![core; threads]).unwrap()
}

fn wait_for(live: &LiveCounter, n_requests: u64) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while live.totals().requests < n_requests {
        assert!(Instant::now() < deadline, "{:?} within a minute", live.totals());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Counts all that a log holds while "the run goes on", then ends that.
fn count_live(log: &EventLog, counters: Arc<dyn Counters + Send>, n_requests: u64) -> HeadStart {
    let live = start(log, counters, 2);
    wait_for(&live, n_requests);
    let counted = live.finish();
    assert_eq!(counted.notices, [""; 0]);
    counted.head_start
}

fn drain_from(
    head_start: Option<&HeadStart>,
    log: &EventLog,
    counters: &dyn Counters,
    stop: &Stop<'_>,
) -> (Vec<TokenRecord>, Drained) {
    let mut seen = Vec::new();
    let plan = plan(3);
    let job = Drain {
        log,
        counters,
        plan: &plan,
        stop,
        fast: counters.has_fast(),
        head_start,
    };
    let drained = drain(job, |_| false, |record| seen.push(record)).unwrap();
    seen.sort_by_key(|record| record.id);
    (seen, drained)
}

fn no_limit() -> Stop<'static> {
    Stop::new(&NEVER, Duration::ZERO)
}

#[test]
fn a_log_is_followed_while_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let head = head();
    let create = |name: &str| SegmentWriter::create(&folder.path().join(name), &head).unwrap();
    let mut samples = create("samples.rbl");
    samples.push(&sample(0, "w w w")).unwrap();
    samples.finish().unwrap();
    let mut writers = [create("thread-0.rbl"), create("thread-1.rbl")];
    let log = EventLog::open(folder.path()).unwrap();
    let live = start(&log, fake(""), 2);
    assert_eq!(live.totals().requests, 0);
    let mut expected = Vec::new();
    for id in 0..50 {
        let writer = &mut writers[usize::from(id % 2 == 1)];
        if id % 10 == 9 {
            writer.push(&failed(request(id, 0, &["not counted"]))).unwrap();
        } else {
            writer.push(&request(id, 0, &["one", " two"])).unwrap();
            expected.push(token(id, 3, Some(2), Some(1)));
        }
        writer.flush_block().unwrap();
        if id % 7 == 0 {
            wait_for(&live, u64::try_from(expected.len()).unwrap());
        }
    }
    // Pushed, but not written: nobody can read it yet.
    writers[0].push(&request(50, 0, &["one"])).unwrap();
    wait_for(&live, 45);
    assert_eq!(live.totals().tokens, 90);
    let head_start = live.finish().head_start;
    let counted: Vec<_> = (0..60).filter_map(|id| head_start.request(id)).collect();
    assert_eq!((counted, head_start.prompt(0)), (expected, Some(3)));
}

#[test]
fn the_drain_checks_what_was_counted_before_and_counts_no_more_than_that() {
    let (_folder, log) = log(many(2500), 50);
    let head_start = count_live(&log, fake(""), 2500);
    let (without, plain) = drain_from(None, &log, &*fake(""), &no_limit());
    let counters = fake("");
    let (with, drained) = drain_from(Some(&head_start), &log, &*counters, &no_limit());
    assert_eq!((with, &drained), (without, &plain));
    // As many texts as in a drain from nothing (above), and no others.
    let fixed = u64::try_from(SELF_CHECK_TEXTS.len()).unwrap();
    assert_eq!(drained.n_checked, fixed + 2 * 1250 + 10);
    assert_eq!(counters.n_counted.load(Ordering::SeqCst), drained.n_checked);
}

#[test]
fn the_drain_counts_what_is_missing() {
    let (_folder, log) = log(many(300), 10);
    let (expected, _) = drain_from(None, &log, &*fake(""), &no_limit());
    // As after a run that ended soon: a few prompts, a few requests, some of them with rows whose prompts are unknown.
    let mut counts = TokenCounts::default();
    for record in expected.iter().filter(|record| record.id % 3 == 0) {
        counts.push(record);
    }
    let head_start = HeadStart::new(vec![(4, 5), (2, 3)], counts);
    let (counted, drained) = drain_from(Some(&head_start), &log, &*fake(""), &no_limit());
    assert_eq!((counted, drained.difference), (expected, None));
}

#[test]
fn a_file_that_is_not_recognised_is_counted_by_the_oracle_during_the_run_too() {
    let model = Arc::new(TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap());
    let (_folder, log) = log(many(200), 10);
    let head_start = count_live(&log, Arc::<TokenModel>::clone(&model), 200);
    let (counted, drained) = drain_from(Some(&head_start), &log, &*model, &no_limit());
    assert_eq!(
        (counted, drained.n_checked),
        (drain_from(None, &log, &*model, &no_limit()).0, 0)
    );
}

#[test]
fn a_fast_counter_that_was_wrong_during_the_run_is_found_out() {
    let (_folder, log) = log(many(100), 10);
    // The prompt of row 9; the answer of request 57.
    let prompt = "w ".repeat(10);
    let answer = "first answer 57 has words";
    for (wrong, text, n) in [("w w w w w w w w w w", prompt.as_str(), 10), (" 57 ", answer, 5)] {
        let head_start = count_live(&log, fake(wrong), 100);
        let expected = |drained: Drained| {
            let difference = drained.difference.unwrap();
            assert_eq!((difference.fast, difference.oracle), (Some(n + 1), Some(n)));
            let hash: [u8; 32] = Sha256::digest(text).into();
            assert_eq!(difference.text_sha256, hash);
        };
        expected(drain_from(Some(&head_start), &log, &*fake(wrong), &no_limit()).1);
        // Even if it is right now.
        expected(drain_from(Some(&head_start), &log, &*fake(""), &no_limit()).1);
    }
}

#[test]
fn counts_whose_check_was_not_reached_are_not_reported() {
    let (_folder, log) = log(many(100), 10);
    let head_start = count_live(&log, fake(""), 100);
    let over = Stop::new(&NEVER, Duration::from_nanos(1));
    let (counted, drained) = drain_from(Some(&head_start), &log, &*fake(""), &over);
    assert_eq!((counted.len(), drained.ended), (0, Ended::TimedOut));
}

#[test]
fn it_ends_before_it_has_begun_and_while_it_waits() {
    let (_folder, log) = log(many(10), 10);
    drop(start(&log, fake(""), 3));
    let live = start(&log, fake(""), 3);
    wait_for(&live, 10);
    drop(live);
}

#[test]
fn a_core_that_is_not_there_is_told() {
    let (_folder, log) = log(many(10), 10);
    let live = LiveCounter::start(&log, fake(""), &[1022]).unwrap();
    wait_for(&live, 10);
    let counted = live.finish();
    assert!(
        counted.notices[0].contains("is not pinned to core 1022"),
        "{:?}",
        counted.notices
    );
}

#[test]
fn blocks_behind_a_changed_byte_are_left_to_the_drain() {
    let (folder, _) = log(many(300), 10);
    let path = folder.path().join("thread-1.rbl");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let log = EventLog::open(folder.path()).unwrap();
    let (expected, _) = drain_from(None, &log, &*fake(""), &no_limit());
    assert!((201..300).contains(&expected.len()));
    let head_start = count_live(&log, fake(""), 201);
    let (counted, _) = drain_from(Some(&head_start), &log, &*fake(""), &no_limit());
    assert_eq!(counted, expected);
}
