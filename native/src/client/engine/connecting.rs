//! Connections: opening, keeping, giving up.

use super::super::connection::{Connection, Phase};
use super::super::connector;
use super::super::exchange::Exchange;
use super::super::failure::Failure;
use super::super::timeouts::nanos;
use super::super::transport::Transport;
use super::{CONNECTS_AT_ONCE, Engine};
use runbench_core::http1::ResponseReader;
use runbench_core::record::FailureClass;

impl Engine {
    /// Queues a request, and opens a connection for it unless enough are being opened.
    pub(super) fn wait_for_connection(&mut self, mut exchange: Box<Exchange>) {
        exchange.waited = true;
        let index = exchange.server;
        if let Some(server) = self.servers.get_mut(index) {
            server.waiting.push_back(exchange);
        }
        self.open_for_waiting(index);
    }

    /// Opens connections for the requests that have none coming, some at a time.
    fn open_for_waiting(&mut self, index: usize) {
        while let Some(server) = self.servers.get_mut(index)
            && server.n_connecting < CONNECTS_AT_ONCE
            && server.waiting.len() > server.n_connecting
        {
            if let Err(failure) = self.start_connect(index, None) {
                self.fail_waiting(index, failure);
            }
        }
    }

    /// Opens a connection; if there is an `exchange`, it goes over this one and no other.
    pub(super) fn start_connect(
        &mut self,
        server: usize,
        exchange: Option<Box<Exchange>>,
    ) -> Result<(), Failure> {
        let limit = self.shared.target.limits.connect_timeout;
        let Some(peer) = self.shared.target.servers.get(server) else {
            return Err(Failure::new(FailureClass::Connect, "there is no such server"));
        };
        let token = self.connections.next_token();
        let opened = connector::start(peer.address).and_then(|socket| {
            let transport = Transport::new(socket, peer.tls.as_ref())?;
            self.poller.add(&transport, token)?;
            Ok(transport)
        });
        let transport = match opened {
            Ok(transport) => transport,
            Err(error) => {
                let failure = Failure::of_connect(&error, limit);
                let Some(exchange) = exchange else {
                    return Err(failure);
                };
                self.fail_connect(exchange, failure);
                return Ok(());
            }
        };
        let now_ns = self.shared.clock.now_ns();
        self.connections.insert(Connection {
            transport,
            server,
            phase: Phase::Connecting(now_ns),
            is_used: false,
            reader: ResponseReader::new(),
            exchange,
            unsent: Vec::new(),
        });
        if let Some(server) = self.servers.get_mut(server) {
            server.n_connecting += 1;
        }
        self.next_sweep_ns = self.next_sweep_ns.min(now_ns.saturating_add(nanos(limit)));
        Ok(())
    }

    /// Goes on with a connection whose socket is ready; once it is there, it takes its request or the next.
    pub(super) fn go_on_connecting(&mut self, token: u64) {
        let Some(connection) = self.connections.get_mut(token) else {
            return;
        };
        match connection
            .transport
            .connect(self.shared.target.limits.connect_timeout)
        {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => {
                self.give_up_connect(token, failure);
                return;
            }
        }
        let server = connection.server;
        let reserved = connection.exchange.take();
        connection.phase = Phase::Idle;
        self.n_connects += 1;
        if let Some(server) = self.servers.get_mut(server) {
            server.n_connecting = server.n_connecting.saturating_sub(1);
        }
        match reserved {
            Some(exchange) => self.issue(token, exchange),
            None => self.release(token, server),
        }
    }

    /// A connection that did not come about: the request that it was for fails.
    pub(super) fn give_up_connect(&mut self, token: u64, failure: Failure) {
        let Some(connection) = self.remove_connection(token) else {
            return;
        };
        self.n_failed_connects += 1;
        match connection.exchange {
            Some(exchange) => self.fail_connect(exchange, failure),
            None => self.fail_waiting(connection.server, failure),
        }
        self.open_for_waiting(connection.server);
    }

    /// Fails the request that has waited longest for a connection to this server.
    fn fail_waiting(&mut self, server: usize, failure: Failure) {
        let waiting = self
            .servers
            .get_mut(server)
            .and_then(|server| server.waiting.pop_front());
        if let Some(exchange) = waiting {
            self.fail_connect(exchange, failure);
        }
    }

    /// Gives a free connection to a request that waits, or keeps it for the next.
    pub(super) fn release(&mut self, token: u64, server: usize) {
        let Some(server) = self.servers.get_mut(server) else {
            return;
        };
        match server.waiting.pop_front() {
            Some(exchange) => self.issue(token, exchange),
            None => server.idle.push(token),
        }
    }

    /// Takes a connection out of everything that knows it. Its socket is closed when it is dropped.
    pub(super) fn remove_connection(&mut self, token: u64) -> Option<Connection> {
        let connection = self.connections.remove(token)?;
        if let Some(server) = self.servers.get_mut(connection.server) {
            match connection.phase {
                Phase::Connecting(_) => server.n_connecting = server.n_connecting.saturating_sub(1),
                Phase::Idle => server.idle.retain(|idle| *idle != token),
                Phase::Busy => {}
            }
        }
        Some(connection)
    }
}
