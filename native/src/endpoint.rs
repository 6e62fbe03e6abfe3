//! The URL of a server, and the way to it.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::run::Api;

/// Why a text is no endpoint's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// No scheme, or one that is neither http nor https.
    #[error(
        "`{0}` is no endpoint: it must begin with `http://` or `https://`, such as `http://127.0.0.1:8000`"
    )]
    NoScheme(String),
    /// No host, or a character that no host has.
    #[error("`{0}` names no host")]
    BadHost(String),
    /// A port that is no number from 1 to 65535.
    #[error("`{0}` is no port in `{1}`; a port is a number from 1 to 65535")]
    BadPort(String, String),
    /// A user, a query or a fragment.
    #[error("`{0}` holds a `{1}`, which an endpoint's root has not")]
    NotARoot(String, char),
}

/// A server's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, without the brackets of IPv6.
    pub host: String,
    /// Port; 80, or 443 with TLS, when the URL gives none.
    pub port: u16,
    /// Whether the URL begins with `https`.
    pub is_tls: bool,
    /// What stands before `/v1/…`; empty for a server at the root.
    pub base_path: String,
}

impl Endpoint {
    /// Reads `http://HOST[:PORT][/PATH]`, or the same with `https`; a trailing `/`, `/v1` or `/v1/` is taken off.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let url = url.trim();
        let scheme = url
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_tls = match scheme.as_deref() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(EndpointError::NoScheme(url.to_owned())),
        };
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        if let Some(sign) = rest.chars().find(|sign| matches!(sign, '@' | '?' | '#')) {
            return Err(EndpointError::NotARoot(url.to_owned(), sign));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = split_port(authority);
        let is_host = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(is_host) || path.chars().any(|sign| !sign.is_ascii_graphic())
        {
            return Err(EndpointError::BadHost(url.to_owned()));
        }
        let port = match port {
            None if is_tls => 443,
            None => 80,
            Some(text) => text
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| EndpointError::BadPort(text.to_owned(), url.to_owned()))?,
        };
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/');
        Ok(Self {
            host: host.to_owned(),
            port,
            is_tls,
            base_path: path.to_owned(),
        })
    }

    /// Value of the `Host` header: the port is left out where it is 80 or 443, as the reference does.
    pub fn host_header(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if matches!(self.port, 80 | 443) {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    /// Path that requests of an API go to.
    pub fn path(&self, api: Api) -> String {
        let route = match api {
            Api::Chat => "chat/completions",
            Api::Completions => "completions",
        };
        format!("{}/v1/{route}", self.base_path)
    }

    /// The server's root as a URL.
    pub fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        // The header leaves both usual ports out, so the one that is unusual for the scheme is put back.
        let port = match (self.is_tls, self.port) {
            (true, 80) | (false, 443) => format!(":{}", self.port),
            _ => String::new(),
        };
        format!("{scheme}://{}{port}{}", self.host_header(), self.base_path)
    }
}

/// Host and port of `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, after)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, after.strip_prefix(':'));
    }
    authority
        .rsplit_once(':')
        .map_or((authority, None), |(host, port)| (host, Some(port)))
}

/// No connection to an endpoint before the timed window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// How often it was tried.
    pub tries: u32,
    /// What the last try said.
    pub cause: String,
}

const TRIES: u32 = 3;
const PAUSE_BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// Opens a connection and closes it again; gives the address that answered.
pub fn find_address(endpoint: &Endpoint, connect_timeout: Duration) -> Result<SocketAddr, Unreachable> {
    let addresses: Vec<SocketAddr> = match (endpoint.host.as_str(), endpoint.port).to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            let cause = format!("the name `{}` could not be resolved ({error})", endpoint.host);
            return Err(Unreachable { tries: 1, cause });
        }
    };
    let mut cause = format!("the name `{}` has no address", endpoint.host);
    for tried in 0..TRIES {
        if tried > 0 {
            std::thread::sleep(PAUSE_BETWEEN_TRIES);
        }
        for address in &addresses {
            match TcpStream::connect_timeout(address, connect_timeout) {
                Ok(_) => return Ok(*address),
                Err(error) => cause = describe_connect_error(&error, connect_timeout),
            }
        }
    }
    Err(Unreachable { tries: TRIES, cause })
}

/// What a failed connect says, without the system's error number.
pub fn describe_connect_error(error: &std::io::Error, connect_timeout: Duration) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        std::io::ErrorKind::TimedOut => format!("no answer within {} ms", connect_timeout.as_millis()),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, host_header: &str, path: &str) {
        let endpoint = Endpoint::parse(url).unwrap();
        assert_eq!(
            (endpoint.host_header().as_str(), endpoint.path(Api::Chat).as_str()),
            (host_header, path),
            "{url}"
        );
    }

    #[test]
    fn takes_the_root_with_or_without_v1() {
        for end in ["", "/", "/v1", "/v1/", "//"] {
            check(&format!("http://h:8000{end}"), "h:8000", "/v1/chat/completions");
        }
        check("HTTP://h/prefix/v1", "h", "/prefix/v1/chat/completions");
    }

    #[test]
    fn leaves_the_usual_ports_out_of_the_host_header() {
        check("http://h:80", "h", "/v1/chat/completions");
        check("http://h:443", "h", "/v1/chat/completions");
        check("http://[::1]:81", "[::1]:81", "/v1/chat/completions");
        check("http://[::1]", "[::1]", "/v1/chat/completions");
    }

    #[test]
    fn https_has_a_port_of_its_own() {
        let endpoint = Endpoint::parse("https://h/v1").unwrap();
        assert_eq!((endpoint.port, endpoint.is_tls), (443, true));
        assert_eq!(
            (endpoint.host_header().as_str(), endpoint.url().as_str()),
            ("h", "https://h")
        );
        assert_eq!(Endpoint::parse("https://h:80").unwrap().url(), "https://h:80");
    }

    fn check_refused(url: &str, expected: &str) {
        let message = Endpoint::parse(url).unwrap_err().to_string();
        assert!(message.contains(expected), "{url}: {message}");
    }

    #[test]
    fn refuses_what_is_no_root() {
        check_refused("127.0.0.1:8000", "must begin with `http://`");
        check_refused("http://", "names no host");
        check_refused("http://:80", "names no host");
        check_refused("http://a b", "names no host");
        check_refused("http://h:0", "`0` is no port");
        check_refused("http://h:99999", "`99999` is no port");
        check_refused("http://h:", "`` is no port");
        check_refused("http://user@h", "holds a `@`");
        check_refused("http://h/v1?x=1", "holds a `?`");
    }
}
