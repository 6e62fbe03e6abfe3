//! The checker page over HTTP on loopback, and one submission's bytes for it.
//!
//! The page judges in the browser; this only hands out files. What a submission holds is behind a random word in the
//! address, so that another user of the machine who finds the port can't read it, and only for requests that name
//! this host, so that no other page can (DNS rebinding).

mod page;
mod shelf;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::task::LocalSet;

pub use page::has_page;
pub use shelf::{Shelf, ShelfError};

/// What the page may load: its own files, and nothing from anywhere else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
                      font-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// How long the server waits after a connection that it could not take.
const PAUSE: Duration = Duration::from_millis(10);

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct PageServer {
    listener: TcpListener,
    address: SocketAddr,
    shelf: Option<Shelf>,
}

type Answer = Response<Full<Bytes>>;

impl PageServer {
    /// Listens on a port of loopback; 0 takes a free one.
    pub fn listen(port: u16, shelf: Option<Shelf>) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            shelf,
        })
    }

    /// The address for a browser; it opens the submission, if there is one.
    pub fn url(&self) -> String {
        match &self.shelf {
            Some(opened) => format!("http://{}/#v=1&open={}", self.address, opened.word()),
            None => format!("http://{}/", self.address),
        }
    }

    /// Answers until `stop` is done.
    pub fn serve(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let server = Rc::new(Answering {
            port: self.address.port(),
            shelf: self.shelf,
        });
        LocalSet::new().block_on(&runtime, async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            tokio::select! {
                () = accept(listener, server) => {}
                () = stop => {}
            }
            Ok(())
        })
    }
}

async fn accept(listener: tokio::net::TcpListener, server: Rc<Answering>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // Out of descriptors, or the peer is gone already.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let server = Rc::clone(&server);
        tokio::task::spawn_local(async move {
            let respond = service_fn(|request: Request<Incoming>| {
                let answer = server.answer(&request);
                async move { Ok::<_, Infallible>(answer) }
            });
            // A connection that breaks is the browser's business.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(socket), respond)
                .await;
        });
    }
}

struct Answering {
    port: u16,
    shelf: Option<Shelf>,
}

impl Answering {
    fn answer(&self, request: &Request<Incoming>) -> Answer {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        if !host.is_some_and(|host| self.is_ours(host)) {
            return plain(
                StatusCode::MISDIRECTED_REQUEST,
                "this server answers on loopback only\n",
            );
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n");
            answer
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        let path = request.uri().path().trim_start_matches('/');
        if let Some(wanted) = path.strip_prefix("open/") {
            return self.opened(wanted, request.uri().query().unwrap_or_default());
        }
        match page::file(path) {
            Some((kind, bytes)) => content(kind, Bytes::from_static(bytes)),
            None => plain(StatusCode::NOT_FOUND, "no such file\n"),
        }
    }

    /// Whether a request that names this host was meant for us.
    fn is_ours(&self, host: &str) -> bool {
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
        matches!(name, "127.0.0.1" | "localhost") && port.parse() == Ok(self.port)
    }

    /// `open/WORD/list.json` and `open/WORD/N?START-END`.
    fn opened(&self, wanted: &str, query: &str) -> Answer {
        let missing = || plain(StatusCode::NOT_FOUND, "no such file\n");
        let (Some(opened), Some((word, name))) = (&self.shelf, wanted.split_once('/')) else {
            return missing();
        };
        if word != opened.word() {
            return missing();
        }
        if name == "list.json" {
            return content("application/json", Bytes::from(opened.list()));
        }
        let range = query
            .split_once('-')
            .and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
        let (Ok(index), Some((start, end))) = (name.parse::<usize>(), range) else {
            return missing();
        };
        match opened.read(index, start, end) {
            Ok(bytes) => content("application/octet-stream", Bytes::from(bytes)),
            Err(error) => plain(StatusCode::CONFLICT, &format!("{error}\n")),
        }
    }
}

fn content(kind: &'static str, bytes: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(bytes));
    let headers = answer.headers_mut();
    let fixed: [(HeaderName, &'static str); 6] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn plain(status: StatusCode, text: &str) -> Answer {
    let mut answer = content(
        "text/plain; charset=utf-8",
        Bytes::copy_from_slice(text.as_bytes()),
    );
    *answer.status_mut() = status;
    answer
}
