//! Proof of the stamps: what the client saw beside what the mock sent, at a moderate load and in overload. The errors
//! are printed as a distribution; asserted is only what holds on any machine.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "the distribution is what a reader wants")]

use std::path::Path;
use std::time::Duration;

use runbench::event_files;
use runbench::mock::{MockOptions, Server};
use runbench::run::{Interrupt, Progress, RunOptions, RunOutcome, StopRule, run};
use runbench_benches::trace_errors::{TraceErrors, percentile};

/// How far the anchors of two clocks to the wall clock may be apart. Both are the best of several tries, yet a thread can
/// lose its core between two reads of a clock.
const ANCHOR_NS: i128 = 1_000_000;

struct Silent;

impl Progress for Silent {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}
    fn phase(&mut self, _name: &str) {}
}

/// A run against a mock of this process, and how far the two are apart.
fn compare(folder: &Path, mock: MockOptions, concurrency: u32, samples: u64) -> (RunOutcome, TraceErrors) {
    let trace = folder.join("trace.jsonl");
    let dataset = folder.join("rows.jsonl");
    let out = folder.join("out");
    std::fs::write(&dataset, "{\"prompt\":\"one\"}\n{\"prompt\":\"two\"}\n").unwrap();
    let server = Server::start(MockOptions {
        trace: Some(trace.clone()),
        ..mock
    })
    .unwrap();
    let mut options = RunOptions::new(&server.url(), "m", dataset, out.clone());
    options.concurrency = concurrency;
    options.stop = StopRule::Samples(samples);
    options.threads = Some(1);
    let outcome = run(&options, &mut Silent, &Interrupt::default()).unwrap();
    drop(server);
    let errors = TraceErrors::compare(&event_files::folder(&out), &trace).unwrap();
    (outcome, errors)
}

fn check(name: &str, outcome: &RunOutcome, errors: &TraceErrors, n_requests: usize, n_events: usize) {
    for (what, series) in [
        ("event read less written", &errors.event_ns),
        ("TTFT", &errors.ttft_ns),
        ("gap between events", &errors.gap_ns),
        ("request read less issued", &errors.arrival_ns),
    ] {
        let at = |p: f64| percentile(series, p) / 1000;
        println!(
            "{name}, {what}: min {} us, p50 {} us, p99 {} us, max {} us, n {}",
            at(0.0),
            at(0.5),
            at(0.99),
            at(1.0),
            series.len()
        );
    }
    assert_eq!(outcome.n_completed, u64::try_from(n_requests).unwrap());
    assert_eq!((errors.n_requests, errors.n_unmatched), (n_requests, 0));
    assert_eq!(errors.event_ns.len(), n_requests * n_events);
    // Nothing is read before it was written, and nothing arrives before it was sent.
    assert!(percentile(&errors.event_ns, 0.0) >= -ANCHOR_NS);
    assert!(percentile(&errors.arrival_ns, 0.0) >= -ANCHOR_NS);
}

#[test]
fn stamps_agree_with_the_trace_at_a_moderate_load() {
    let folder = tempfile::tempdir().unwrap();
    let mock = MockOptions {
        tokens: 20,
        ttft: Duration::from_millis(10),
        gap: Duration::from_millis(2),
        ..MockOptions::default()
    };
    let (outcome, errors) = compare(folder.path(), mock, 8, 80);
    // An opening event, the tokens, the finish reason, and `[DONE]`.
    check("moderate", &outcome, &errors, 80, 23);
}

#[test]
fn stamps_agree_with_the_trace_in_overload() {
    let folder = tempfile::tempdir().unwrap();
    let mock = MockOptions {
        tokens: 50,
        ttft: Duration::ZERO,
        gap: Duration::ZERO,
        ..MockOptions::default()
    };
    let (outcome, errors) = compare(folder.path(), mock, 200, 2000);
    check("overload", &outcome, &errors, 2000, 53);
    assert!(!outcome.health.threads.is_empty());
}
