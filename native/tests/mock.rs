//! The mock endpoint over real sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use runbench::mock::questions::{Question, questions, stated_answer};
use runbench::mock::tokenizer::TOKENIZER;
use runbench::mock::{MockOptions, Server};
use serde_json::{Value, json};

const CHAT: &str = "/v1/chat/completions";
const COMPLETIONS: &str = "/v1/completions";

/// Options under which nothing waits.
fn quick() -> MockOptions {
    MockOptions {
        ttft: Duration::ZERO,
        gap: Duration::ZERO,
        tokens: 48,
        ..MockOptions::default()
    }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Objects of the stream's events; its last event must be `[DONE]`.
    fn events(&self) -> Vec<Value> {
        let mut events: Vec<&str> = self
            .body
            .split_terminator("\n\n")
            .map(|event| event.strip_prefix("data: ").unwrap())
            .collect();
        assert_eq!(events.pop(), Some("[DONE]"));
        events
            .into_iter()
            .map(|event| serde_json::from_str(event).unwrap())
            .collect()
    }
}

fn send(server: &Server, method: &str, path: &str, headers: &str, body: &str) -> Reply {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let head = head.to_ascii_lowercase();
    let body = if head.contains("transfer-encoding: chunked") {
        unchunk(body)
    } else {
        body.to_owned()
    };
    Reply { status, head, body }
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    loop {
        let (size, tail) = rest.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return body;
        }
        body.push_str(&tail[..size]);
        rest = tail[size..].strip_prefix("\r\n").unwrap();
    }
}

fn post(server: &Server, path: &str, body: &Value) -> Reply {
    send(server, "POST", path, "", &body.to_string())
}

fn question() -> Question {
    questions(11).next().unwrap()
}

fn chat_body(extra: &Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": question().text}]});
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    body
}

fn completions_body(extra: &Value) -> Value {
    let mut body = json!({"model": "m", "prompt": question().text});
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    body
}

fn count_tokens(text: &str) -> usize {
    tokenizers::Tokenizer::from_bytes(TOKENIZER)
        .unwrap()
        .encode_fast(text, false)
        .unwrap()
        .len()
}

#[test]
fn answers_a_chat_whole() {
    let server = Server::start(quick()).unwrap();
    let reply = post(&server, CHAT, &chat_body(&json!({})));
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("content-type: application/json"));
    let answer = reply.json();
    assert_eq!(
        (&answer["object"], &answer["model"]),
        (&json!("chat.completion"), &json!("m"))
    );
    assert!(answer["id"].is_string() && answer["created"].is_u64());
    let choice = &answer["choices"][0];
    assert_eq!(
        (&choice["index"], &choice["finish_reason"]),
        (&json!(0), &json!("stop"))
    );
    assert_eq!(choice["message"]["role"], "assistant");
    let text = choice["message"]["content"].as_str().unwrap();
    assert_eq!(stated_answer(text), Some(question().answer));
    assert_eq!(answer["usage"]["completion_tokens"], json!(count_tokens(text)));
    assert_eq!(
        answer["usage"]["prompt_tokens"],
        json!(count_tokens(&question().text))
    );
}

#[test]
fn streams_a_chat_role_first_one_token_an_event() {
    let server = Server::start(quick()).unwrap();
    let reply = post(&server, CHAT, &chat_body(&json!({"stream": true})));
    assert!(reply.head.contains("content-type: text/event-stream"));
    let events = reply.events();
    assert_eq!(
        events[0]["choices"][0]["delta"],
        json!({"role": "assistant", "content": ""})
    );
    let tokens: Vec<&str> = events[1..events.len() - 1]
        .iter()
        .map(|event| event["choices"][0]["delta"]["content"].as_str().unwrap())
        .collect();
    assert_eq!(tokens.len(), 48);
    assert_eq!(count_tokens(&tokens.concat()), 48);
    assert_eq!(stated_answer(&tokens.concat()), Some(question().answer));
    let last = &events.last().unwrap()["choices"][0];
    assert_eq!(
        (&last["finish_reason"], &last["delta"]),
        (&json!("stop"), &json!({}))
    );
    assert!(
        events
            .iter()
            .all(|event| event["object"] == "chat.completion.chunk" && event["id"] == events[0]["id"])
    );
    assert!(events.iter().all(|event| event.get("usage").is_none()));
}

#[test]
fn completions_give_the_same_text_streamed_and_whole() {
    let server = Server::start(quick()).unwrap();
    let streamed = post(&server, COMPLETIONS, &completions_body(&json!({"stream": true}))).events();
    let text: String = streamed
        .iter()
        .map(|event| event["choices"][0]["text"].as_str().unwrap())
        .collect();
    assert_eq!(stated_answer(&text), Some(question().answer));
    assert_eq!(streamed.last().unwrap()["choices"][0]["finish_reason"], "stop");
    let whole = post(&server, COMPLETIONS, &completions_body(&json!({"stream": false}))).json();
    assert_eq!(whole["object"], "text_completion");
    let whole = whole["choices"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(stated_answer(&whole), Some(question().answer));
}

#[test]
fn equal_requests_get_equal_answers_and_other_seeds_others() {
    let text = |seed| {
        let server = Server::start(MockOptions { seed, ..quick() }).unwrap();
        let answer = |_| {
            post(&server, CHAT, &chat_body(&json!({}))).json()["choices"][0]["message"]["content"].clone()
        };
        let answers: Vec<Value> = (0..2).map(answer).collect();
        assert_eq!(answers[0], answers[1]);
        answers[0].clone()
    };
    assert_ne!(text(1), text(2));
}

#[test]
fn usage_comes_last_in_a_stream_that_asks_for_it() {
    let server = Server::start(quick()).unwrap();
    let body = chat_body(&json!({"stream": true, "stream_options": {"include_usage": true}}));
    let events = post(&server, CHAT, &body).events();
    let (last, others) = events.split_last().unwrap();
    assert_eq!(
        (&last["choices"], &last["usage"]["completion_tokens"]),
        (&json!([]), &json!(48))
    );
    assert!(others[1..].iter().all(|event| event["usage"].is_null()));
}

#[test]
fn the_limit_of_the_request_cuts_the_answer() {
    let server = Server::start(quick()).unwrap();
    for (path, body) in [
        (CHAT, chat_body(&json!({"max_completion_tokens": 3}))),
        (CHAT, chat_body(&json!({"max_tokens": 3}))),
        (COMPLETIONS, completions_body(&json!({"max_tokens": 3}))),
    ] {
        let answer = post(&server, path, &body).json();
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["usage"]["completion_tokens"], 3);
    }
}

#[test]
fn lists_its_model_and_its_health() {
    let server = Server::start(MockOptions {
        model: Some("only-this".to_owned()),
        ..quick()
    })
    .unwrap();
    let models = send(&server, "GET", "/v1/models", "", "").json();
    assert_eq!(
        (&models["object"], &models["data"][0]["id"]),
        (&json!("list"), &json!("only-this"))
    );
    assert_eq!(send(&server, "GET", "/health", "", "").status, 200);
    let refused = post(&server, CHAT, &chat_body(&json!({})));
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (404, &json!("model_not_found"))
    );
}

#[test]
fn refuses_with_a_status_and_an_error_object() {
    let server = Server::start(quick()).unwrap();
    for (method, path, body, status, param) in [
        ("GET", "/", "", 404, Value::Null),
        ("POST", "/v1/v1/chat/completions", "{}", 404, Value::Null),
        ("GET", CHAT, "", 405, Value::Null),
        ("POST", "/health", "", 405, Value::Null),
        ("POST", CHAT, "not json", 400, Value::Null),
        ("POST", CHAT, "{}", 400, json!("model")),
        ("POST", CHAT, r#"{"model":"m"}"#, 400, json!("messages")),
        (
            "POST",
            COMPLETIONS,
            r#"{"model":"m","prompt":7}"#,
            400,
            json!("prompt"),
        ),
    ] {
        let reply = send(&server, method, path, "", body);
        assert_eq!(reply.status, status, "{method} {path}");
        let error = &reply.json()["error"];
        assert_eq!(error["param"], param, "{method} {path}");
        assert!(error["message"].is_string() && error["type"].is_string());
        assert_eq!(reply.head.contains("\r\nallow: "), status == 405);
    }
}

#[test]
fn demands_its_key_everywhere_but_for_health() {
    let server = Server::start(MockOptions {
        api_key: Some("secret".to_owned()),
        ..quick()
    })
    .unwrap();
    let ask = |headers| send(&server, "POST", CHAT, headers, &chat_body(&json!({})).to_string());
    for headers in ["", "authorization: Bearer wrong\r\n", "authorization: secret\r\n"] {
        let refused = ask(headers);
        assert_eq!(
            (refused.status, &refused.json()["error"]["code"]),
            (401, &json!("invalid_api_key"))
        );
    }
    assert_eq!(ask("authorization: Bearer secret\r\n").status, 200);
    assert_eq!(send(&server, "GET", "/v1/models", "", "").status, 401);
    assert_eq!(send(&server, "GET", "/health", "", "").status, 200);
}

#[test]
fn fails_the_share_that_it_is_told_to() {
    let server = Server::start(MockOptions {
        failure_rate: 0.25,
        ..quick()
    })
    .unwrap();
    let statuses: Vec<u16> = (0..12)
        .map(|_| post(&server, CHAT, &chat_body(&json!({}))).status)
        .collect();
    assert_eq!(
        statuses,
        [200, 200, 200, 500, 200, 200, 200, 500, 200, 200, 200, 500]
    );
}

#[test]
fn several_threads_share_one_count() {
    let cores = runbench::affinity::allowed_cores().unwrap();
    let server = Server::start(MockOptions {
        failure_rate: 0.5,
        cores,
        ..quick()
    })
    .unwrap();
    let failed = (0..10)
        .filter(|_| post(&server, CHAT, &chat_body(&json!({}))).status == 500)
        .count();
    assert_eq!(failed, 5);
}

#[test]
fn a_stream_arrives_in_parts() {
    // The pause before the second token is longer than any test run: reading the first proves that it left alone.
    let options = MockOptions {
        gap: Duration::from_hours(1),
        ..quick()
    };
    let server = Server::start(options).unwrap();
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let body = chat_body(&json!({"stream": true})).to_string();
    let length = body.len();
    write!(
        socket,
        "POST {CHAT} HTTP/1.1\r\nhost: mock\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut read = String::new();
    let mut buffer = [0; 4096];
    while read.matches("\"content\":").count() < 2 {
        let count = socket.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the stream ended early: {read}");
        read.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    assert!(!read.contains("[DONE]"));
}

#[test]
fn a_taken_port_is_refused_with_a_reason() {
    let server = Server::start(quick()).unwrap();
    let error = Server::start(MockOptions {
        port: server.address().port(),
        ..quick()
    })
    .unwrap_err();
    assert!(
        error.to_string().contains("can't listen on 127.0.0.1:"),
        "{error}"
    );
}
