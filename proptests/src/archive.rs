//! Whole submissions as archives.

use miniz_oxide::deflate::compress_to_vec;
use rawzip::crc32;
use runbench_core::tree::{Kind, Tree, join};

/// Our rules about files, names and archives.
pub const INPUT_RULES: [&str; 14] = [
    "archive-readable",
    "entry-names",
    "entry-duplicate",
    "entry-case",
    "archive-links",
    "archive-contents",
    "compression-ratio",
    "entry-count",
    "path-depth",
    "path-length",
    "file-size",
    "total-size",
    "unread",
    "skimmed",
];

/// The files of a tree with their contents, and its directories with a `/` at the end and nothing in them; `None` if
/// something in it is a link or can't be read.
pub fn files(tree: &dyn Tree) -> Option<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut open = vec![String::new()];
    while let Some(directory) = open.pop() {
        for entry in tree.list(&directory).ok()? {
            let path = join(&directory, &entry.name);
            match entry.kind? {
                _ if entry.link => return None,
                Kind::Directory => {
                    files.push((format!("{path}/"), Vec::new()));
                    open.push(path);
                }
                Kind::File(_) => {
                    let content = tree.read(&path).ok()?.into_owned();
                    files.push((path, content));
                }
            }
        }
    }
    Some(files)
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

/// A zip of files below a folder, deflated.
pub fn zip(top: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut central = Vec::new();
    for (path, content) in files {
        let name = format!("{top}/{path}");
        let packed = compress_to_vec(content, 6);
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        common.extend(crc32(content).to_le_bytes());
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
    }
    let start = bytes.len();
    bytes.extend(&central);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(short(files.len()));
    bytes.extend(short(files.len()));
    bytes.extend(long(central.len()));
    bytes.extend(long(start));
    bytes.extend([0; 2]);
    bytes
}

/// A tar of files below a folder; each name has its pax header.
pub fn tar(top: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, content) in files {
        let record = format!(" path={top}/{path}\n");
        // The length counts its own digits.
        let length = (1..9)
            .map(|digits| record.len() + digits)
            .find(|length| length.to_string().len() + record.len() == *length)
            .unwrap_or_default();
        entry(&mut bytes, b'x', format!("{length}{record}").as_bytes());
        entry(&mut bytes, if path.ends_with('/') { b'5' } else { b'0' }, content);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn entry(bytes: &mut Vec<u8>, kind: u8, content: &[u8]) {
    let mut header = Vec::with_capacity(512);
    header.extend(b"entry");
    header.resize(124, 0);
    header.extend(format!("{:011o}\0", content.len()).as_bytes());
    header.resize(148, b'0');
    header.extend([b' '; 8]);
    header.push(kind);
    header.resize(257, 0);
    header.extend(b"ustar\x0000");
    header.resize(512, 0);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header.splice(148..156, format!("{sum:06o}\0 ").into_bytes());
    bytes.extend(header);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
}

/// Bytes packed by gzip.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bytes.extend(compress_to_vec(content, 6));
    bytes.extend(crc32(content).to_le_bytes());
    bytes.extend(long(content.len()));
    bytes
}
