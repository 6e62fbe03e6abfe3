//! Requests as bytes: what is the same in all of them is made once.

use std::io::Write as _;

use super::{Server, Target};

/// Writes the requests of one thread.
#[derive(Debug)]
pub(super) struct RequestBytes {
    /// Request line and headers for each server, up to what differs.
    heads: Vec<Vec<u8>>,
    /// The last request written.
    bytes: Vec<u8>,
}

impl RequestBytes {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            heads: target.servers.iter().map(head).collect(),
            bytes: Vec::new(),
        }
    }

    /// The bytes of request `id`. A server that doesn't exist gives one without a head.
    pub(super) fn write(&mut self, target: &Target, server: usize, id: u64, body: &[u8]) -> &[u8] {
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.extend_from_slice(self.heads.get(server).map_or(&[][..], |head| head));
        // Writing into memory can't fail.
        let _infallible = match &target.request_id_prefix {
            Some(prefix) => write!(bytes, "X-Request-ID: {prefix}-{id}\r\nContent-Length: "),
            None => write!(bytes, "Content-Length: "),
        };
        let _infallible = write!(bytes, "{}\r\n\r\n", body.len());
        bytes.extend_from_slice(body);
        bytes
    }
}

fn head(server: &Server) -> Vec<u8> {
    let mut head = format!("POST {} HTTP/1.1\r\n", server.path).into_bytes();
    for (name, value) in &server.headers {
        push_title_case(name.as_str(), &mut head);
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head
}

/// `content-type` as `Content-Type`: the case that the reference sends, and that some servers insist on.
fn push_title_case(name: &str, out: &mut Vec<u8>) {
    let mut at_start = true;
    for byte in name.bytes() {
        out.push(if at_start { byte.to_ascii_uppercase() } else { byte });
        at_start = byte == b'-';
    }
}
