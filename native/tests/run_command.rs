//! `runbench run` as a process: exit codes, sentences, signals, and what survives a kill or a full disk.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use runbench::event_files::{self, EventLog, LogState};
use runbench_core::record::Record;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use support::{LAST_FRAMES, STREAM_END, STREAM_HEAD, Server, Then, answer, chunk, frame, send};
use tempfile::TempDir;

/// A folder with a dataset, and the command that runs it against `url` into `out` in the same folder.
fn command(folder: &TempDir, url: &str, args: &[&str]) -> Command {
    let dataset = folder.path().join("rows.jsonl");
    std::fs::write(&dataset, "{\"prompt\":\"one\"}\n{\"prompt\":\"two\"}\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbench"));
    command
        .args(["run", "--endpoint", url, "--model", "m", "--dataset"])
        .arg(dataset);
    command.arg("--out").arg(folder.path().join("out")).args(args);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn good_stream() -> String {
    [
        STREAM_HEAD,
        &chunk(&frame("a")),
        &chunk(&frame("b")),
        &chunk(LAST_FRAMES),
        STREAM_END,
    ]
    .concat()
}

fn check(server: &Server, args: &[&str], exit_code: i32, parts: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = command(&folder, &server.url(), args).output().unwrap();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "`{part}` is not in: {stderr}");
    }
    output
}

#[test]
fn exits_0_when_every_request_succeeded_and_reports_on_stdout() {
    let server = Server::start(|_, stream| {
        send(stream, good_stream());
        Then::Keep
    });
    let output = check(
        &server,
        &["--num-prompts", "5", "--concurrency", "2"],
        0,
        &["the report lies in"],
    );
    assert!(!output.stdout.is_empty());
    // One more than the concurrency: the one that tried the endpoint before the window.
    assert!(server.n_connections.load(Ordering::Relaxed) <= 3);
}

#[test]
fn exits_1_when_some_requests_failed() {
    let server = Server::start(|received, stream| {
        if received.number == 0 {
            send(
                stream,
                answer("500 Internal Server Error", "text/plain", "out of memory"),
            );
        } else {
            send(stream, good_stream());
        }
        Then::Keep
    });
    check(
        &server,
        &[],
        1,
        &[
            "1 request failed: the server answered 500",
            "the answer began: out of memory",
        ],
    );
}

#[test]
fn exits_4_when_nothing_could_be_measured_and_says_what_to_try() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            answer(
                "401 Unauthorized",
                "application/json",
                "{\"error\":\"key\u{1b}[2J missing\"}",
            ),
        );
        Then::Keep
    });
    let parts = [
        "2 requests failed: the server answered 401",
        "--api-key-env NAME",
        "key [2J missing",
        "nothing could be measured",
    ];
    check(&server, &[], 4, &parts);
    let server = Server::start(|_, stream| {
        send(stream, answer("404 Not Found", "text/html", "<html>"));
        Then::Keep
    });
    check(
        &server,
        &[],
        4,
        &[
            "asked for `/v1/chat/completions` and model `m`",
            "must be the server's root",
        ],
    );
}

#[test]
fn exits_2_on_bad_usage() {
    let server = Server::start(|_, _| Then::Close);
    check(&server, &["--duration", "10"], 2, &["`10` is not a duration"]);
    check(
        &server,
        &["--min-duration", "10s", "--max-duration", "3s"],
        2,
        &["the minimum duration is longer than the maximum"],
    );
    check(&server, &["--cores", "0,0,0"], 2, &["names core 0 twice"]);
    check(&server, &["--request-rate", "0"], 2, &["`0` is no rate"]);
    check(
        &server,
        &["--goodput", "itl:3"],
        2,
        &["`itl:3` is no limit for goodput"],
    );
    check(
        &server,
        &["--column", "promt=x"],
        2,
        &["`promt` is no column that is read"],
    );
    check(
        &server,
        &["--order", "single", "--sample-index", "2"],
        2,
        &["sample 2 is not in a dataset of 2 rows"],
    );
    check(&server, &["--concurrency", "0"], 2, &["--concurrency"]);
    check(
        &server,
        &["--api-key-env", "RUNBENCH_NO_SUCH"],
        2,
        &["`RUNBENCH_NO_SUCH` is not set"],
    );
    check(&server, &["--cores", "5-3"], 2, &["`5-3` is not a list of cores"]);
}

#[test]
fn exits_3_when_nobody_listens() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let output = command(&folder, &format!("http://127.0.0.1:{port}"), &[])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("connection refused"), "{stderr}");
    assert!(
        !folder.path().join("out").exists(),
        "a run that never began left a folder"
    );
}

/// Ids of the requests that a log holds.
fn ids(out: &Path) -> Option<BTreeSet<u64>> {
    let log = EventLog::open(&event_files::folder(out)).ok()?;
    let mut ids = BTreeSet::new();
    for record in log.records() {
        if let Record::Request(request) = record.ok()? {
            ids.insert(request.id);
        }
    }
    Some(ids)
}

/// Waits until the log of a running process holds some requests; gives them.
fn wait_for_ids(child: &mut Child, out: &Path, at_least: usize) -> BTreeSet<u64> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(ids) = ids(out).filter(|ids| ids.len() >= at_least) {
            return ids;
        }
        assert!(child.try_wait().unwrap().is_none(), "the process ended too early");
        assert!(Instant::now() < deadline, "nothing was written within a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

fn steady_server() -> Server {
    Server::start(|_, stream| {
        std::thread::sleep(Duration::from_millis(1));
        send(stream, good_stream());
        Then::Keep
    })
}

#[test]
fn what_was_written_before_a_kill_is_read_back() {
    let server = steady_server();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut child = command(
        &folder,
        &server.url(),
        &["--duration", "10m", "--concurrency", "4"],
    )
    .spawn()
    .unwrap();
    let acknowledged = wait_for_ids(&mut child, &out, 50);
    kill_process(pid(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    let recovered = ids(&out).unwrap();
    assert!(
        acknowledged.is_subset(&recovered),
        "{} then, {} now",
        acknowledged.len(),
        recovered.len()
    );
    assert_eq!(
        EventLog::open(&event_files::folder(&out)).unwrap().state(),
        LogState::Killed
    );
}

#[test]
fn an_interrupt_finishes_the_files_and_exits_130() {
    for signal in [Signal::INT, Signal::TERM] {
        let server = steady_server();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut child = command(&folder, &server.url(), &["--duration", "10m"])
            .spawn()
            .unwrap();
        wait_for_ids(&mut child, &out, 1);
        kill_process(pid(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains("interrupted: "), "{stderr}");
        assert_eq!(
            EventLog::open(&event_files::folder(&out)).unwrap().state(),
            LogState::Interrupted
        );
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (asked, was_asked) = std::sync::mpsc::channel::<()>();
    let (wait, asked) = (Mutex::new(wait), Mutex::new(asked));
    let server = Server::start(move |_, _| {
        asked.lock().unwrap().send(()).unwrap();
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(&folder, &server.url(), &[]).spawn().unwrap();
    was_asked.recv().unwrap();
    // Signals that are still pending merge into one, so send until two have arrived; the request in flight has two
    // seconds of grace after the first.
    while child.try_wait().unwrap().is_none() {
        kill_process(pid(&child), Signal::INT).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        EventLog::open(&event_files::folder(&folder.path().join("out")))
            .unwrap()
            .state(),
        LogState::Killed
    );
    drop(release);
}

/// A limit on the size of a file stands for a full disk: both make a write fail half-way.
#[test]
fn a_full_disk_stops_the_run_and_keeps_what_was_written() {
    let server = Server::start(|_, stream| {
        send(stream, answer("200 OK", "application/json", &"x".repeat(20_000)));
        Then::Keep
    });
    let folder = tempfile::tempdir().unwrap();
    let run = command(&folder, &server.url(), &["--duration", "10m"]);
    let mut limited = Command::new("sh");
    // 2048 blocks of 512 bytes, or of 1024 where the shell counts so.
    limited
        .args(["-c", "ulimit -f 2048; exec \"$0\" \"$@\""])
        .arg(run.get_program())
        .args(run.get_args());
    let output = limited.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    for part in [
        "can't write `",
        "thread-0.rbl",
        "stays readable",
        "free some space",
    ] {
        assert!(stderr.contains(part), "`{part}` is not in: {stderr}");
    }
    let out = folder.path().join("out");
    let n_kept = ids(&out).unwrap().len();
    assert!(n_kept >= 20, "{n_kept} requests were kept");
    assert_eq!(
        EventLog::open(&event_files::folder(&out)).unwrap().state(),
        LogState::Interrupted
    );
}

/// Every file of a report folder but the log's own.
fn report_files(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_name() == event_files::FOLDER {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path(), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn again(args: &[&str], out: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_runbench"))
        .args(args)
        .arg(out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    output
}

/// A run with as much as a report can say: failures, a rate, a warm-up, limits, token counts.
fn run_with_everything(folder: &TempDir) -> Output {
    let server = Server::start(|received, stream| {
        if received.number % 7 == 3 {
            send(stream, answer("500 Internal Server Error", "text/plain", "no"));
        } else {
            send(stream, good_stream());
        }
        Then::Keep
    });
    let tokenizer = folder.path().join("tokenizer.json");
    let words = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
        "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
        "model":{"type":"WordLevel","vocab":{"?":0},"unk_token":"?"}}"#;
    std::fs::write(&tokenizer, words).unwrap();
    let mut run = command(
        folder,
        &server.url(),
        &[
            "--request-rate",
            "500",
            "--num-samples",
            "60",
            "--concurrency",
            "8",
            "--warmup",
            "2",
        ],
    );
    let limits = [
        "--goodput",
        "ttft:5000",
        "e2el:9000",
        "--events-jsonl",
        "--tokenizer",
    ];
    let output = run.args(limits).arg(tokenizer).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    output
}

#[test]
fn a_report_made_again_from_the_log_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let ran = run_with_everything(&folder);
    let first = report_files(&out);
    let names: BTreeSet<String> = first
        .keys()
        .map(|path| path.strip_prefix(&out).unwrap().display().to_string())
        .collect();
    let expected = [
        "config.yaml",
        "events.jsonl",
        "metrics/final_snapshot.json",
        "performance/result_summary.json",
        "performance/timeline.json",
        "report.txt",
        "sample_idx_map.json",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
    for name in expected
        .iter()
        .filter(|name| !name.starts_with("config") && !name.starts_with("events"))
    {
        std::fs::remove_file(out.join(name)).unwrap();
    }
    let made_again = again(&["report", "--quiet"], &out);
    assert_eq!(made_again.stdout, ran.stdout);
    assert_eq!(report_files(&out), first);
}

/// What the reference's rules (loadgen section 12.1) make of `events.jsonl`: a row from its issue to its end.
#[derive(Default)]
struct Rows {
    open: BTreeMap<String, (u64, Option<u64>, bool)>,
    n_issued: u64,
    n_ended: u64,
    n_failed: u64,
    ttft_ns: u64,
    latency_ns: u64,
}

impl Rows {
    fn take(&mut self, event: &Value) {
        let at_ns = event["timestamp_ns"].as_u64().unwrap();
        let id = event["sample_uuid"].as_str().unwrap().to_owned();
        match event["event_type"].as_str().unwrap() {
            "sample.issued" => {
                assert_eq!(event["data"][0], "PromptData");
                assert_eq!(event["data"].as_array().unwrap().len(), 8);
                self.n_issued += 1;
                assert_eq!(self.open.insert(id, (at_ns, None, false)), None);
            }
            "sample.recv_first" => self.open.get_mut(&id).unwrap().1 = Some(at_ns),
            "error.generic" => {
                assert_eq!(event["data"], json!(["ErrorData", "error", "HTTP 500: no"]));
                self.n_failed += 1;
                self.open.get_mut(&id).unwrap().2 = true;
            }
            "sample.complete" => {
                let (issued_ns, first_ns, is_failed) = self.open.remove(&id).unwrap();
                self.n_ended += 1;
                if is_failed {
                    assert_eq!(event["data"], Value::Null);
                    return;
                }
                assert_eq!(event["data"], json!(["TextModelOutput", ["a", "b"], null, null]));
                assert_eq!(event["finish_reason"], "stop");
                self.ttft_ns += first_ns.unwrap() - issued_ns;
                self.latency_ns += at_ns - issued_ns;
            }
            other => assert!(other.starts_with("session."), "{other}"),
        }
    }
}

#[test]
fn the_references_events_give_the_reports_figures() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    run_with_everything(&folder);
    let text = std::fs::read_to_string(out.join("events.jsonl")).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["event_type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds[..2],
        ["session.started", "session.start_performance_tracking"]
    );
    assert_eq!(
        kinds[kinds.len() - 2..],
        ["session.stop_performance_tracking", "session.ended"]
    );
    assert!(events.is_sorted_by_key(|event| event["timestamp_ns"].as_u64()));
    let mut rows = Rows::default();
    for event in &events {
        rows.take(event);
    }
    assert!(rows.open.is_empty());
    let summary = std::fs::read(out.join("performance/result_summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["n_samples_issued"], rows.n_issued);
    assert_eq!(summary["n_samples_failed"], rows.n_failed);
    assert_eq!(summary["n_samples_completed"], rows.n_ended - rows.n_failed);
    assert_eq!(summary["reference_compat"]["n_samples_completed"], rows.n_ended);
    assert_eq!(summary["ttft"]["total"], rows.ttft_ns);
    assert_eq!(summary["latency"]["total"], rows.latency_ns);
    let exported = again(&["events", "export", "--format", "reference"], &out);
    assert_eq!(String::from_utf8(exported.stdout).unwrap(), text);
}
