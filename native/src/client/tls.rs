//! TLS over a socket that never waits: rustls does the records, our own loop does the reading and writing.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::transport::Received;
use crate::clock::Clock;

/// Why TLS can't be prepared.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of certificates.
    #[error("can't read certificates from `{}`: {cause}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The system's certificates.
    #[error(
        "this system has no certificates to trust: {0}\n   = help: give `--ca-file FILE`, or `--insecure` to trust any"
    )]
    NoRoots(String),
    /// The host's name.
    #[error("`{0}` is no host name that a certificate can be for")]
    BadName(String),
    /// rustls itself.
    #[error("TLS can't be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// Who is trusted, for one host.
#[derive(Clone, Debug)]
pub struct TlsTarget {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsTarget {
    /// The trust for connections to `host`: the certificates in `ca_file`, or else the system's; any certificate at
    /// all if `insecure`.
    pub fn new(host: &str, insecure: bool, ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let name = match host.parse::<IpAddr>() {
            Ok(address) => ServerName::from(address),
            Err(_) => {
                ServerName::try_from(host.to_owned()).map_err(|_| TlsError::BadName(host.to_owned()))?
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let mut config = if insecure {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(TrustAnything(provider)))
                .with_no_client_auth()
        } else {
            let roots = match ca_file {
                Some(path) => roots_of_file(path)?,
                None => roots_of_system()?,
            };
            builder.with_root_certificates(roots).with_no_client_auth()
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            name,
        })
    }
}

fn roots_of_file(path: &Path) -> Result<RootCertStore, TlsError> {
    let failed = |cause: String| TlsError::CaFile {
        path: path.to_owned(),
        cause,
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| failed(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(failed("it holds no certificate in PEM form".to_owned()));
    }
    Ok(roots)
}

fn roots_of_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(TlsError::NoRoots(if errors.is_empty() {
            "none was found".to_owned()
        } else {
            errors.join("; ")
        }));
    }
    Ok(roots)
}

/// A verifier that takes every certificate, as `--insecure` asks; signatures are still checked.
#[derive(Debug)]
struct TrustAnything(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAnything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A TLS session on a socket.
#[derive(Debug)]
pub(super) struct TlsStream {
    pub(super) socket: OwnedFd,
    session: ClientConnection,
    /// When the last read of the socket returned.
    read_ns: u64,
}

impl TlsStream {
    pub(super) fn new(socket: OwnedFd, target: &TlsTarget) -> io::Result<Self> {
        let mut session = ClientConnection::new(Arc::clone(&target.config), target.name.clone())
            .map_err(io::Error::other)?;
        // A request is handed over whole, however long it is.
        session.set_buffer_limit(None);
        Ok(Self {
            socket,
            session,
            read_ns: 0,
        })
    }

    /// Goes on with the handshake as far as the socket lets it; `true` once it is done.
    pub(super) fn advance_handshake(&mut self) -> io::Result<bool> {
        loop {
            self.flush()?;
            if !self.session.is_handshaking() {
                return Ok(true);
            }
            match self.session.read_tls(&mut Socket(&self.socket)) {
                Ok(0) => {
                    let message = "the server closed the connection in the handshake";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
                }
                Ok(_) => {
                    let processed = self.session.process_new_packets();
                    if let Err(error) = processed {
                        // What is wrong is told to the server too, if it still listens.
                        let _not_told = self.flush();
                        return Err(io::Error::other(error));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads once: what is decrypted already, or else what the socket has.
    pub(super) fn receive(&mut self, buffer: &mut [u8], clock: &Clock) -> io::Result<Received> {
        loop {
            match self.session.reader().read(buffer) {
                Ok(0) => return Ok(Received::Closed),
                Ok(length) => {
                    return Ok(Received::Bytes {
                        length,
                        at_ns: self.read_ns,
                        more: true,
                    });
                }
                // The end without TLS's farewell: what HTTP says of the answer decides whether it is whole.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Received::Closed),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            match self.session.read_tls(&mut Socket(&self.socket)) {
                Ok(_) => {
                    self.read_ns = clock.now_ns();
                    self.session.process_new_packets().map_err(io::Error::other)?;
                    self.flush()?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Received::Nothing),
                Err(error) => return Err(error),
            }
        }
    }

    /// Encrypts everything, and sends what the socket takes.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.session.writer().write_all(bytes)?;
        self.flush()?;
        Ok(bytes.len())
    }

    /// Whether encrypted bytes wait for the socket.
    pub(super) fn wants_write(&self) -> bool {
        self.session.wants_write()
    }

    /// Sends what is encrypted, as far as the socket takes it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut Socket(&self.socket)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The socket as rustls wants it.
struct Socket<'a>(&'a OwnedFd);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match recv(self.0, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((_, length)) => return Ok(length),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match send(self.0, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(length) => return Ok(length),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
