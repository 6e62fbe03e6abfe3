//! TLS: whom the client trusts, and what it says when it does not.

#![cfg(feature = "tls")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use runbench::event_files::{self, EventLog};
use runbench::run::{Interrupt, Progress, RunError, RunOptions, RunOutcome, StopRule, run};
use runbench_core::record::{FailureClass, Record, RequestRecord, TransportEnd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

struct Silent;

impl Progress for Silent {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}
    fn phase(&mut self, _name: &str) {}
}

/// A server with a certificate of its own for `localhost` and `127.0.0.1`: its port, and the certificate.
fn start_server() -> (u16, String) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let certificate = CertificateDer::from(cert.der().to_vec());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, socket.unwrap());
            // A client that only looks whether the port is open, or that trusts nobody, is no failure here.
            std::thread::spawn(move || while answer_one(&mut stream).is_some() {});
        }
    });
    (port, cert.pem())
}

/// Answers one request with a stream whose parts come as TLS records of their own.
fn answer_one(stream: &mut (impl Read + Write)) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"\"stream\":true}") {
        let length = stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
        request.extend_from_slice(buffer.get(..length)?);
    }
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let parts = [
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"}}]}\n\n"),
        chunk("data: [DONE]\n\n") + "0\r\n\r\n",
    ];
    for part in parts {
        stream.write_all(part.as_bytes()).ok()?;
        stream.flush().ok()?;
    }
    Some(())
}

fn run_against(
    url: &str,
    change: impl FnOnce(&mut RunOptions, &Path),
) -> (TempDir, Result<RunOutcome, RunError>) {
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("rows.jsonl");
    std::fs::write(&dataset, "{\"prompt\":\"one\"}\n").unwrap();
    let mut options = RunOptions::new(url, "m", dataset, folder.path().join("out"));
    options.stop = StopRule::Samples(20);
    options.concurrency = 2;
    options.threads = Some(1);
    change(&mut options, folder.path());
    let outcome = run(&options, &mut Silent, &Interrupt::default());
    (folder, outcome)
}

fn records(folder: &TempDir) -> Vec<RequestRecord> {
    let log = EventLog::open(&event_files::folder(&folder.path().join("out"))).unwrap();
    log.records()
        .filter_map(|record| match record.unwrap() {
            Record::Request(request) => Some(request),
            _ => None,
        })
        .collect()
}

fn check_good(folder: &TempDir, outcome: Result<RunOutcome, RunError>) {
    let outcome = outcome.unwrap();
    assert_eq!(
        (outcome.n_issued, outcome.n_completed),
        (20, 20),
        "{:?}",
        outcome.examples
    );
    assert!(
        outcome.health.n_connects <= 2,
        "{} connections",
        outcome.health.n_connects
    );
    for record in records(folder) {
        assert!(record.body.ends_with(b"data: [DONE]\n\n"), "{record:?}");
        assert!(record.reads.iter().all(|read| read.at_ns >= record.issued_ns));
    }
}

#[test]
fn a_server_whose_certificate_is_in_the_file_is_trusted() {
    let (port, certificate) = start_server();
    let (folder, outcome) = run_against(&format!("https://localhost:{port}"), |options, folder| {
        let file = folder.join("ca.pem");
        std::fs::write(&file, certificate).unwrap();
        options.ca_file = Some(file);
    });
    check_good(&folder, outcome);
}

#[test]
fn any_server_is_trusted_when_asked_to() {
    let (port, _) = start_server();
    let (folder, outcome) = run_against(&format!("https://127.0.0.1:{port}/v1"), |options, _| {
        options.insecure = true;
    });
    check_good(&folder, outcome);
}

#[test]
fn a_stranger_is_not_trusted() {
    let (port, _) = start_server();
    let (_, other) = start_server();
    let (folder, outcome) = run_against(&format!("https://localhost:{port}"), |options, folder| {
        let file = folder.join("ca.pem");
        std::fs::write(&file, other).unwrap();
        options.ca_file = Some(file);
        options.stop = StopRule::Samples(1);
    });
    assert_eq!(outcome.unwrap().failures.get(&FailureClass::Tls), Some(&1));
    let record = records(&folder).remove(0);
    assert!(
        matches!(&record.end, TransportEnd::Failed(FailureClass::Tls, message) if message.contains("certificate")),
        "{:?}",
        record.end
    );
}

#[test]
fn a_server_without_tls_is_said_to_be_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            std::thread::spawn(move || {
                let _gone = socket.read(&mut [0; 1000]);
                let _gone = socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            });
        }
    });
    let (_folder, outcome) = run_against(&format!("https://127.0.0.1:{port}"), |options, _| {
        options.insecure = true;
        options.stop = StopRule::Samples(1);
    });
    assert_eq!(outcome.unwrap().failures.get(&FailureClass::Tls), Some(&1));
}

#[test]
fn a_file_without_certificates_is_refused_before_anything_is_sent() {
    let (_folder, outcome) = run_against("https://127.0.0.1:1", |options, folder| {
        let file = folder.join("ca.pem");
        std::fs::write(&file, "nothing").unwrap();
        options.ca_file = Some(file);
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("holds no certificate"), "{error}");
}
