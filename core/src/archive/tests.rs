//! Hostile and damaged archives: a note or a damaged file each, never a crash.

use std::io::Read;

use miniz_oxide::deflate::compress_to_vec;
use rawzip::crc32;

use super::*;

/// One entry of a zip, each field as it is written.
#[derive(Clone)]
struct ZipEntry {
    name: Vec<u8>,
    packed: Vec<u8>,
    method: u16,
    flags: u16,
    crc: u32,
    length: u32,
    mode: u32,
    /// The entry whose bytes it takes, instead of bytes of its own.
    shares: Option<usize>,
}

fn stored(name: &str, data: &[u8]) -> ZipEntry {
    ZipEntry {
        name: name.into(),
        packed: data.to_vec(),
        method: 0,
        flags: 0,
        crc: crc32(data),
        length: u32::try_from(data.len()).unwrap(),
        mode: 0o100_644,
        shares: None,
    }
}

fn deflated(name: &str, data: &[u8]) -> ZipEntry {
    ZipEntry {
        packed: compress_to_vec(data, 6),
        method: 8,
        ..stored(name, data)
    }
}

fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut central = Vec::new();
    let mut offsets = Vec::new();
    let short = |length: usize| u16::try_from(length).unwrap().to_le_bytes();
    let long = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    for entry in entries {
        let offset = entry.shares.map_or(bytes.len(), |other| offsets[other]);
        offsets.push(offset);
        let mut common = Vec::new();
        common.extend([20, 0]);
        common.extend(entry.flags.to_le_bytes());
        common.extend(entry.method.to_le_bytes());
        common.extend([0; 4]);
        common.extend(entry.crc.to_le_bytes());
        common.extend(long(entry.packed.len()));
        common.extend(entry.length.to_le_bytes());
        common.extend(short(entry.name.len()));
        common.extend([0; 2]);
        if entry.shares.is_none() {
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&common);
            bytes.extend(&entry.name);
            bytes.extend(&entry.packed);
        }
        central.extend(b"PK\x01\x02\x14\x03");
        central.extend(&common);
        central.extend([0; 6]);
        central.extend((entry.mode << 16).to_le_bytes());
        central.extend(long(offset));
        central.extend(&entry.name);
    }
    let start = bytes.len();
    bytes.extend(&central);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(short(entries.len()));
    bytes.extend(short(entries.len()));
    bytes.extend(long(central.len()));
    bytes.extend(long(start));
    bytes.extend([0; 2]);
    bytes
}

fn tar_header(name: &str, kind: u8, length: usize) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{length:011o}\0").as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

fn tar_entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = tar_header(name, kind, data.len());
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.extend([0; 1024]);
    bytes
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255];
    bytes.extend(b"name\0");
    bytes.extend(compress_to_vec(data, 6));
    bytes.extend(crc32(data).to_le_bytes());
    bytes.extend(u32::try_from(data.len() & 0xffff_ffff).unwrap().to_le_bytes());
    bytes
}

fn open(bytes: &[u8]) -> ArchiveTree {
    ArchiveTree::new(Box::new(bytes.to_vec()))
}

fn read(tree: &ArchiveTree, path: &str) -> Result<String, ReadError> {
    tree.read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn noted(tree: &ArchiveTree, kind: NoteKind) -> Vec<String> {
    let notes = tree.notes().unwrap().of(kind);
    notes
        .map(|note| format!("{}: {}", note.path, note.message))
        .collect()
}

/// The file can't be read, and a note says why.
#[track_caller]
fn check_refused(tree: &ArchiveTree, path: &str, kind: NoteKind, why: &str) {
    let error = read(tree, path).unwrap_err();
    assert!(
        matches!(&error, ReadError::Refused(said) if said.contains(why)),
        "{error:?}"
    );
    let notes = noted(tree, kind);
    assert!(
        notes
            .iter()
            .any(|note| note.starts_with(path) && note.contains(why)),
        "{notes:?}"
    );
}

#[test]
fn every_kind_shows_the_same_tree() {
    let files = [("acme/results/a.json", "{}"), ("acme/docs/read.me", "hello")];
    let zipped = zip(&[stored(files[0].0, b"{}"), deflated(files[1].0, b"hello")]);
    let tarred = tar(&files.map(|(path, text)| tar_entry(path, b'0', text.as_bytes())));
    let members = [gzip(&tarred[..700]), gzip(&tarred[700..])].concat();
    for bytes in [&zipped, &tarred, &gzip(&tarred), &members] {
        let tree = open(bytes);
        assert_eq!(tree.notes(), Some(&Notes::default()));
        assert_eq!(
            (tree.top(), tree.shown_as(Some("x.zip"))),
            (Some("acme"), "acme".to_owned())
        );
        let names: Vec<String> = tree
            .list("")
            .unwrap()
            .into_iter()
            .map(|entry| entry.name)
            .collect();
        assert_eq!(names, ["docs", "results"]);
        assert_eq!(read(&tree, "results/a.json").unwrap(), "{}");
        assert_eq!(read(&tree, "docs/read.me").unwrap(), "hello");
        assert_eq!(read(&tree, "docs"), Err(ReadError::Directory));
        assert_eq!(read(&tree, "docs/x"), Err(ReadError::Absent));
        assert_eq!(tree.kind("docs/read.me"), Some(Kind::File(5)));
    }
}

#[test]
fn an_archive_without_a_folder_goes_by_its_own_name() {
    let tree = open(&zip(&[stored("results/a", b"x"), stored("docs/b", b"y")]));
    assert_eq!(tree.shown_as(Some("Nimbus.tar.GZ")), "Nimbus");
    assert_eq!(tree.shown_as(Some("odd")), "odd");
    assert_eq!(tree.shown_as(None), "submission");
}

#[test]
fn entries_that_can_not_be_unpacked_are_refused() {
    let link = ZipEntry {
        mode: 0o120_777,
        ..stored("t/link", b"/etc/passwd")
    };
    let encrypted = ZipEntry {
        flags: 1,
        ..stored("t/secret", b"x")
    };
    let lzma = ZipEntry {
        method: 14,
        ..stored("t/lzma", b"x")
    };
    let lie = ZipEntry {
        length: 9,
        ..stored("t/lie", b"x")
    };
    let pipe = ZipEntry {
        mode: 0o010_644,
        ..stored("t/pipe", b"")
    };
    let tree = open(&zip(&[link, encrypted, lzma, lie, pipe]));
    check_refused(&tree, "link", NoteKind::Link, "symbolic link");
    check_refused(&tree, "secret", NoteKind::Content, "encrypted");
    check_refused(&tree, "lzma", NoteKind::Content, "method 14");
    check_refused(&tree, "lie", NoteKind::Content, "9 bytes are said to take 1");
    check_refused(&tree, "pipe", NoteKind::Content, "device");
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let shared = ZipEntry {
        shares: Some(0),
        ..stored("t/b", b"xyz")
    };
    let tree = open(&zip(&[stored("t/a", b"xyz"), shared]));
    check_refused(&tree, "b", NoteKind::Content, "another entry");
    assert_eq!(read(&tree, "a").unwrap(), "xyz");
}

#[test]
fn an_entry_that_lies_about_its_bytes_is_damaged() {
    let data = b"abcdefgh".repeat(40);
    let wrong_crc = ZipEntry {
        crc: 7,
        ..deflated("t/crc", &data)
    };
    let short = ZipEntry {
        length: 10,
        ..deflated("t/short", &data)
    };
    let long = ZipEntry {
        length: 999,
        ..deflated("t/long", &data)
    };
    let noise = ZipEntry {
        packed: vec![0xff; 30],
        ..deflated("t/noise", &data)
    };
    let mut cut = deflated("t/cut", &data);
    cut.packed.truncate(8);
    let tree = open(&zip(&[wrong_crc, short, long, noise, cut]));
    for (path, why) in [
        ("crc", "checksum"),
        ("short", "longer than the 10"),
        ("long", "ends after 320"),
        ("noise", "not what deflate writes"),
        ("cut", "ends too early"),
    ] {
        let error = read(&tree, path).unwrap_err();
        assert!(
            matches!(&error, ReadError::Damaged(said) if said.contains(why)),
            "{path}: {error:?}"
        );
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0; 3 << 20];
    let tree = open(&zip(&[deflated("t/bomb", &zeros), stored("t/plain", &zeros)]));
    check_refused(&tree, "bomb", NoteKind::Ratio, "to 1");
    assert_eq!(read(&tree, "plain").unwrap().len(), 3 << 20);
    let tree = open(&gzip(&tar(&[tar_entry("t/bomb", b'0', &vec![0; 40 << 20])])));
    let notes = noted(&tree, NoteKind::Ratio);
    assert!(
        matches!(notes.as_slice(), [note] if note.contains("to 1")),
        "{notes:?}"
    );
}

#[test]
fn a_damaged_archive_shows_what_could_be_listed() {
    let whole = zip(&[stored("t/a", b"x"), stored("t/b", b"y")]);
    let broken = |edit: fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        edit(&mut bytes);
        open(&bytes)
    };
    // The end record is gone.
    let tree = broken(|bytes| bytes.truncate(bytes.len() - 22));
    assert!(noted(&tree, NoteKind::Structure)[0].contains("not readable as zip"));
    assert_eq!(tree.list("").unwrap(), []);
    // The second central entry is not one.
    let tree = broken(|bytes| {
        let second = bytes.len() - 22 - 49;
        bytes[second] = b'?';
    });
    assert!(noted(&tree, NoteKind::Structure)[0].contains("breaks off after 1"));
    assert_eq!(read(&tree, "a").unwrap(), "x");
    // It promises more than it lists.
    let tree = broken(|bytes| {
        let count = bytes.len() - 12;
        bytes[count] = 3;
        bytes[count - 2] = 3;
    });
    assert!(noted(&tree, NoteKind::Structure)[0].contains("promises 3 entries and lists 2"));

    for (bytes, what) in [
        (b"no archive".to_vec(), "not readable as zip"),
        (gzip(b"no tar"), "middle of a header"),
        (gzip(&[7; 600]), "neither a zip nor a tar"),
        (tar_entry("t/a", b'0', b"x"), "without its end mark"),
        (tar_header("t/a", b'0', 5000), "middle of a file"),
        (
            gzip(&tar(&[tar_entry("t/a", b'0', b"x")]))[..60].to_vec(),
            "breaks off",
        ),
        (vec![0x1f, 0x8b, 8], "gzip header"),
    ] {
        let notes = noted(&open(&bytes), NoteKind::Structure);
        assert!(notes.iter().any(|note| note.contains(what)), "{what}: {notes:?}");
    }
    let mut wrong = gzip(&tar(&[tar_entry("t/a", b'0', b"x")]));
    let trailer = wrong.len() - 8;
    wrong[trailer] ^= 1;
    let tree = open(&wrong);
    assert!(noted(&tree, NoteKind::Structure)[0].contains("checksum"));
    assert_eq!(read(&tree, "a").unwrap(), "x");
}

#[test]
fn tar_knows_long_names_links_and_lengths_of_pax() {
    let long = format!("t/{}", "n".repeat(150));
    let pax = |record: &str| {
        let length = record.len() + if record.len() < 90 { 4 } else { 5 };
        tar_entry("p", b'x', format!("{length} {record}\n").as_bytes())
    };
    let bytes = tar(&[
        tar_entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        tar_entry("short", b'0', b"gnu"),
        pax(&format!("path={long}2")),
        tar_entry("short", b'0', b"pax"),
        tar_entry("t/link", b'2', b""),
        tar_entry("t/hard", b'1', b""),
        tar_entry("t/null", b'3', b""),
        pax("GNU.sparse.major=1"),
        tar_entry("t/sparse", b'0', b"x"),
        tar_entry("t/d/", b'0', b""),
        tar_entry("t/e", b'5', b""),
    ]);
    let tree = open(&bytes);
    assert_eq!(read(&tree, &long[2..]).unwrap(), "gnu");
    assert_eq!(read(&tree, &format!("{}2", &long[2..])).unwrap(), "pax");
    check_refused(&tree, "link", NoteKind::Link, "symbolic link");
    check_refused(&tree, "hard", NoteKind::Link, "another entry");
    check_refused(&tree, "null", NoteKind::Content, "device");
    check_refused(&tree, "sparse", NoteKind::Content, "sparse");
    assert!(tree.is_directory("d") && tree.is_directory("e"));
}

/// Counts what is read of a source.
struct Counting {
    bytes: Vec<u8>,
    read: std::rc::Rc<std::cell::Cell<usize>>,
}

impl ReadAt for Counting {
    fn length(&self) -> u64 {
        self.bytes.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read_at(offset, buffer)?;
        self.read.set(self.read.get() + count);
        Ok(count)
    }
}

#[test]
fn the_end_of_a_packed_tar_is_read_without_its_beginning() {
    // Noise that does not pack: 48 MiB.
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..48 << 20)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        })
        .collect();
    let last = vec![b'z'; 100_000];
    let bytes = gzip(&tar(&[
        tar_entry("t/noise", b'0', &noise),
        tar_entry("t/last", b'0', &last),
    ]));
    let read = std::rc::Rc::default();
    let length = bytes.len();
    let tree = ArchiveTree::new(Box::new(Counting {
        bytes,
        read: std::rc::Rc::clone(&read),
    }));
    read.set(0);
    assert_eq!(tree.read("last").unwrap().as_ref(), last);
    assert!(
        read.get() < length / 2,
        "{} of {length} bytes were read",
        read.get()
    );
    let mut whole = Vec::new();
    tree.open("noise").unwrap().read_to_end(&mut whole).unwrap();
    assert!(whole == noise);
}
