//! Servers that misbehave, and the exact sentence that the user reads.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde_json::Value;
use support::{LAST_FRAMES, STREAM_END, STREAM_HEAD, Server, Then, answer, chunk, frame, send};

/// What a run left: its exit code, stderr, and the summary if there is one.
struct Ran {
    code: Option<i32>,
    stderr: String,
    summary: Option<Value>,
}

/// A run of one request, or as `args` say.
fn run(url: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("rows.jsonl");
    std::fs::write(&dataset, "{\"prompt\":\"one\"}\n").unwrap();
    let out = folder.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_runbench"))
        .args([
            "run",
            "--endpoint",
            url,
            "--model",
            "m",
            "--threads",
            "1",
            "--dataset",
        ])
        .arg(dataset)
        .arg("--out")
        .arg(&out)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let summary = std::fs::read(out.join("performance/result_summary.json")).ok();
    Ran {
        code: output.status.code(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        summary: summary.map(|bytes| serde_json::from_slice(&bytes).unwrap()),
    }
}

/// The server's one answer makes the run fail with this sentence.
fn check_failure(server: &Server, args: &[&str], sentence: &[&str]) {
    let ran = run(&server.url(), args);
    let expected = format!("error: {}\n", sentence.join("\n   = "));
    assert!(
        ran.stderr.contains(&expected),
        "{expected} is not in: {}",
        ran.stderr
    );
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    let summary = ran.summary.unwrap();
    assert_eq!(
        (&summary["n_samples_completed"], &summary["n_samples_failed"]),
        (&0.into(), &1.into())
    );
    assert_eq!(summary["ttft"]["total"], Value::Null);
}

/// The run is a good one; gives the summary.
fn check_good(server: &Server, args: &[&str]) -> Value {
    let ran = run(&server.url(), args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stderr.contains("error: "), "{}", ran.stderr);
    ran.summary.unwrap()
}

/// A server that sends these bytes to every request.
fn sends(bytes: impl Into<Vec<u8>>, then: Then) -> Server {
    let bytes = bytes.into();
    Server::start(move |_, stream| {
        send(stream, &bytes);
        then
    })
}

/// A stream of these bytes, an HTTP chunk each.
fn stream_of(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = STREAM_HEAD.as_bytes().to_vec();
    for part in parts {
        bytes.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        bytes.extend_from_slice(part);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(STREAM_END.as_bytes());
    bytes
}

/// A server that sends these bytes, and then waits until the sender is dropped.
fn sends_and_waits(bytes: impl Into<Vec<u8>>) -> (Server, Sender<()>) {
    let bytes = bytes.into();
    let (release, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_, stream| {
        send(stream, &bytes);
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    (server, release)
}

const WEB_PAGE: &str = "that is a web page, not an API: see that";

#[test]
fn refuses_from_the_start() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let ran = run(&url, &[]);
    assert_eq!(ran.code, Some(3));
    let expected = format!(
        "error: no connection to {url}\n   = tried: 3 times, last cause: connection refused\n   = help: start the server, \
         or check host and port; `curl {url}/v1/models` should answer\n"
    );
    assert!(ran.stderr.ends_with(&expected), "{}", ran.stderr);
}

#[test]
fn refuses_once_it_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // It takes the connection that looks whether it is there, and no other.
    let gone = std::thread::spawn(move || drop(listener.accept()));
    let ran = run(&url, &["--num-samples", "3"]);
    gone.join().unwrap();
    let expected = "failed: no connection\n   = seen: connection refused\n   = help: the server was there before the run; \
                    see whether it still runs, and whether it takes that many connections\n";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert_eq!(ran.code, Some(4));
}

const LOOK: &str =
    "help: look into the server's log: it may have crashed, or a proxy may have a time-out of its own";
const BROKE_OFF: &str = "1 request failed: the connection ended before the answer did";

#[test]
fn resets_before_it_answers() {
    let server = Server::start(|_, _| Then::Reset);
    let seen = "seen: the server reset the connection before it answered";
    check_failure(&server, &[], &[BROKE_OFF, seen, LOOK]);
}

#[test]
fn resets_in_the_middle() {
    let (waiting, waited) = channel::<()>();
    let waited = Mutex::new(waited);
    let server = Server::start(move |_, stream| {
        send(stream, STREAM_HEAD.to_owned() + &chunk(&frame("a")));
        // A reset may overtake what was sent before it.
        let _ = waited.lock().unwrap().recv_timeout(Duration::from_millis(200));
        Then::Reset
    });
    let began = format!("the answer began: {}", frame("a").trim_end());
    let seen = "seen: the server reset the connection in the middle of its answer";
    check_failure(&server, &[], &[BROKE_OFF, seen, &began, LOOK]);
    drop(waiting);
}

#[test]
fn closes_before_it_answers() {
    let server = Server::start(|_, _| Then::Close);
    let seen = "seen: the server closed the connection before it answered";
    check_failure(&server, &[], &[BROKE_OFF, seen, LOOK]);
}

#[test]
fn closes_early() {
    let seen = "seen: the server closed the connection in the middle of its answer";
    let began = format!("the answer began: {}", frame("a").trim_end());
    let half_stream = STREAM_HEAD.to_owned() + &chunk(&frame("a"));
    check_failure(
        &sends(half_stream, Then::Close),
        &[],
        &[BROKE_OFF, seen, &began, LOOK],
    );
    let half_length = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":";
    let began = "the answer began: {\"half\":";
    check_failure(
        &sends(half_length, Then::Close),
        &[],
        &[BROKE_OFF, seen, began, LOOK],
    );
}

#[test]
fn answers_4xx() {
    let check = |status: &str, body: &str, sentence: &[&str]| {
        check_failure(
            &sends(answer(status, "application/json", body), Then::Keep),
            &[],
            sentence,
        );
    };
    let refused = "help: the server refused what the requests ask for: see what its answer says of the model, the prompt \
                   or the sampling parameters";
    check(
        "400 Bad Request",
        "{\"error\":{\"message\":\"too long\"}}",
        &[
            "1 request failed: the server answered 400",
            "the answer began: {\"error\":{\"message\":\"too long\"}}",
            refused,
        ],
    );
    check(
        "422 Unprocessable Entity",
        "",
        &["1 request failed: the server answered 422", refused],
    );
    let key = "help: give `--api-key-env NAME`, where the environment variable NAME holds the key";
    check(
        "401 Unauthorized",
        "",
        &["1 request failed: the server answered 401 (unauthorized)", key],
    );
    check(
        "403 Forbidden",
        "no",
        &[
            "1 request failed: the server answered 403 (forbidden)",
            "the answer began: no",
            key,
        ],
    );
    check(
        "429 Too Many Requests",
        "",
        &[
            "1 request failed: the server answered 429 (too many requests)",
            "help: lower `--concurrency`, or lift the server's limit",
        ],
    );
    let server = sends(answer("404 Not Found", "application/json", ""), Then::Keep);
    let help = format!(
        "help: asked for `/v1/chat/completions` and model `m`; `--endpoint` must be the server's root, and `curl \
         {}/v1/models` lists the models that it serves",
        server.url()
    );
    check_failure(
        &server,
        &[],
        &["1 request failed: the server answered 404 (not found)", &help],
    );
}

#[test]
fn answers_5xx() {
    let help = "help: look into the server's log";
    check_failure(
        &sends(
            answer("500 Internal Server Error", "text/plain", "out of memory"),
            Then::Keep,
        ),
        &[],
        &[
            "1 request failed: the server answered 500",
            "the answer began: out of memory",
            help,
        ],
    );
    let bare = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    check_failure(
        &sends(bare, Then::Close),
        &[],
        &["1 request failed: the server answered 503", help],
    );
}

#[test]
fn answers_with_a_web_page() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    let server = sends(answer("200 OK", "text/html", page), Then::Keep);
    let help = format!(
        "help: {WEB_PAGE} {} is the model server itself and not a proxy or its login page",
        server.url()
    );
    check_failure(
        &server,
        &[],
        &[
            "1 request failed: the answer could not be read",
            &format!("seen: the answer is an HTML page (is the endpoint's address right?): {page}"),
            &format!("the answer began: {page}"),
            &help,
        ],
    );
    let gateway = "<html><h1>502 Bad Gateway</h1></html>";
    let server = sends(answer("502 Bad Gateway", "text/html", gateway), Then::Keep);
    let help = format!(
        "help: {WEB_PAGE} {} is the model server itself and not a proxy or its login page",
        server.url()
    );
    check_failure(
        &server,
        &[],
        &[
            "1 request failed: the server answered 502",
            &format!("the answer began: {gateway}"),
            &help,
        ],
    );
}

#[test]
fn redirects() {
    let moved =
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    check_failure(
        &sends(moved, Then::Keep),
        &[],
        &[
            "1 request failed: the server answered 307 (a redirect)",
            "help: redirects are not followed; give the address that it leads to",
        ],
    );
}

#[test]
fn sends_a_stream_under_a_wrong_content_type() {
    let good = [
        frame("a").as_bytes(),
        frame("b").as_bytes(),
        LAST_FRAMES.as_bytes(),
    ]
    .concat();
    let text = answer("200 OK", "application/json", std::str::from_utf8(&good).unwrap());
    let summary = check_good(&sends(text, Then::Keep), &[]);
    // The whole of it came at once, so that the first chunk has a time.
    assert!(summary["ttft"]["total"].as_u64().unwrap() > 0);
    let server = sends(
        answer("200 OK", "application/octet-stream", "\u{1}\u{2}x"),
        Then::Keep,
    );
    check_failure(
        &server,
        &[],
        &[
            "1 request failed: the answer could not be read",
            "seen: the answer can't be read: expected value at line 1 column 1; it begins x",
            "the answer began: x",
            "help: see whether the server speaks this API (`/v1/chat/completions`); `--api` chooses chat or completions",
        ],
    );
}

#[test]
fn ends_lines_with_crlf_and_sends_comments() {
    let server = Server::start(|_, stream| {
        send(
            stream,
            STREAM_HEAD.to_owned() + &chunk(&format!(": hello\n\n{}", frame("a")).replace('\n', "\r\n")),
        );
        std::thread::sleep(Duration::from_millis(50));
        let rest = format!("{}{LAST_FRAMES}", frame("b")).replace('\n', "\r\n");
        send(stream, chunk(&rest) + STREAM_END);
        Then::Keep
    });
    let summary = check_good(&server, &[]);
    let total = |series: &str| summary[series]["total"].as_u64().unwrap();
    // The first chunk's time is its own, not that of the end.
    assert!(total("ttft") + 40_000_000 < total("latency"), "{summary}");
}

const IN_STREAM: &str = "1 request failed: the server sent an error inside the stream";

#[test]
fn sends_an_error_inside_a_stream() {
    let error = "data: {\"error\":{\"message\":\"out of blocks\",\"code\":500}}\n\n";
    let began = format!(
        "the answer began: {}  {}",
        frame("a").trim_end(),
        error.trim_end()
    );
    check_failure(
        &sends(stream_of(&[frame("a").as_bytes(), error.as_bytes()]), Then::Keep),
        &[],
        &[
            IN_STREAM,
            "seen: the stream holds an error: out of blocks",
            &began,
            "help: look into the server's log",
        ],
    );
}

#[test]
fn sends_an_event_that_is_no_json() {
    let bad = "data: {oops\n\n";
    let began = format!(
        "the answer began: {}  {}  ",
        frame("a").trim_end(),
        bad.trim_end()
    );
    let server = sends(
        stream_of(&[frame("a").as_bytes(), bad.as_bytes(), LAST_FRAMES.as_bytes()]),
        Then::Keep,
    );
    let ran = run(&server.url(), &[]);
    let expected = format!(
        "error: 1 request failed: the answer could not be read\n   = seen: event 2 of the stream can't be read: key must \
         be a string at line 1 column 2; it is {{oops\n   = {began}"
    );
    assert!(
        ran.stderr.contains(&expected),
        "{expected} is not in: {}",
        ran.stderr
    );
    assert_eq!(ran.code, Some(4));
}

#[test]
fn leaves_done_out() {
    let stop = LAST_FRAMES.strip_suffix("data: [DONE]\n\n").unwrap();
    let with_reason = stream_of(&[frame("a").as_bytes(), stop.as_bytes()]);
    check_good(&sends(with_reason, Then::Keep), &[]);
    let began = format!("the answer began: {}", frame("a").trim_end());
    check_failure(
        &sends(stream_of(&[frame("a").as_bytes()]), Then::Keep),
        &[],
        &[
            "1 request failed: the stream stopped before its end",
            "seen: the stream ended without `finish_reason` and `[DONE]`, after 1 event",
            &began,
            "help: look into the server's log",
        ],
    );
}

#[test]
fn sends_done_twice() {
    let done = b"data: [DONE]\n\n";
    check_good(
        &sends(
            stream_of(&[frame("a").as_bytes(), LAST_FRAMES.as_bytes(), done]),
            Then::Keep,
        ),
        &[],
    );
}

#[test]
fn begins_with_a_blank_chunk() {
    let role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    let server = Server::start(move |_, stream| {
        send(stream, STREAM_HEAD.to_owned() + &chunk(role));
        std::thread::sleep(Duration::from_millis(50));
        send(stream, chunk(&frame("a")) + &chunk(LAST_FRAMES) + STREAM_END);
        Then::Keep
    });
    let summary = check_good(&server, &[]);
    assert!(
        summary["ttft"]["total"].as_u64().unwrap() >= 50_000_000,
        "{summary}"
    );
}

#[test]
fn sends_one_byte_at_a_time() {
    let bytes = stream_of(&[
        frame("a").as_bytes(),
        frame("ü").as_bytes(),
        LAST_FRAMES.as_bytes(),
    ]);
    let server = Server::start(move |_, stream| {
        for byte in &bytes {
            send(stream, [*byte]);
        }
        Then::Keep
    });
    let summary = check_good(&server, &["--num-samples", "3"]);
    assert_eq!(summary["finish_reason_counts"]["stop"], 3);
}

const TOO_LATE: &str = "1 request failed: no complete answer in time";
const RAISE: &str = "help: raise `--request-timeout`, or lower `--concurrency` or `--max-output-tokens`";

#[test]
fn never_ends() {
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD);
        while send(stream, chunk(&frame("more"))) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Then::Close
    });
    let began = frame("more").trim_end().repeat(3).replace("}data", "}  data");
    let began: String = began.chars().take(200).collect();
    check_failure(
        &server,
        &["--request-timeout", "300ms"],
        &[
            TOO_LATE,
            "seen: no complete answer within 300 ms",
            &format!("the answer began: {began}…"),
            RAISE,
        ],
    );
}

#[test]
fn never_starts() {
    let (server, release) = sends_and_waits("");
    let seen = "seen: no complete answer within 80 ms";
    check_failure(&server, &["--request-timeout", "80ms"], &[TOO_LATE, seen, RAISE]);
    drop(release);
    let (server, release) = sends_and_waits(STREAM_HEAD);
    check_failure(
        &server,
        &["--first-token-timeout", "80ms"],
        &[
            "1 request failed: no first token in time",
            "seen: no token within 80 ms",
            "help: raise `--first-token-timeout`, or lower `--concurrency`; look into the server's log",
        ],
    );
    drop(release);
}

#[test]
fn stops_in_the_middle() {
    let (server, release) = sends_and_waits(STREAM_HEAD.to_owned() + &chunk(&frame("a")));
    let began = format!("the answer began: {}", frame("a").trim_end());
    check_failure(
        &server,
        &["--stall-timeout", "80ms", "--request-timeout", "60s"],
        &[
            "1 request failed: the answer stopped arriving",
            "seen: nothing more of the answer for 80 ms",
            &began,
            "help: raise `--stall-timeout`, or look into the server's log",
        ],
    );
    drop(release);
}

#[test]
fn sends_a_gigantic_event() {
    // One that is allowed, though no token is that long,
    let long = "x".repeat(8 << 20);
    let server = sends(
        stream_of(&[frame(&long).as_bytes(), LAST_FRAMES.as_bytes()]),
        Then::Keep,
    );
    check_good(&server, &[]);
    // and one that does not end.
    let server = Server::start(|_, stream| {
        send(stream, STREAM_HEAD.to_owned() + &chunk("data: "));
        let piece = chunk(&"x".repeat(1 << 20));
        while send(stream, &piece) {}
        Then::Close
    });
    let began = format!("the answer began: data: {}…", "x".repeat(194));
    check_failure(
        &server,
        &[],
        &[
            "1 request failed: the answer did not end",
            "seen: the answer is longer than 67108864 bytes",
            &began,
            "help: see whether the server honours `--max-output-tokens`; an endless answer is cut off",
        ],
    );
}

#[test]
fn splits_characters_over_chunks() {
    let event = frame("日本");
    let at = event.find('日').unwrap() + 1;
    let (first, rest) = event.as_bytes().split_at(at);
    check_good(
        &sends(stream_of(&[first, rest, LAST_FRAMES.as_bytes()]), Then::Keep),
        &[],
    );
    // The same with the character's middle byte lost.
    let server = sends(
        stream_of(&[first, rest.get(1..).unwrap(), LAST_FRAMES.as_bytes()]),
        Then::Keep,
    );
    let ran = run(&server.url(), &[]);
    let expected = "error: 1 request failed: the answer could not be read\n   = seen: event 1 of the stream can't be read: \
                    invalid unicode code point at line 1 column 44; it is {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\u{fffd}本";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn is_slow_with_its_head() {
    let text = answer(
        "200 OK",
        "application/json",
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}",
    );
    let server = Server::start(move |_, stream| {
        for piece in text.as_bytes().chunks(8) {
            send(stream, piece);
            std::thread::sleep(Duration::from_millis(2));
        }
        Then::Keep
    });
    check_good(&server, &["--streaming", "off"]);
    let (server, release) = sends_and_waits("HTTP/1.1 200 OK\r\nContent-Ty");
    let seen = "seen: no complete answer within 80 ms";
    check_failure(&server, &["--request-timeout", "80ms"], &[TOO_LATE, seen, RAISE]);
    drop(release);
}

#[test]
fn lies_about_keeping_the_connection() {
    // It says nothing of a close, and closes after each answer: the next request meets a connection that is gone.
    let good = stream_of(&[frame("a").as_bytes(), LAST_FRAMES.as_bytes()]);
    let server = sends(good, Then::Close);
    let summary = check_good(&server, &["--num-samples", "4"]);
    assert_eq!(summary["n_samples_completed"], 4);
    // It says that it closes, and does not.
    let polite = answer(
        "200 OK",
        "application/json",
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}",
    );
    let polite = polite.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let server = sends(polite, Then::Keep);
    check_good(&server, &["--num-samples", "3", "--streaming", "off"]);
}

#[test]
fn lies_about_its_length() {
    let seen = "seen: the answer is no HTTP/1.1: its `Content-Length` is no number, or given twice with different values";
    let server = sends(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        Then::Close,
    );
    let help = format!(
        "help: see what listens at {}: another protocol, or a port that speaks TLS only?",
        server.url()
    );
    check_failure(
        &server,
        &[],
        &["1 request failed: the answer is no HTTP", seen, &help],
    );
}

#[test]
fn speaks_no_http() {
    let server = sends("220 mail.example.org ESMTP\r\n", Then::Close);
    let help = format!(
        "help: see what listens at {}: another protocol, or a port that speaks TLS only?",
        server.url()
    );
    check_failure(
        &server,
        &[],
        &[
            "1 request failed: the answer is no HTTP",
            "seen: the answer is no HTTP/1.1: its head is broken: no `HTTP/1.` at its start",
            &help,
        ],
    );
}

#[test]
fn compresses_what_nobody_asked_to() {
    let server = sends(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x08",
        Then::Close,
    );
    check_failure(
        &server,
        &[],
        &[
            "1 request failed: the answer is no HTTP",
            "seen: the answer is compressed, which was not asked for",
            "help: switch compression off in the server, or in the proxy before it",
        ],
    );
}
