//! A submission as a zip, deflated.

use std::borrow::Cow;

use miniz_oxide::deflate::compress_to_vec;
use rawzip::crc32;
use runbench_core::tree::{MemoryTree, Tree as _};

/// The files of a tree below a folder, and directories that need not hold any.
pub fn zip(top: &str, tree: &MemoryTree, directories: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut central = Vec::new();
    let mut count = 0_usize;
    let files = tree.paths().map(|path| {
        let content = tree.read(path).unwrap_or_default();
        (format!("{top}/{path}"), content)
    });
    let directories = directories
        .iter()
        .map(|path| (format!("{top}/{path}/"), Cow::default()));
    for (name, content) in files.chain(directories) {
        let packed = compress_to_vec(&content, 6);
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        common.extend(crc32(&content).to_le_bytes());
        common.extend(long(packed.len()));
        common.extend(long(content.len()));
        common.extend(short(name.len()));
        common.extend([0; 2]);
        central.extend(b"PK\x01\x02\x14\x00");
        central.extend(&common);
        central.extend([0; 10]);
        central.extend(long(bytes.len()));
        central.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
        count += 1;
    }
    let start = bytes.len();
    bytes.extend(&central);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(short(count));
    bytes.extend(short(count));
    bytes.extend(long(central.len()));
    bytes.extend(long(start));
    bytes.extend([0; 2]);
    bytes
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}
