//! Threads and sockets of a mock endpoint.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::LocalSet;

use crate::affinity::{AffinityError, pin_current_thread};
use crate::clock::Clock;

use super::author::Author;
use super::load::Load;
use super::options::MockOptions;
use super::service::{Service, Shared};
use super::trace::{ConnectionTrace, TraceError, TraceEvent, TraceFile, TracedIo};

/// Connections that may wait to be accepted: more than any load test opens at once.
const BACKLOG: u32 = 4096;

/// Why a mock endpoint did not start.
#[derive(Debug, thiserror::Error)]
pub enum MockError {
    /// The address is taken, not ours or not allowed.
    #[error("can't listen on {address}: {cause}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// A core that does not exist or that this process may not use.
    #[error("can't pin a thread to core {core}: {cause}")]
    Pin {
        /// The core asked for.
        core: usize,
        /// What the system says.
        cause: AffinityError,
    },
    /// No thread or no runtime.
    #[error("can't start a thread of the mock: {0}")]
    Thread(#[source] io::Error),
    /// The trace can't be written.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The embedded tokenizer is unreadable: a fault of the build.
    #[error("the embedded tokenizer can't be read: {0}")]
    Tokenizer(String),
}

/// A mock endpoint that is listening. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    trace: Option<TraceFile>,
}

impl Server {
    /// Listens and starts answering.
    pub fn start(options: MockOptions) -> Result<Self, MockError> {
        let author = Author::new(options.tokens, options.wrong_rate, options.seed)
            .map_err(|error| MockError::Tokenizer(error.to_string()))?;
        let asked = SocketAddr::new(options.host, options.port);
        let listener = listen(asked).map_err(|cause| MockError::Listen {
            address: asked,
            cause,
        })?;
        let address = listener.local_addr().map_err(|cause| MockError::Listen {
            address: asked,
            cause,
        })?;
        let cores: Vec<Option<usize>> = match options.cores.as_slice() {
            [] => vec![None],
            cores => cores.iter().copied().map(Some).collect(),
        };
        let clock = Clock::start();
        let (trace, sender) = match &options.trace {
            Some(path) => TraceFile::create(path).map(|(file, sender)| (Some(file), Some(sender)))?,
            None => (None, None),
        };
        let shared = Arc::new(Shared {
            options,
            author,
            load: Load::default(),
            requests: AtomicU64::new(0),
        });
        let (stop, stopped) = watch::channel(false);
        let mut server = Self {
            address,
            stop,
            threads: Vec::new(),
            trace,
        };
        for core in cores {
            let listener = listener.try_clone().map_err(MockError::Thread)?;
            let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
            let trace = sender.clone().map(|sender| (clock, sender));
            let (report, started) = mpsc::sync_channel(1);
            let thread = std::thread::Builder::new()
                .name("mock".to_owned())
                .spawn(move || serve_on_core(core, listener, shared, trace, stopped, &report))
                .map_err(MockError::Thread)?;
            server.threads.push(thread);
            started
                .recv()
                .unwrap_or_else(|_| Err(MockError::Thread(io::Error::other("it ended at once"))))?;
        }
        Ok(server)
    }

    /// Where it listens; the port is the real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root URL for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so on stderr.
            let _ = thread.join();
        }
        if let Some(trace) = self.trace.take() {
            // A trace that is cut shows in the comparison it is made for.
            let _ = trace.finish();
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let runtime = runtime()?;
    let _entered = runtime.enter();
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn serve_on_core(
    core: Option<usize>,
    listener: TcpListener,
    shared: Arc<Shared>,
    trace: Option<(Clock, Sender<TraceEvent>)>,
    mut stopped: watch::Receiver<bool>,
    report: &mpsc::SyncSender<Result<(), MockError>>,
) {
    let prepared = (|| {
        if let Some(core) = core {
            pin_current_thread(&[core]).map_err(|cause| MockError::Pin { core, cause })?;
        }
        let runtime = runtime().map_err(MockError::Thread)?;
        let entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener).map_err(MockError::Thread)?;
        drop(entered);
        Ok((runtime, listener))
    })();
    let (runtime, listener) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let _ = report.send(Err(error));
            return;
        }
    };
    if report.send(Ok(())).is_err() {
        return;
    }
    LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            () = accept(listener, shared, trace) => {}
            // An error means that the server is gone: stop as well.
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    });
}

async fn accept(
    listener: tokio::net::TcpListener,
    shared: Arc<Shared>,
    trace: Option<(Clock, Sender<TraceEvent>)>,
) {
    let service = Rc::new(Service::new(shared));
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // Out of descriptors, or the peer is gone already: others may do better.
            tokio::task::yield_now().await;
            continue;
        };
        // Tokens are small: each must leave at its moment. Failing here costs only delay.
        let _ = socket.set_nodelay(true);
        let service = Rc::clone(&service);
        let trace = trace
            .clone()
            .map(|(clock, sender)| ConnectionTrace::new(clock, sender));
        tokio::task::spawn_local(async move {
            let respond = service_fn(|request| {
                let (service, trace) = (Rc::clone(&service), trace.clone());
                async move { service.respond(request, trace.as_deref()).await }
            });
            // A connection that breaks is the client's business.
            let _ = http1::Builder::new()
                .serve_connection(TracedIo::new(TokioIo::new(socket), trace.clone()), respond)
                .await;
        });
    }
}
