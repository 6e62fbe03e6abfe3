//! `runbench run` as a process: exit codes, sentences, signals, and what survives a kill or a full disk.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use runbench::event_files::{self, EventLog, LogState};
use runbench_core::record::Record;
use rustix::process::{Pid, Signal, kill_process};
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
fn a_stream_cut_in_half_is_explained() {
    let server = Server::start(|_, stream| {
        send(stream, [STREAM_HEAD, &chunk(&frame("a"))].concat());
        Then::Close
    });
    check(
        &server,
        &[],
        4,
        &[
            "the connection ended before the answer did",
            "in the middle of its answer",
            "\"content\":\"a\"",
        ],
    );
}

#[test]
fn a_web_page_with_status_200_is_explained() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            answer("200 OK", "text/html", "<!DOCTYPE html><title>Sign in</title>"),
        );
        Then::Keep
    });
    let parts = [
        "2 requests failed: the answer could not be read",
        "Sign in",
        "that is a web page, not an API",
    ];
    check(&server, &[], 4, &parts);
}

#[test]
fn a_stream_that_stops_before_its_last_frames_is_explained() {
    let server = Server::start(|_, stream| {
        send(stream, [STREAM_HEAD, &chunk(&frame("a")), STREAM_END].concat());
        Then::Keep
    });
    check(&server, &[], 4, &["the stream stopped before its end"]);
}

#[test]
fn an_error_inside_a_stream_is_explained() {
    let server = Server::start(|_, stream| {
        let error = "data: {\"error\":{\"message\":\"out of blocks\"}}\n\n";
        send(
            stream,
            [STREAM_HEAD, &chunk(&frame("a")), &chunk(error), STREAM_END].concat(),
        );
        Then::Keep
    });
    check(&server, &[], 4, &["an error inside the stream", "out of blocks"]);
}

#[test]
fn a_stream_with_crlf_and_comments_is_a_good_one() {
    let server = Server::start(|_, stream| {
        let text = format!(": hello\n\n{}{}{LAST_FRAMES}", frame("a"), frame("b")).replace('\n', "\r\n");
        send(stream, [STREAM_HEAD, &chunk(&text), STREAM_END].concat());
        Then::Keep
    });
    check(&server, &[], 0, &[]);
}

#[test]
fn a_slow_server_is_explained() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_, _| {
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    check(
        &server,
        &["--request-timeout", "30ms"],
        4,
        &["no complete answer within 30 ms", "raise `--request-timeout`"],
    );
    drop(release);
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
