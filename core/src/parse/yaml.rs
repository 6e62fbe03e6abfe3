//! YAML 1.1 as `PyYAML`'s `safe_load` takes it.

use super::{Node, ParseError};

/// Reads a YAML document.
pub fn parse_yaml(bytes: &[u8]) -> Result<Node, ParseError> {
    let _ = bytes;
    todo!()
}
