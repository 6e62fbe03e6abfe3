//! A server that answers every request with the same bytes, as cheaply as one thread can: what is measured is the
//! client, so the server must never be what it waits for.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use runbench::affinity::pin_current_thread;
use runbench::client::thread_cpu_ns;
use runbench::clock::Clock;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct CannedServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Requests answered so far.
    pub n_requests: Arc<AtomicU64>,
    /// When the first request was read, on the clock given; 0 before.
    pub first_request_ns: Arc<AtomicU64>,
    /// Processor time of its thread. Nanoseconds.
    pub cpu_ns: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Counts {
    n_requests: Arc<AtomicU64>,
    first_request_ns: Arc<AtomicU64>,
    cpu_ns: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    clock: Clock,
}

impl CannedServer {
    /// Listens on a free port and answers on `core` with `answer`.
    pub fn start(core: usize, answer: Vec<u8>, clock: Clock) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        // std's own backlog of 128 is too short for a burst of connects.
        rustix::net::listen(&listener, 4096)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let counts = Counts {
            n_requests: Arc::default(),
            first_request_ns: Arc::default(),
            cpu_ns: Arc::default(),
            stop: Arc::default(),
            clock,
        };
        let (n_requests, first_request_ns, cpu_ns, stop) = (
            Arc::clone(&counts.n_requests),
            Arc::clone(&counts.first_request_ns),
            Arc::clone(&counts.cpu_ns),
            Arc::clone(&counts.stop),
        );
        let thread = std::thread::Builder::new()
            .name("canned-server".to_owned())
            .spawn(move || {
                let _unpinned = pin_current_thread(&[core]);
                if let Err(error) = serve(&listener, &answer, &counts) {
                    // A bench without its server can only fail.
                    std::panic::panic_any(format!("the server failed: {error}"));
                }
            })?;
        Ok(Self {
            address,
            n_requests,
            first_request_ns,
            cpu_ns,
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for CannedServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// One connection: what came of the request that isn't whole yet, and what the system did not take of the answer.
struct Peer {
    socket: OwnedFd,
    request: Vec<u8>,
    unsent: Vec<u8>,
}

fn serve(listener: &TcpListener, answer: &[u8], counts: &Counts) -> io::Result<()> {
    const LISTENER: u64 = u64::MAX;
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(
        &poll,
        listener.as_fd(),
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    let mut peers: Vec<Option<Peer>> = Vec::new();
    let mut events = Vec::with_capacity(512);
    let timeout = rustix::time::Timespec {
        tv_sec: 0,
        tv_nsec: 20_000_000,
    };
    let mut buffer = vec![0; 64 << 10];
    while !counts.stop.load(Ordering::Relaxed) {
        events.clear();
        match epoll::wait(&poll, spare_capacity(&mut events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let token = event.data.u64();
            if token == LISTENER {
                while let Ok((stream, _)) = listener.accept() {
                    let socket = OwnedFd::from(stream);
                    rustix::io::ioctl_fionbio(&socket, true)?;
                    sockopt::set_tcp_nodelay(&socket, true)?;
                    let token = u64::try_from(peers.len()).unwrap_or(0);
                    let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
                    epoll::add(&poll, &socket, EventData::new_u64(token), flags)?;
                    peers.push(Some(Peer {
                        socket,
                        request: Vec::new(),
                        unsent: Vec::new(),
                    }));
                }
                continue;
            }
            let index = usize::try_from(token).unwrap_or(usize::MAX);
            if let Some(place) = peers.get_mut(index)
                && let Some(peer) = place
                && !answer_requests(peer, &mut buffer, answer, counts)
            {
                *place = None;
            }
        }
        counts.cpu_ns.store(thread_cpu_ns(), Ordering::Relaxed);
    }
    Ok(())
}

/// Reads what is there and answers the requests that are whole; `false` once the peer is gone.
fn answer_requests(peer: &mut Peer, buffer: &mut [u8], answer: &[u8], counts: &Counts) -> bool {
    if !peer.unsent.is_empty() {
        let unsent = std::mem::take(&mut peer.unsent);
        if !write(peer, &unsent) {
            return false;
        }
    }
    let room = buffer.len();
    loop {
        let length = match recv(&peer.socket, &mut *buffer, RecvFlags::DONTWAIT) {
            Ok((_, 0)) => return false,
            Ok((_, length)) => length,
            Err(rustix::io::Errno::AGAIN) => return true,
            Err(_) => return false,
        };
        peer.request
            .extend_from_slice(buffer.get(..length).unwrap_or_default());
        while let Some(end) = request_end(&peer.request) {
            peer.request.drain(..end);
            if counts.n_requests.fetch_add(1, Ordering::Relaxed) == 0 {
                counts
                    .first_request_ns
                    .store(counts.clock.now_ns(), Ordering::Relaxed);
            }
            if !write(peer, answer) {
                return false;
            }
        }
        if length < room {
            return true;
        }
    }
}

fn write(peer: &mut Peer, bytes: &[u8]) -> bool {
    if !peer.unsent.is_empty() {
        peer.unsent.extend_from_slice(bytes);
        return true;
    }
    match send(&peer.socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
        Ok(length) => peer
            .unsent
            .extend_from_slice(bytes.get(length..).unwrap_or_default()),
        Err(rustix::io::Errno::AGAIN) => peer.unsent.extend_from_slice(bytes),
        Err(_) => return false,
    }
    true
}

/// Length of the first request, once it is whole.
fn request_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(bytes.get(..head)?).ok()?;
    let body = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |(_, value)| value.trim().parse::<usize>().ok())?;
    (bytes.len() >= head + body).then_some(head + body)
}

/// An answer of one JSON object.
pub fn whole_answer() -> Vec<u8> {
    let body = r#"{"id":"chatcmpl-0","object":"chat.completion","created":1,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"a short answer of a few words, as a small model gives it"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#;
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A stream of `n` events, a chunk each, and what ends it.
pub fn streamed_answer(n: usize) -> Vec<u8> {
    let mut text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    let mut chunk = |data: &str| {
        use std::fmt::Write as _;
        let event = format!("data: {data}\n\n");
        let _infallible = write!(text, "{:x}\r\n{event}\r\n", event.len());
    };
    for index in 0..n {
        let reason = if index + 1 == n { "\"stop\"" } else { "null" };
        chunk(&format!(
            r#"{{"id":"chatcmpl-0000000000000000","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[{{"index":0,"delta":{{"content":" word{index}"}},"logprobs":null,"finish_reason":{reason}}}]}}"#
        ));
    }
    chunk("[DONE]");
    text.push_str("0\r\n\r\n");
    text.into_bytes()
}
