//! What really went to the socket and when: the server's side of the truth, to compare a client's stamps with.
//!
//! One JSON object a line, in the order of each thread; times are nanoseconds since the Unix epoch on the clock that
//! the client's event log is anchored to.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufWriter, IoSlice, Write as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, ready};
use std::thread::JoinHandle;

use hyper::rt::{Read, ReadBufCursor, Write};

use crate::clock::Clock;

/// Why a trace can't be kept.
#[derive(Debug, thiserror::Error)]
#[error("can't write the trace `{}`: {cause}", path.display())]
pub struct TraceError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub cause: io::Error,
}

/// Something that happened at a socket of the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// The read that ended the request returned.
    Arrived {
        /// Number of the request, as in the answer's id.
        request: u64,
        /// When.
        at_unix_ns: u64,
    },
    /// An event of a stream was given to the system.
    Written {
        /// Number of the request, as in the answer's id.
        request: u64,
        /// Number of the event in its stream, from 0; the opening event counts.
        event: u64,
        /// Just before the write that held its last byte.
        from_unix_ns: u64,
        /// Just after it: a client on the same machine may have been woken before.
        to_unix_ns: u64,
    },
}

impl TraceEvent {
    fn line(self) -> String {
        match self {
            Self::Arrived { request, at_unix_ns } => {
                format!("{{\"request\":{request},\"arrived_ns\":{at_unix_ns}}}\n")
            }
            Self::Written {
                request,
                event,
                from_unix_ns,
                to_unix_ns,
            } => format!(
                "{{\"request\":{request},\"event\":{event},\"write_ns\":{from_unix_ns},\"written_ns\":{to_unix_ns}}}\n"
            ),
        }
    }
}

/// The file, written by a thread of its own so that tokens don't wait for the disk.
#[derive(Debug)]
pub(super) struct TraceFile {
    thread: JoinHandle<io::Result<()>>,
}

impl TraceFile {
    /// Creates the file; each clone of the sender may write to it.
    pub(super) fn create(path: &Path) -> Result<(Self, Sender<TraceEvent>), TraceError> {
        let failed = |cause| TraceError {
            path: path.to_owned(),
            cause,
        };
        let file = File::create(path).map_err(failed)?;
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("mock-trace".to_owned())
            .spawn(move || write_lines(file, &receiver))
            .map_err(failed)?;
        Ok((Self { thread }, sender))
    }

    /// Waits until everything is written. Every sender must be gone by now.
    pub(super) fn finish(self) -> io::Result<()> {
        self.thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the trace's thread panicked")))
    }
}

fn write_lines(file: File, receiver: &Receiver<TraceEvent>) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    loop {
        // Written out whenever nothing waits, so that a mock that is killed leaves what happened.
        let event = if let Ok(event) = receiver.try_recv() {
            event
        } else {
            file.flush()?;
            let Ok(event) = receiver.recv() else {
                return file.flush();
            };
            event
        };
        file.write_all(event.line().as_bytes())?;
    }
}

/// The trace of one connection, shared by its socket and whoever answers on it.
#[derive(Debug)]
pub(super) struct ConnectionTrace {
    clock: Clock,
    sender: Sender<TraceEvent>,
    last_read_ns: Cell<u64>,
    request: Cell<Option<u64>>,
    n_events: Cell<u64>,
    last_byte: Cell<u8>,
}

impl ConnectionTrace {
    pub(super) fn new(clock: Clock, sender: Sender<TraceEvent>) -> Rc<Self> {
        Rc::new(Self {
            clock,
            sender,
            last_read_ns: Cell::new(0),
            request: Cell::new(None),
            n_events: Cell::new(0),
            last_byte: Cell::new(0),
        })
    }

    /// From now on the connection carries the answer to this request, which is whole.
    pub(super) fn begin(&self, request: u64) {
        self.request.set(Some(request));
        self.n_events.set(0);
        self.last_byte.set(0);
        let at_unix_ns = self.unix_ns(self.last_read_ns.get());
        self.send(TraceEvent::Arrived { request, at_unix_ns });
    }

    fn unix_ns(&self, at_ns: u64) -> u64 {
        self.clock.origin_unix_ns().saturating_add(at_ns)
    }

    fn send(&self, event: TraceEvent) {
        // The file can't be written any more: the server says so at its end.
        let _gone = self.sender.send(event);
    }

    /// Notes the events whose last byte is in `bytes`: those that end with a blank line.
    fn written(&self, bytes: &[u8], from_ns: u64, to_ns: u64) {
        let Some(request) = self.request.get() else { return };
        let mut last = self.last_byte.get();
        for &byte in bytes {
            if (last, byte) == (b'\n', b'\n') {
                let event = self.n_events.get();
                self.n_events.set(event + 1);
                self.send(TraceEvent::Written {
                    request,
                    event,
                    from_unix_ns: self.unix_ns(from_ns),
                    to_unix_ns: self.unix_ns(to_ns),
                });
            }
            last = byte;
        }
        self.last_byte.set(last);
    }
}

/// A socket that notes what goes through it.
pub(super) struct TracedIo<S> {
    socket: S,
    trace: Option<Rc<ConnectionTrace>>,
}

impl<S> TracedIo<S> {
    /// Without a trace it only passes on.
    pub(super) fn new(socket: S, trace: Option<Rc<ConnectionTrace>>) -> Self {
        Self { socket, trace }
    }

    fn note(&self, slices: &[IoSlice<'_>], length: usize, from_ns: u64) {
        let Some(trace) = &self.trace else { return };
        let to_ns = trace.clock.now_ns();
        let mut left = length;
        for slice in slices {
            let written = slice.get(..left).unwrap_or(slice);
            trace.written(written, from_ns, to_ns);
            left -= written.len();
        }
    }

    fn now_ns(&self) -> u64 {
        self.trace.as_ref().map_or(0, |trace| trace.clock.now_ns())
    }
}

impl<S: Read + Unpin> Read for TracedIo<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.socket).poll_read(context, buffer))?;
        if let Some(trace) = &this.trace {
            trace.last_read_ns.set(trace.clock.now_ns());
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> Write for TracedIo<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let from_ns = this.now_ns();
        let length = ready!(Pin::new(&mut this.socket).poll_write(context, bytes))?;
        this.note(&[IoSlice::new(bytes)], length, from_ns);
        Poll::Ready(Ok(length))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let from_ns = this.now_ns();
        let length = ready!(Pin::new(&mut this.socket).poll_write_vectored(context, slices))?;
        this.note(slices, length, from_ns);
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}
