//! A socket that notes when bytes came and went.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::clock::Clock;

/// Bytes asked of the socket at once; more than a socket's default buffer rarely comes in one read.
const READ_BYTES: usize = 64 << 10;

/// Where all of a thread's sockets read into before hyper gets the bytes: it is borrowed within one poll only.
pub(super) type Scratch = Rc<RefCell<Box<[u8]>>>;

pub(super) fn scratch() -> Scratch {
    Rc::new(RefCell::new(vec![0; READ_BYTES].into_boxed_slice()))
}

/// Stamps of one connection, shared with whoever waits for its answers.
#[derive(Debug)]
pub(super) struct Stamps {
    clock: Clock,
    last_read_ns: Cell<u64>,
    n_reads: Cell<u64>,
    /// When the first byte since the last call of [`Stamps::await_write`] was about to be written.
    first_write_ns: Cell<Option<u64>>,
}

impl Stamps {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            last_read_ns: Cell::new(0),
            n_reads: Cell::new(0),
            first_write_ns: Cell::new(None),
        }
    }

    /// When the last read that brought bytes returned.
    pub(super) fn last_read_ns(&self) -> u64 {
        self.last_read_ns.get()
    }

    /// Reads that brought bytes so far.
    pub(super) fn n_reads(&self) -> u64 {
        self.n_reads.get()
    }

    /// From now on the next write is the first.
    pub(super) fn await_write(&self) {
        self.first_write_ns.set(None);
    }

    pub(super) fn first_write_ns(&self) -> Option<u64> {
        self.first_write_ns.get()
    }

    /// Time since the first write; 0 when nothing was written.
    pub(super) fn ns_since_write(&self) -> u64 {
        let now_ns = self.clock.now_ns();
        now_ns.saturating_sub(self.first_write_ns.get().unwrap_or(now_ns))
    }

    fn stamp_read(&self) {
        self.last_read_ns.set(self.clock.now_ns());
        self.n_reads.set(self.n_reads.get() + 1);
    }

    fn stamp_write(&self) {
        if self.first_write_ns.get().is_none() {
            self.first_write_ns.set(Some(self.clock.now_ns()));
        }
    }
}

/// The socket as hyper sees it.
pub(super) struct StampedIo {
    stream: TcpStream,
    stamps: Rc<Stamps>,
    scratch: Scratch,
}

impl StampedIo {
    pub(super) fn new(stream: TcpStream, stamps: Rc<Stamps>, scratch: Scratch) -> Self {
        Self {
            stream,
            stamps,
            scratch,
        }
    }
}

impl Read for StampedIo {
    /// Through a buffer of our own, because hyper's cursor doesn't say how many bytes a reader put into it.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut scratch = this.scratch.borrow_mut();
        let length = scratch.len().min(cursor.remaining());
        let mut buffer = ReadBuf::new(scratch.get_mut(..length).unwrap_or_default());
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut buffer))?;
        if !buffer.filled().is_empty() {
            this.stamps.stamp_read();
            cursor.put_slice(buffer.filled());
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for StampedIo {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.stamps.stamp_write();
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.stamps.stamp_write();
        Pin::new(&mut this.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
