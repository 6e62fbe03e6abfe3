//! Connections: opening, keeping, taking them up again. They never leave their thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use runbench_core::record::FailureClass;
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};

use super::failure::Failure;
use super::stamped_io::{Scratch, StampedIo, Stamps, scratch};
use super::{Shared, Target};
use crate::clock::Clock;
use crate::endpoint::describe_connect_error;

/// Connects under way at the same time before the window, so that no server's queue of them overflows.
const CONNECTS_AT_ONCE: usize = 64;

/// One open connection.
pub(super) struct Connection {
    pub(super) sender: http1::SendRequest<Full<Bytes>>,
    pub(super) stamps: Rc<Stamps>,
    /// Whether a request went over it before.
    pub(super) reused: bool,
    driver: AbortHandle,
}

impl Drop for Connection {
    /// A connection that is given up must not read on.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A thread's connections to one server that wait for a request: last in, first out, so that few are kept busy.
pub(super) struct Pool {
    clock: Clock,
    /// Number of the server that they lead to.
    server: usize,
    idle: RefCell<Vec<Connection>>,
    scratch: Scratch,
    n_connects: Cell<u64>,
}

impl Pool {
    pub(super) fn new(clock: Clock, server: usize) -> Self {
        Self {
            clock,
            server,
            idle: RefCell::default(),
            scratch: scratch(),
            n_connects: Cell::new(0),
        }
    }

    /// Number of the server that its connections lead to.
    pub(super) fn server(&self) -> usize {
        self.server
    }

    /// Connections opened so far.
    pub(super) fn n_connects(&self) -> u64 {
        self.n_connects.get()
    }

    /// Opens `n` connections before they are needed, some at a time. Stops where one fails: the request that needs
    /// it will say why.
    pub(super) async fn open_ahead(self: Rc<Self>, shared: Arc<Shared>, n: usize) {
        let mut n_left = n;
        while n_left > 0 {
            let n_now = n_left.min(CONNECTS_AT_ONCE);
            n_left -= n_now;
            let mut connects = JoinSet::new();
            for _ in 0..n_now {
                let (pool, shared) = (Rc::clone(&self), Arc::clone(&shared));
                connects.spawn_local(async move { pool.open(&shared.target).await });
            }
            while let Some(opened) = connects.join_next().await {
                match opened {
                    Ok(Ok(connection)) => self.idle.borrow_mut().push(connection),
                    _ => n_left = 0,
                }
            }
        }
    }

    /// A connection that is ready for a request: a kept one, or else a new one.
    pub(super) async fn acquire(&self, target: &Target) -> Result<Connection, Failure> {
        loop {
            let Some(mut connection) = self.idle.borrow_mut().pop() else {
                break;
            };
            if !connection.sender.is_closed() && connection.sender.ready().await.is_ok() {
                return Ok(connection);
            }
        }
        self.open(target).await
    }

    /// Keeps a connection whose answer was read to its end.
    pub(super) fn keep(&self, mut connection: Connection) {
        connection.reused = true;
        self.idle.borrow_mut().push(connection);
    }

    /// Opens a connection.
    pub(super) async fn open(&self, target: &Target) -> Result<Connection, Failure> {
        let limit = target.limits.connect_timeout;
        let failed = |message: String| Failure::new(FailureClass::Connect, message);
        let Some(server) = target.servers.get(self.server) else {
            return Err(failed("there is no such server".to_owned()));
        };
        let stream = match tokio::time::timeout(limit, TcpStream::connect(server.address)).await {
            Err(_) => return Err(failed(format!("no connection within {} ms", limit.as_millis()))),
            Ok(Err(error)) => return Err(failed(describe_connect_error(&error, limit))),
            Ok(Ok(stream)) => stream,
        };
        // Without it a request that takes two writes could wait for an acknowledgement; with it refused, it works.
        let _kept_slow = stream.set_nodelay(true);
        self.n_connects.set(self.n_connects.get() + 1);
        let stamps = Rc::new(Stamps::new(self.clock));
        let io = StampedIo::new(stream, Rc::clone(&stamps), Rc::clone(&self.scratch));
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .handshake(io)
            .await
            .map_err(|error| Failure::from_hyper(&error))?;
        // How it ended is seen by the request that goes over it.
        let driver = tokio::task::spawn_local(async move { drop(connection.await) });
        Ok(Connection {
            sender,
            stamps,
            reused: false,
            driver: driver.abort_handle(),
        })
    }
}
