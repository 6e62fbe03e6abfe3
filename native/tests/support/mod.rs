//! A server made of a socket and a closure: it can misbehave in ways that no HTTP library lets one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What the server does with the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Keep,
    Close,
    /// Ends it by a reset, without the orderly end of a close.
    Reset,
}

/// One request as the server read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// Request line and headers, as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Number of the request on its connection, from 0.
    pub(crate) on_connection: u64,
    /// Number of the request in the server's life, from 0.
    pub(crate) number: u64,
}

/// A running server on 127.0.0.1; its threads end with the connections and with it.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) n_connections: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request with `answer`, which writes bytes as it likes.
    pub(crate) fn start(answer: impl Fn(&Received, &mut TcpStream) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let n_connections = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let n_requests = Arc::new(AtomicU64::new(0));
        let answer = Arc::new(answer);
        let server = Self {
            port,
            n_connections: Arc::clone(&n_connections),
            stop: Arc::clone(&stop),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                n_connections.fetch_add(1, Ordering::Relaxed);
                let (answer, n_requests) = (Arc::clone(&answer), Arc::clone(&n_requests));
                std::thread::spawn(move || serve(&stream.unwrap(), &n_requests, &*answer));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn serve(stream: &TcpStream, n_requests: &AtomicU64, answer: &dyn Fn(&Received, &mut TcpStream) -> Then) {
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream.try_clone().unwrap();
    for on_connection in 0.. {
        let Some(mut received) = read_request(&mut reader) else {
            return;
        };
        received.on_connection = on_connection;
        received.number = n_requests.fetch_add(1, Ordering::Relaxed);
        match answer(&received, &mut writer) {
            Then::Keep => {}
            Then::Close => {
                let _gone = stream.shutdown(Shutdown::Both);
                return;
            }
            Then::Reset => {
                let at_once = Some(Duration::ZERO);
                rustix::net::sockopt::set_socket_linger(stream, at_once).unwrap();
                return;
            }
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut received = Received::default();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let is_last = line == "\r\n";
        received.head.push_str(&line);
        if is_last {
            break;
        }
    }
    let length = received
        .head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    received
        .body
        .resize(length.map_or(0, |length| length.parse().unwrap()), 0);
    reader.read_exact(&mut received.body).ok()?;
    Some(received)
}

/// Writes; a client that is gone is no failure of the server's.
pub(crate) fn send(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) -> bool {
    stream
        .write_all(bytes.as_ref())
        .and_then(|()| stream.flush())
        .is_ok()
}

/// An answer with a length.
pub(crate) fn answer(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The head of a stream in chunks.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The end of a stream in chunks.
pub(crate) const STREAM_END: &str = "0\r\n\r\n";

/// One HTTP chunk.
pub(crate) fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// A chat frame.
pub(crate) fn frame(content: &str) -> String {
    format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{content}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

/// The last frames of a chat stream.
pub(crate) const LAST_FRAMES: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
