//! Tokens counted while a run goes on: the same counts, and refusals of cores that would disturb it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]
#![expect(clippy::print_stderr, reason = "a test that is skipped says why")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use runbench::affinity::allowed_cores;
use runbench::event_files::{self, EventLog};
use runbench::mock::tokenizer::TOKENIZER;
use runbench::run::{
    Interrupt, Live, Progress, RunError, RunOptions, RunOutcome, StopRule, WarmUpOptions, run,
};
use runbench::tokens::TokenizerSource;
use runbench_core::record::{CountMethod, Record, RunState, TokenRecord};
use serde_json::{Value, json};
use support::{LAST_FRAMES, Received, STREAM_END, STREAM_HEAD, Server, Then, answer, chunk, frame, send};
use tempfile::TempDir;

/// Requests of a run; the last one is answered when enough of the others are counted.
const N_REQUESTS: u64 = 60;
const N_WARMUP: u64 = 5;
const ENOUGH: u64 = 20;

/// A client's core and another one; `None`, with a word on it, if there is only one.
fn two_cores() -> Option<[usize; 2]> {
    let cores = allowed_cores().unwrap();
    let Some(two) = cores.first_chunk::<2>() else {
        eprintln!("skipped: this process may use one core only, so none is left for counting during a run");
        return None;
    };
    Some(*two)
}

/// Notes when enough is counted, and can interrupt the run then.
struct Watch {
    is_enough: Arc<AtomicBool>,
    interrupt: Option<Interrupt>,
    last: Live,
}

impl Progress for Watch {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}

    fn live(&mut self, live: &Live) {
        self.last = *live;
        if live.tokens.is_some_and(|tokens| tokens.requests >= ENOUGH) {
            self.is_enough.store(true, Ordering::Relaxed);
            if let Some(interrupt) = &self.interrupt {
                interrupt.store(true, Ordering::Relaxed);
            }
        }
    }

    fn phase(&mut self, _name: &str) {}
}

/// Streams words, other ones for each request, and some failures. `last` waits until enough is counted.
fn server(is_enough: &Arc<AtomicBool>, last: u64) -> Server {
    let is_enough = Arc::clone(is_enough);
    Server::start(move |received: &Received, stream| {
        let deadline = Instant::now() + Duration::from_mins(1);
        while received.number >= last && !is_enough.load(Ordering::Relaxed) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        let n = received.number;
        if n % 9 == 4 {
            send(stream, answer("500 Internal Server Error", "text/plain", "no"));
            return Then::Keep;
        }
        let mut text = STREAM_HEAD.to_owned();
        for word in 0..=n % 5 {
            text += &chunk(&frame(&format!(
                "The {word}th word's of {n}, na\u{ef}vely said. "
            )));
        }
        send(stream, text + &chunk(LAST_FRAMES) + STREAM_END);
        Then::Keep
    })
}

struct Ran {
    outcome: RunOutcome,
    last: Live,
    out: PathBuf,
    _folder: TempDir,
}

impl Ran {
    fn summary(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.out.join("performance/result_summary.json")).unwrap())
            .unwrap()
    }

    fn n_counted_live(&self) -> u64 {
        let counted = &self.summary()["tokenizer"]["counted_during_run"]["n_requests"];
        counted.as_u64().unwrap()
    }
}

/// A run whose tokens are counted on `live`, if that is a core; with `interrupt` it is interrupted once enough is counted.
fn run_live(
    cores: [usize; 2],
    interrupt: bool,
    change: impl FnOnce(&mut RunOptions),
) -> Result<Ran, RunError> {
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("rows.jsonl");
    let mut rows = String::new();
    for n in 0..10 {
        writeln!(rows, "{{\"prompt\":\"row {n}, {}\"}}", "and so on ".repeat(n)).unwrap();
    }
    std::fs::write(&dataset, rows).unwrap();
    let tokenizer = folder.path().join("tokenizer.json");
    std::fs::write(&tokenizer, TOKENIZER).unwrap();
    let is_enough = Arc::new(AtomicBool::new(false));
    let server = server(&is_enough, N_WARMUP + N_REQUESTS - 1);
    let out = folder.path().join("out");
    let mut options = RunOptions::new(&server.url(), "m", dataset, out.clone());
    options.stop = StopRule::Samples(N_REQUESTS);
    options.tokenizer = Some(TokenizerSource::File(tokenizer));
    options.cores = Some(vec![cores[0]]);
    options.live_tokens = Some(vec![cores[1]]);
    options.warmup = Some(WarmUpOptions {
        n_requests: Some(N_WARMUP),
        drain: true,
        ..WarmUpOptions::default()
    });
    change(&mut options);
    let flag = Interrupt::default();
    let mut watch = Watch {
        is_enough,
        interrupt: interrupt.then(|| Arc::clone(&flag)),
        last: Live::default(),
    };
    Ok(Ran {
        outcome: run(&options, &mut watch, &flag)?,
        last: watch.last,
        out,
        _folder: folder,
    })
}

/// What a log holds of counts.
fn counts(out: &Path) -> (BTreeMap<u64, TokenRecord>, Option<CountMethod>) {
    let log = EventLog::open(&event_files::folder(out)).unwrap();
    let (mut counts, mut method) = (BTreeMap::new(), None);
    for record in log.token_records().unwrap() {
        match record.unwrap() {
            Record::Tokens(record) => drop(counts.insert(record.id, record)),
            Record::Counting(record) => method = Some(record.method),
            _ => {}
        }
    }
    (counts, method)
}

/// All files that a drain writes anew.
fn files(out: &Path) -> Vec<Vec<u8>> {
    let names = [
        "events/tokens.rbl",
        "report.txt",
        "performance/result_summary.json",
        "metrics/final_snapshot.json",
    ];
    names
        .iter()
        .map(|name| std::fs::read(out.join(name)).unwrap())
        .collect()
}

fn drain(out: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_runbench"))
        .args(["drain", "--quiet"])
        .arg(out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_drain_from_nothing_gives_the_same_bytes() {
    let Some(cores) = two_cores() else { return };
    let ran = run_live(cores, false, |_| {}).unwrap();
    assert_eq!(
        (ran.outcome.state, ran.outcome.n_issued),
        (RunState::Complete, N_REQUESTS)
    );
    let n_live = ran.n_counted_live();
    assert!(
        (ENOUGH..=ran.outcome.n_completed).contains(&n_live),
        "{n_live} counted"
    );
    let shown = ran.last.tokens.unwrap();
    assert!(
        shown.requests <= n_live && shown.tokens > shown.requests,
        "{shown:?}"
    );
    let (counted, method) = counts(&ran.out);
    assert_eq!(
        (counted.len() as u64, method),
        (ran.outcome.n_completed, Some(CountMethod::FastVerified))
    );
    let before = files(&ran.out);
    drain(&ran.out);
    assert_eq!(counts(&ran.out).0, counted);
    assert!(files(&ran.out) == before, "the drain wrote other files");
}

#[test]
fn the_report_says_so() {
    let Some(cores) = two_cores() else { return };
    let ran = run_live(cores, false, |_| {}).unwrap();
    let core = cores[1];
    let counted = &ran.summary()["tokenizer"]["counted_during_run"];
    assert_eq!(counted["cores"], json!([core]));
    let n = ran.n_counted_live();
    for part in [
        format!("live tokens       counted during the run, on core {core}\n"),
        format!("tokens of {n} requests were counted during the run, on core {core}: "),
    ] {
        assert!(
            ran.outcome.report.contains(&part),
            "`{part}` is not in: {}",
            ran.outcome.report
        );
    }
    let config = std::fs::read_to_string(ran.out.join("config.yaml")).unwrap();
    assert!(config.contains(&format!("  live_tokens: [{core}]\n")), "{config}");
    let shares = ran
        .outcome
        .notices
        .iter()
        .any(|notice| notice.contains("what writes the event log shares"));
    assert_eq!(
        shares,
        allowed_cores().unwrap().len() == 2,
        "{:?}",
        ran.outcome.notices
    );
}

#[test]
fn without_it_nothing_is_counted_during_a_run() {
    let Some(cores) = two_cores() else { return };
    let ran = run_live(cores, false, |options| {
        options.live_tokens = None;
        options.stop = StopRule::Samples(N_REQUESTS - 10);
    })
    .unwrap();
    assert_eq!(ran.last.tokens, None);
    assert_eq!(ran.summary()["tokenizer"]["counted_during_run"], Value::Null);
    assert!(!ran.outcome.report.contains("counted during the run"));
}

#[test]
fn an_interrupted_run_keeps_what_was_counted() {
    let Some(cores) = two_cores() else { return };
    let ran = run_live(cores, true, |options| {
        options.stop = StopRule::After(Duration::from_mins(10));
    })
    .unwrap();
    assert_eq!(
        (ran.outcome.state, ran.outcome.n_pending_tasks),
        (RunState::Interrupted, 0)
    );
    assert!(ran.n_counted_live() >= ENOUGH);
    let (counted, _) = counts(&ran.out);
    assert_eq!(counted.len() as u64, ran.outcome.n_completed);
    drain(&ran.out);
    assert_eq!(counts(&ran.out).0, counted);
}

#[test]
fn client_threads_that_may_run_anywhere_leave_its_core_alone() {
    let Some(cores) = two_cores() else { return };
    // The core that clients would otherwise take first.
    let last = *allowed_cores().unwrap().last().unwrap();
    let ran = run_live(cores, false, |options| {
        options.cores = None;
        options.live_tokens = Some(vec![last]);
        options.concurrency = 8;
        options.stop = StopRule::Samples(N_REQUESTS - 10);
    })
    .unwrap();
    let clients = &ran.outcome.health.cores;
    assert!(
        !clients.is_empty() && clients.iter().all(|core| *core != Some(last)),
        "{clients:?}"
    );
}

/// `runbench run` with these options more, which are refused before anything is sent.
fn check_refusal(args: &[&str], exit_code: i32, part: &str) {
    let server = Server::start(|_, _| Then::Close);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.jsonl"), "{\"prompt\":\"one\"}\n").unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
    let url = server.url();
    let base = [
        "run",
        "--endpoint",
        &url,
        "--model",
        "m",
        "--dataset",
        "rows.jsonl",
        "--out",
        "out",
    ];
    let output: Output = Command::new(env!("CARGO_BIN_EXE_runbench"))
        .current_dir(folder.path())
        .args(base)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{stderr}");
    assert!(stderr.contains(part), "`{part}` is not in: {stderr}");
    assert_eq!(server.n_connections.load(Ordering::Relaxed), 0);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn cores_that_can_not_be_used_so_are_refused() {
    let allowed = allowed_cores().unwrap();
    let list = |cores: &[usize]| cores.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let (all, first) = (list(&allowed), list(&allowed[..1]));
    let counting = ["--tokenizer", "tokenizer.json", "--live-tokens"];
    let with = |args: &[&'static str], cores: &str| -> Vec<String> {
        let words = counting.iter().chain(args);
        let mut words: Vec<String> = words.map(|word| (*word).to_owned()).collect();
        words.insert(3, cores.to_owned());
        words
    };
    let check = |args: &[String], part: &str| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        check_refusal(&args, 2, part);
    };
    let mut overlap = with(&["--cores"], &all);
    overlap.push(first.clone());
    check(
        &overlap,
        &format!("`--cores` and `--live-tokens` both name core {first}; tokens can't be counted where"),
    );
    check(
        &with(&[], &all),
        "`--live-tokens` takes every core that this process may use",
    );
    check(&with(&[], ""), "`` is not a list of cores");
    if !allowed.contains(&1023) {
        check(
            &with(&[], "1023"),
            "`--live-tokens` names core 1023, which this process may not use",
        );
    }
    check_refusal(
        &["--live-tokens", &first],
        2,
        "`--live-tokens` counts tokens during the run, but there is no `--tokenizer`",
    );
}

#[test]
fn a_config_file_can_ask_for_it() {
    let allowed = allowed_cores().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "live_tokens: {0}\ncores: {0}\ntokenizer: tokenizer.json\n",
        allowed[0]
    );
    let path = folder.path().join("c.yaml");
    std::fs::write(&path, text).unwrap();
    check_refusal(
        &["--config", path.to_str().unwrap()],
        2,
        "`--cores` and `--live-tokens` both name core",
    );
}

/// A server that is dead from the start, a full disk: the counting ends with the run.
#[test]
fn it_ends_when_the_log_can_not_be_written() {
    let Some(cores) = two_cores() else { return };
    let server = Server::start(|_, stream| {
        send(stream, answer("200 OK", "application/json", &"x".repeat(20_000)));
        Then::Keep
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.jsonl"), "{\"prompt\":\"one\"}\n").unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
    let mut limited = Command::new("sh");
    limited
        .current_dir(folder.path())
        .args([
            "-c",
            "ulimit -f 2048; exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_runbench"),
        ])
        .args([
            "run",
            "--endpoint",
            &server.url(),
            "--model",
            "m",
            "--dataset",
            "rows.jsonl",
        ])
        .args([
            "--out",
            "out",
            "--duration",
            "10m",
            "--tokenizer",
            "tokenizer.json",
        ])
        .args([
            "--cores",
            &cores[0].to_string(),
            "--live-tokens",
            &cores[1].to_string(),
        ]);
    let output = limited.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("free some space"), "{stderr}");
}
