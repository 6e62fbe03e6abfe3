//! The load engine against servers on the loopback that behave and that do not.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbench::event_files::{self, EventLog, LogState};
use runbench::run::{Interrupt, Progress, RunError, RunOptions, RunOutcome, StopRule, run};
use runbench_core::order::Order;
use runbench_core::record::{FailureClass, Record, RequestRecord, RunState, TransportEnd};
use support::{LAST_FRAMES, STREAM_END, STREAM_HEAD, Server, Then, answer, chunk, frame, send};
use tempfile::TempDir;

/// A whole chat answer, not streamed.
fn chat_answer() -> String {
    let body = "{\"id\":\"1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"four words of \
                answer\"},\"finish_reason\":\"stop\"}]}";
    answer("200 OK", "application/json", body)
}

struct Silent;

impl Progress for Silent {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}
    fn phase(&mut self, _name: &str) {}
}

struct Ran {
    outcome: Result<RunOutcome, RunError>,
    out: PathBuf,
    _folder: TempDir,
}

impl Ran {
    /// The transport's view of every request, by id.
    fn records(&self) -> Vec<RequestRecord> {
        let log = EventLog::open(&event_files::folder(&self.out)).unwrap();
        let records = log.records().map(Result::unwrap);
        let mut requests: Vec<RequestRecord> = records
            .filter_map(|record| {
                if let Record::Request(request) = record {
                    Some(request)
                } else {
                    None
                }
            })
            .collect();
        requests.sort_by_key(|request| request.id);
        requests
    }

    fn only_record(&self) -> RequestRecord {
        let mut records = self.records();
        assert_eq!(records.len(), 1);
        records.remove(0)
    }

    fn only_failure(&self) -> (FailureClass, String) {
        match self.only_record().end {
            TransportEnd::Failed(class, message) => (class, message),
            TransportEnd::Complete => panic!("the request succeeded"),
        }
    }
}

/// Runs against `url` with a dataset of three rows; `change` adapts the options.
fn run_against(url: &str, interrupt: &Interrupt, change: impl FnOnce(&mut RunOptions)) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("rows.jsonl");
    std::fs::write(
        &dataset,
        "{\"prompt\":\"one\"}\n{\"prompt\":\"two\"}\n{\"prompt\":\"three\"}\n",
    )
    .unwrap();
    let out = folder.path().join("out");
    let mut options = RunOptions::new(url, "m", dataset, out.clone());
    options.stop = StopRule::Samples(1);
    options.threads = Some(1);
    options.order = Order::Sequential;
    options.request_ids = false;
    change(&mut options);
    Ran {
        outcome: run(&options, &mut Silent, interrupt),
        out,
        _folder: folder,
    }
}

fn run_once(server: &Server) -> Ran {
    run_against(&server.url(), &Interrupt::default(), |_| {})
}

fn check_stamps(record: &RequestRecord) {
    let mut stamps = vec![record.scheduled_ns, record.issued_ns];
    stamps.extend(record.head_ns);
    stamps.extend(record.reads.iter().map(|read| read.at_ns));
    stamps.push(record.done_ns);
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(
        record
            .reads
            .is_sorted_by(|one, next| one.body_end < next.body_end),
        "{:?}",
        record.reads
    );
    assert_eq!(
        record.reads.last().map_or(0, |read| read.body_end),
        u64::try_from(record.body.len()).unwrap()
    );
}

#[test]
fn sends_exactly_the_bytes_of_the_specification() {
    let seen = Arc::new(Mutex::new(None));
    let server = Server::start({
        let seen = Arc::clone(&seen);
        move |received, stream| {
            *seen.lock().unwrap() = Some(received.clone());
            send(stream, chat_answer());
            Then::Keep
        }
    });
    let url = format!("{}/v1/", server.url());
    run_against(&url, &Interrupt::default(), |options| {
        options.api_key_env = Some("CARGO_PKG_VERSION".to_owned());
    });
    let seen = seen.lock().unwrap().take().unwrap();
    let body = r#"{"model":"m","messages":[{"role":"user","content":"one"}],"max_completion_tokens":1024,"stream":true}"#;
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: {}\r\n\r\n",
        server.port,
        env!("CARGO_PKG_VERSION"),
        body.len()
    );
    assert_eq!(
        (seen.head, String::from_utf8(seen.body).unwrap()),
        (head, body.to_owned())
    );
}

#[test]
fn issues_exactly_the_samples_over_all_threads_and_repeats_the_dataset() {
    let server = Server::start(|_, stream| {
        send(stream, chat_answer());
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(100);
        options.concurrency = 5;
        options.threads = Some(2);
    });
    let records = ran.records();
    let ids: Vec<(u64, u64)> = records
        .iter()
        .map(|record| (record.id, record.sample_index))
        .collect();
    assert_eq!(ids, (0..100).map(|id| (id, id % 3)).collect::<Vec<_>>());
    records.iter().for_each(check_stamps);
    let outcome = ran.outcome.unwrap();
    assert_eq!(
        (outcome.n_issued, outcome.n_completed, outcome.state),
        (100, 100, RunState::Complete)
    );
    // One of the connections is the one that tried the endpoint before the window.
    assert_eq!(
        server.n_connections.load(Ordering::Relaxed),
        outcome.health.n_connects + 1
    );
    assert!(
        outcome.health.n_connects <= 5,
        "{} connections",
        outcome.health.n_connects
    );
}

#[test]
fn a_stream_is_stamped_no_earlier_than_its_parts_were_sent() {
    const PAUSE: Duration = Duration::from_millis(20);
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD);
        for content in ["a", "b", "c"] {
            std::thread::sleep(PAUSE);
            send(stream, chunk(&frame(content)));
        }
        send(stream, chunk(LAST_FRAMES) + STREAM_END);
        Then::Keep
    });
    let record = run_once(&server).only_record();
    check_stamps(&record);
    assert_eq!(
        (record.end.clone(), record.http_status),
        (TransportEnd::Complete, Some(200))
    );
    assert!(record.event_stream);
    let text = String::from_utf8(record.body.clone()).unwrap();
    assert_eq!(
        text,
        [frame("a"), frame("b"), frame("c"), LAST_FRAMES.to_owned()].concat()
    );
    let since_issue = |at_ns: u64| Duration::from_nanos(at_ns - record.issued_ns);
    assert!(
        since_issue(record.reads.first().unwrap().at_ns) >= PAUSE,
        "{record:?}"
    );
    assert!(since_issue(record.done_ns) >= PAUSE * 3, "{record:?}");
}

#[test]
fn a_stream_with_crlf_arrives_as_it_was_sent() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            STREAM_HEAD.to_owned() + &chunk("data: 1\r\n\r\n") + &chunk("data: [DONE]\r\n\r\n") + STREAM_END,
        );
        Then::Keep
    });
    assert_eq!(
        run_once(&server).only_record().body,
        b"data: 1\r\n\r\ndata: [DONE]\r\n\r\n"
    );
}

#[test]
fn an_answer_may_end_with_its_connection() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
        );
        Then::Close
    });
    let record = run_once(&server).only_record();
    assert_eq!(
        (record.end.clone(), record.body.as_slice()),
        (TransportEnd::Complete, &b"data: 1\n\n"[..])
    );
    check_stamps(&record);
}

fn check_failure(server: &Server, class: FailureClass, message: &str) -> Ran {
    let ran = run_once(server);
    let (seen_class, seen_message) = ran.only_failure();
    assert!(
        seen_class == class && seen_message.contains(message),
        "{seen_class:?}: {seen_message}"
    );
    check_stamps(&ran.only_record());
    ran
}

#[test]
fn a_close_before_the_head_is_a_disconnect() {
    let server = Server::start(|_, _| Then::Close);
    check_failure(&server, FailureClass::Disconnected, "before it answered");
}

#[test]
fn a_close_after_the_head_is_a_disconnect() {
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD);
        Then::Close
    });
    check_failure(&server, FailureClass::Disconnected, "in the middle of its answer");
}

#[test]
fn half_a_stream_is_a_disconnect_and_its_bytes_are_kept() {
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD.to_owned() + &chunk(&frame("a")));
        Then::Close
    });
    let ran = check_failure(&server, FailureClass::Disconnected, "in the middle of its answer");
    assert_eq!(ran.only_record().body, frame("a").as_bytes());
}

#[test]
fn half_a_body_with_a_length_is_a_disconnect() {
    let server = Server::start(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        Then::Close
    });
    check_failure(&server, FailureClass::Disconnected, "in the middle of its answer");
}

#[test]
fn garbage_is_no_http() {
    let server = Server::start(|_, stream| {
        send(stream, "\x16\x03\x01 this is no HTTP\r\n\r\n");
        Then::Close
    });
    check_failure(&server, FailureClass::Protocol, "no HTTP/1.1");
}

#[test]
fn a_bad_chunk_is_no_http() {
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD.to_owned() + "zz\r\n");
        Then::Close
    });
    check_failure(&server, FailureClass::Protocol, "no HTTP/1.1");
}

#[test]
fn an_error_status_keeps_its_body_and_the_connection() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            answer("401 Unauthorized", "application/json", "{\"error\":\"no key\"}"),
        );
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(3);
    });
    assert!(ran.records().iter().all(|record| record.http_status == Some(401)));
    let outcome = ran.outcome.unwrap();
    assert_eq!((outcome.n_completed, outcome.health.n_connects), (0, 1));
    assert_eq!(outcome.failures.get(&FailureClass::Status), Some(&3));
    let example = outcome.examples.0.get(&FailureClass::Status).unwrap();
    assert_eq!(
        (example.http_status, example.body_start.as_str()),
        (Some(401), "{\"error\":\"no key\"}")
    );
}

#[test]
fn an_endless_error_page_is_given_up() {
    let server = Server::start(|_, stream| {
        send(stream, "HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\n\r\n");
        while send(stream, "<p>no</p>".repeat(1000)) {}
        Then::Close
    });
    check_failure(&server, FailureClass::Status, "HTTP 500");
}

#[test]
fn an_endless_stream_ends_at_the_limit() {
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD);
        while send(stream, chunk(&frame("again"))) {}
        Then::Close
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.limits.answer_bytes = 100_000;
    });
    assert_eq!(ran.only_failure().0, FailureClass::TooLarge);
    let n_bytes = ran.only_record().body.len();
    assert!(n_bytes > 1000 && n_bytes <= 100_000, "{n_bytes}");
}

#[test]
fn a_silent_server_runs_into_the_time_out() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_, _| {
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.request_timeout = Duration::from_millis(50);
    });
    drop(release);
    let record = ran.only_record();
    assert_eq!(
        ran.only_failure(),
        (
            FailureClass::TimedOut,
            "no complete answer within 50 ms".to_owned()
        )
    );
    assert!(record.done_ns - record.issued_ns >= 50_000_000, "{record:?}");
}

#[test]
fn a_stream_that_stalls_runs_into_the_time_out_and_keeps_what_came() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_, stream| {
        send(stream, STREAM_HEAD.to_owned() + &chunk(&frame("a")));
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.request_timeout = Duration::from_millis(200);
    });
    drop(release);
    assert_eq!(ran.only_failure().0, FailureClass::TimedOut);
    assert_eq!(ran.only_record().body, frame("a").as_bytes());
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced_once() {
    // The second request of each connection is met by a close, as when an idle connection ran out just then.
    let server = Server::start(|received, stream| {
        if received.on_connection == 1 {
            return Then::Close;
        }
        send(stream, chat_answer());
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(4);
    });
    ran.records().iter().for_each(check_stamps);
    let outcome = ran.outcome.unwrap();
    // On a busy machine a close may come too late to be taken for one of an idle connection.
    let n_late = outcome
        .failures
        .get(&FailureClass::Disconnected)
        .copied()
        .unwrap_or(0);
    assert_eq!((outcome.n_completed + n_late, outcome.n_issued), (4, 4));
    assert!(outcome.health.n_reconnects >= 1 && n_late < 3);
    assert!(
        outcome
            .notices
            .iter()
            .any(|notice| notice.contains("sent a second time")),
        "{:?}",
        outcome.notices
    );
}

#[test]
fn a_request_that_the_server_worked_on_is_never_sent_a_second_time() {
    // A server that crashes on every request but the first of a connection, after some work.
    let server = Server::start(|received, stream| {
        if received.on_connection == 1 {
            std::thread::sleep(Duration::from_millis(60));
            return Then::Close;
        }
        send(stream, chat_answer());
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(4);
    });
    let outcome = ran.outcome.unwrap();
    assert_eq!(outcome.failures.get(&FailureClass::Disconnected), Some(&2));
    assert_eq!((outcome.n_completed, outcome.health.n_reconnects), (2, 0));
}

#[test]
fn a_request_is_never_sent_a_second_time_after_a_byte_of_its_answer() {
    let server = Server::start(|received, stream| {
        if received.on_connection == 1 {
            send(stream, "HTTP/1.1 200");
            return Then::Close;
        }
        send(stream, chat_answer());
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(4);
    });
    let outcome = ran.outcome.unwrap();
    assert_eq!(
        (
            outcome.n_completed,
            outcome.failures.get(&FailureClass::Disconnected)
        ),
        (2, Some(&2))
    );
    assert_eq!(outcome.health.n_reconnects, 0);
}

#[test]
fn a_connection_that_the_server_says_it_closes_is_not_used_again() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            chat_answer().replacen("\r\n", "\r\nConnection: close\r\n", 1),
        );
        Then::Close
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(5);
    });
    let outcome = ran.outcome.unwrap();
    assert_eq!(
        (
            outcome.n_completed,
            outcome.health.n_connects,
            outcome.health.n_reconnects
        ),
        (5, 5, 0)
    );
}

#[test]
fn a_duration_stops_issuing_and_waits_for_what_is_in_flight() {
    let server = Server::start(|_, stream| {
        std::thread::sleep(Duration::from_millis(5));
        send(stream, chat_answer());
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::After(Duration::from_millis(300));
        options.concurrency = 3;
    });
    let log = EventLog::open(&event_files::folder(&ran.out)).unwrap();
    let end = log.end().unwrap();
    let records = ran.records();
    assert!(records.len() >= 3);
    assert!(records.iter().all(|record| record.end == TransportEnd::Complete));
    assert!(
        records
            .iter()
            .all(|record| record.scheduled_ns < end.started_ns + 300_000_000)
    );
    assert!(records.iter().all(|record| record.done_ns <= end.ended_ns));
    assert_eq!(ran.outcome.unwrap().state, RunState::Complete);
}

#[test]
fn an_interrupt_stops_issuing_and_gives_up_what_does_not_end() {
    let interrupt = Interrupt::default();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start({
        let interrupt = Arc::clone(&interrupt);
        move |received, stream| {
            if received.number < 5 {
                send(stream, chat_answer());
                return Then::Keep;
            }
            interrupt.store(true, Ordering::Relaxed);
            let _released = wait.lock().unwrap().recv();
            Then::Close
        }
    });
    let ran = run_against(&server.url(), &interrupt, |options| {
        options.stop = StopRule::Samples(1000);
        options.limits.grace = Duration::from_millis(50);
    });
    drop(release);
    let outcome = ran.outcome.as_ref().unwrap();
    assert_eq!(
        (outcome.state, outcome.n_issued, outcome.n_completed),
        (RunState::Interrupted, 6, 5)
    );
    assert_eq!(outcome.failures.get(&FailureClass::Abandoned), Some(&1));
    assert_eq!(
        EventLog::open(&event_files::folder(&ran.out)).unwrap().state(),
        LogState::Interrupted
    );
}

#[test]
fn a_server_that_goes_away_fails_requests_by_connect_and_does_not_spin() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gone = std::thread::spawn(move || drop(listener.accept()));
    let ran = run_against(&url, &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(3);
    });
    gone.join().unwrap();
    let outcome = ran.outcome.as_ref().unwrap();
    assert_eq!(outcome.failures.values().sum::<u64>(), 3);
    let records = ran.records();
    let last = records.last().unwrap();
    assert_eq!(
        last.end,
        TransportEnd::Failed(FailureClass::Connect, "connection refused".to_owned())
    );
    assert_eq!(last.issued_ns, last.done_ns);
}

fn check_error(url: &str, exit_code: u8, parts: &[&str], change: impl FnOnce(&mut RunOptions)) {
    let ran = run_against(url, &Interrupt::default(), change);
    let error = ran.outcome.unwrap_err();
    assert_eq!(error.exit_code(), exit_code, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
}

#[test]
fn a_dead_endpoint_is_named_with_its_cause() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/v1");
    let expected = [
        &url[..url.len() - 3],
        "tried: 3 times",
        "connection refused",
        "help: start the server",
    ];
    check_error(&url, 3, &expected, |_| {});
    check_error(
        "http://no-such-host.invalid",
        3,
        &["tried: 1 times", "could not be resolved"],
        |_| {},
    );
}

#[test]
fn a_folder_that_can_not_be_written_is_named() {
    let server = Server::start(|_, _| Then::Close);
    let file = tempfile::NamedTempFile::new().unwrap();
    let out = file.path().join("out");
    check_error(
        &server.url(),
        3,
        &["can't write the report folder", "help: choose"],
        |options| options.out = out,
    );
}

#[test]
fn a_taken_folder_is_left_alone_unless_asked() {
    let server = Server::start(|_, stream| {
        send(stream, chat_answer());
        Then::Keep
    });
    let taken = tempfile::tempdir().unwrap();
    let out = taken.path().to_owned();
    let first = run_against(&server.url(), &Interrupt::default(), |options| {
        options.out.clone_from(&out);
    });
    assert_eq!(first.outcome.unwrap().n_completed, 1);
    check_error(&server.url(), 3, &["is not empty", "--overwrite"], |options| {
        options.out.clone_from(&out);
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.out.clone_from(&out);
        options.overwrite = true;
    });
    assert_eq!(ran.outcome.unwrap().n_completed, 1);
}

#[test]
fn bad_values_are_refused_before_anything_is_sent() {
    let check =
        |change: fn(&mut RunOptions), part: &str| check_error("http://127.0.0.1:1", 2, &[part], change);
    check(|options| options.concurrency = 0, "concurrency is 0");
    check(|options| options.stop = StopRule::Samples(0), "0 samples");
    check(
        |options| options.stop = StopRule::After(Duration::ZERO),
        "duration of 0",
    );
    check(|options| options.threads = Some(0), "0 threads");
    check(|options| options.model = " ".to_owned(), "model's name");
    check(|options| options.cores = Some(vec![9999]), "core 9999");
    check(
        |options| options.api_key_env = Some("RUNBENCH_NO_SUCH".to_owned()),
        "is not set",
    );
    check(
        |options| options.endpoints = vec!["ftp://h".to_owned()],
        "must begin with",
    );
    check(
        |options| options.dataset = "no-such.jsonl".into(),
        "can't read the dataset",
    );
}

/// A server that begins a stream with these chunks and then waits until the test is over.
fn stalling_server(chunks: &'static [&'static str]) -> (Server, std::sync::mpsc::Sender<()>) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_, stream| {
        send(stream, STREAM_HEAD);
        for text in chunks {
            send(stream, chunk(text));
        }
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    (server, release)
}

#[test]
fn a_stream_without_text_runs_into_the_time_out_of_the_first_token() {
    let (server, release) = stalling_server(&[
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
        ": ping\n\n",
    ]);
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.limits.first_token_timeout = Some(Duration::from_millis(80));
    });
    drop(release);
    let record = ran.only_record();
    assert_eq!(
        ran.only_failure(),
        (
            FailureClass::FirstTokenTimedOut,
            "no token within 80 ms".to_owned()
        )
    );
    assert!(record.done_ns - record.issued_ns >= 80_000_000, "{record:?}");
    check_stamps(&record);
}

#[test]
fn a_stream_that_stops_arriving_is_stalled_and_not_late_with_its_first_token() {
    let (server, release) = stalling_server(&["data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"]);
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.limits.first_token_timeout = Some(Duration::from_millis(100));
        options.limits.stall_timeout = Some(Duration::from_millis(300));
    });
    drop(release);
    let record = ran.only_record();
    assert_eq!(
        ran.only_failure(),
        (
            FailureClass::Stalled,
            "nothing more of the answer for 300 ms".to_owned()
        )
    );
    let last_read_ns = record.reads.last().unwrap().at_ns;
    assert!(record.done_ns - last_read_ns >= 300_000_000, "{record:?}");
}

#[test]
fn an_answer_with_two_lengths_is_no_http() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        );
        Then::Close
    });
    check_failure(
        &server,
        FailureClass::Protocol,
        "given twice with different values",
    );
}

#[test]
fn an_answer_that_nobody_asked_to_compress_is_refused() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x08",
        );
        Then::Close
    });
    check_failure(&server, FailureClass::Protocol, "is compressed");
}

#[test]
fn an_interim_answer_and_a_slow_head_are_waited_for() {
    let server = Server::start(|_, stream| {
        let text = format!("HTTP/1.1 100 Continue\r\n\r\n{}", chat_answer());
        for byte in text.as_bytes() {
            send(stream, [*byte]);
        }
        Then::Keep
    });
    let record = run_once(&server).only_record();
    assert_eq!(
        (record.end.clone(), record.http_status),
        (TransportEnd::Complete, Some(200))
    );
    check_stamps(&record);
}

#[test]
fn bytes_after_an_answer_end_its_connection() {
    let server = Server::start(|_, stream| {
        send(stream, chat_answer() + "HTTP/1.1 200 OK\r\n\r\n");
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(3);
    });
    let outcome = ran.outcome.unwrap();
    assert_eq!((outcome.n_completed, outcome.health.n_connects), (3, 3));
}

#[test]
fn the_wait_for_a_connection_is_the_clients_own() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            chat_answer().replacen("\r\n", "\r\nConnection: close\r\n", 1),
        );
        Then::Close
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(4);
    });
    let records = ran.records();
    assert!(records.iter().all(|record| record.connection.is_new));
    // The first connection was opened ahead; the others were waited for.
    let waits: Vec<bool> = records
        .iter()
        .map(|record| record.connection.wait_ns > 0)
        .collect();
    assert_eq!(waits, [false, true, true, true]);
    assert!(
        records
            .iter()
            .all(|record| record.scheduled_ns + record.connection.wait_ns <= record.issued_ns)
    );
}

#[test]
fn each_threads_health_is_in_the_log() {
    let server = Server::start(|_, stream| {
        send(stream, chat_answer());
        Then::Keep
    });
    let ran = run_against(&server.url(), &Interrupt::default(), |options| {
        options.stop = StopRule::Samples(50);
        options.concurrency = 4;
        options.threads = Some(2);
    });
    let log = EventLog::open(&event_files::folder(&ran.out)).unwrap();
    let outcome = ran.outcome.unwrap();
    assert_eq!(log.health(), outcome.health.threads);
    assert_eq!(log.health().len(), 2);
    for health in log.health() {
        assert!(
            health.cpu_ns > 0 && health.cpu_ns <= health.window_ns + 50_000_000,
            "{health:?}"
        );
        assert!(
            health.spin_ns <= health.cpu_ns && health.n_connects == 2,
            "{health:?}"
        );
        assert!(health.max_turn_ns > 0 && health.p99_turn_ns <= health.max_turn_ns.next_power_of_two());
    }
}

#[test]
fn more_connections_than_the_machine_has_are_refused() {
    let server = Server::start(|_, _| Then::Close);
    check_error(
        &server.url(),
        3,
        &["connections need more", "lower `--concurrency`"],
        |options| {
            options.concurrency = 3_000_000;
        },
    );
}

#[test]
fn an_interrupt_while_connecting_ends_the_run_before_it_began() {
    // Nobody listens there, so that the client would try again for a while.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let interrupt = Interrupt::default();
    interrupt.store(true, Ordering::Relaxed);
    let ran = run_against(&format!("http://127.0.0.1:{port}"), &interrupt, |_| {});
    let error = ran.outcome.unwrap_err();
    assert!(matches!(error, RunError::Interrupted), "{error}");
    assert_eq!(error.exit_code(), 130);
}
