//! HTTP/1.1 responses, read without IO: bytes in, head and pieces of the body out, right under any split of the bytes.
//!
//! Framing follows RFC 9112, section 6.3: content length, chunks (extensions and trailers are skipped), or the end of
//! the connection. Interim answers (1xx) are skipped. What can be read in two ways is refused: differing content
//! lengths, a transfer encoding in HTTP/1.0, folded header lines. A piece of the body borrows from the bytes that were
//! handed in, so that nothing is copied or allocated for a chunk; only a head that comes in several reads is kept.
//!
//! ```
//! use runbench_core::http1::{Piece, ResponseReader};
//!
//! let mut reader = ResponseReader::new();
//! let mut body = Vec::new();
//! for read in [&b"HTTP/1.1 200 OK\r\nTransfer-Enc"[..], b"oding: chunked\r\n\r\n2;x=y\r\nhi\r", b"\n0\r\n\r\n"] {
//!     let mut rest = read;
//!     while let Some(piece) = reader.next(&mut rest)? {
//!         match piece {
//!             Piece::Head(head) => assert_eq!(head.status, 200),
//!             Piece::Body(bytes) => body.extend_from_slice(bytes),
//!             Piece::End => assert!(reader.may_keep_connection() && rest.is_empty()),
//!         }
//!     }
//! }
//! assert_eq!(body, b"hi");
//! # Ok::<(), runbench_core::http1::HttpError>(())
//! ```

mod chunked;
mod head;
mod reader;

pub use head::{Framing, Head};
pub use reader::{Piece, ResponseReader};

/// The most bytes that a head may have, interim answers and blank lines before it not counted.
pub const MAX_HEAD_BYTES: usize = 64 << 10;

/// The most header lines that a head may have.
pub const MAX_HEADERS: usize = 100;

/// The most bytes that all chunk extensions of an answer, or all its trailers, may have.
pub const MAX_EXTRA_BYTES: u32 = 16 << 10;

/// Why bytes are no answer, or the connection ended too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The status line or a header line breaks the grammar.
    #[error("its head is broken: {0}")]
    Head(&'static str),
    /// No end of the head within the limit.
    #[error("its head is longer than {MAX_HEAD_BYTES} bytes")]
    HeadTooLong,
    /// More header lines than allowed.
    #[error("it has more than {MAX_HEADERS} header lines")]
    TooManyHeaders,
    /// No number, or several that differ.
    #[error("its `Content-Length` is no number, or given twice with different values")]
    ContentLength,
    /// HTTP/1.0 has no chunks, so the end of the body can't be known.
    #[error("it is HTTP/1.0 with a `Transfer-Encoding`")]
    TransferEncoding,
    /// Status 101, which nobody asked for.
    #[error("it switches to another protocol")]
    Upgrade,
    /// No chunk size where one must be.
    #[error("a chunk's size line is broken")]
    ChunkSize,
    /// A chunk is longer than it said.
    #[error("a chunk does not end where its size says")]
    ChunkEnd,
    /// Chunk extensions without end.
    #[error("its chunk extensions are longer than {MAX_EXTRA_BYTES} bytes")]
    ExtensionsTooLong,
    /// Lines after the last chunk that break the grammar or have no end.
    #[error("the lines after its last chunk are broken, or longer than {MAX_EXTRA_BYTES} bytes")]
    Trailers,
    /// The connection ended before the head did.
    #[error("the connection ended before the answer's head did")]
    ClosedInHead,
    /// The connection ended before the body did.
    #[error("the connection ended before the answer's body did")]
    ClosedInBody,
}
