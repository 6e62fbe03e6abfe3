//! One submission, however it comes: a folder, an archive, with files of any length. And archives of any bytes.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::io::Read;

use proptest::prelude::*;
use proptest::sample::Index;
use runbench::disk::DiskTree;
use runbench_core::archive::ArchiveTree;
use runbench_core::check::{Report, check};
use runbench_core::diag::{Finding, Origin};
use runbench_core::limits::WHOLE_JSON_BYTES;
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{DirEntry, Kind, ReadError, Tree, join};
use runbench_proptests::archive::{files, gzip, tar, zip};
use runbench_proptests::corpus::cases;

const ARCHIVES: [&str; 6] = [
    "archive-readable",
    "entry-duplicate",
    "archive-links",
    "archive-contents",
    "compression-ratio",
    "skimmed",
];

/// All that is said of a submission, apart from what is said of archives.
fn told(report: &Report) -> Vec<String> {
    let of_content = |finding: &&Finding| !ARCHIVES.contains(&finding.rule);
    report
        .findings
        .iter()
        .filter(of_content)
        .map(|finding| format!("{finding:?}"))
        .collect()
}

/// Calls `compare` with every stored case that has neither links nor unreadable files, as it lies on disk.
fn for_every_case(compare: fn(&DiskTree, &str, &RuleSet)) {
    for name in ["v0.1", "v1.5"] {
        let ruleset = RuleSet::embedded(name).unwrap();
        let mut compared = 0;
        for case in cases(name).unwrap() {
            let folder = tempfile::tempdir().unwrap();
            let path = case.unpack(folder.path()).unwrap();
            let tree = DiskTree::new(&path);
            let top = case.check.rsplit('/').next().unwrap();
            if tree.exists("") && !top.is_empty() && files(&tree).is_some_and(|files| !files.is_empty()) {
                compare(&tree, top, &ruleset);
                compared += 1;
            }
        }
        assert!(compared > 50, "{compared}");
    }
}

#[test]
fn archives_are_judged_as_the_folder_in_them() {
    for_every_case(|tree, top, ruleset| {
        let expected = told(&check(tree, top, ruleset));
        let files = files(tree).unwrap();
        let tarred = tar(top, &files);
        for bytes in [zip(top, &files), gzip(&tarred), tarred] {
            let archive = ArchiveTree::new(Box::new(bytes));
            assert_eq!(archive.shown_as(None), top);
            assert_eq!(told(&check(&archive, top, ruleset)), expected);
        }
    });
}

/// A tree whose JSON files are too long to be held as a whole: blanks follow their last byte.
struct Long<'t>(&'t DiskTree);

impl Tree for Long<'_> {
    fn kind(&self, path: &str) -> Option<Kind> {
        match self.0.kind(path)? {
            Kind::File(length) if path.ends_with(".json") => {
                Some(Kind::File(length + 1 + 2 * WHOLE_JSON_BYTES))
            }
            kind => Some(kind),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        let mut entries = self.0.list(directory)?;
        for entry in &mut entries {
            entry.kind = self.kind(&join(directory, &entry.name));
        }
        Ok(entries)
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        let stream = self.0.open(path)?;
        if path.ends_with(".json") {
            return Ok(Box::new(
                stream
                    .chain(&b"\n"[..])
                    .chain(std::io::repeat(b' ').take(2 * WHOLE_JSON_BYTES)),
            ));
        }
        Ok(stream)
    }
}

/// What is said officially, with places. An error of syntax may lie behind the blanks.
fn official(report: &Report) -> Vec<String> {
    let shown = |finding: &Finding| {
        let mut finding = finding.clone();
        if finding.message.starts_with("not readable as JSON") {
            finding.place = None;
        }
        format!("{finding:?}")
    };
    report.of(Origin::Official).map(shown).collect()
}

#[test]
fn long_files_are_judged_as_short_ones() {
    for_every_case(|tree, top, ruleset| {
        let short = check(tree, top, ruleset);
        let long = check(&Long(tree), top, ruleset);
        assert_eq!(official(&long), official(&short));
        // Our own findings too, but for duplicate keys.
        let own = |report: &Report| {
            let own = report.of(Origin::Runbench);
            let own = own.filter(|finding| finding.rule != "duplicate-key" && finding.rule != "skimmed");
            own.map(|finding| (finding.rule, finding.path.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(own(&long), own(&short));
    });
}

/// A folder of `count` files of a length, below so many directories, the first of which has a long name.
struct Made {
    count: usize,
    length: u64,
    depth: usize,
    name: usize,
}

impl Tree for Made {
    fn kind(&self, path: &str) -> Option<Kind> {
        (path.is_empty() || path.ends_with('d')).then_some(Kind::Directory)
    }

    fn list(&self, directory: &str) -> Result<Vec<DirEntry>, ReadError> {
        let depth = directory.split('/').filter(|name| !name.is_empty()).count();
        assert!(depth < 40, "a deep tree is not walked to its end");
        let entry = |name: String, kind| DirEntry {
            name,
            kind: Some(kind),
            link: false,
        };
        Ok(if depth < self.depth {
            let name = if depth == 0 { self.name } else { 0 };
            vec![entry(format!("{}d", "n".repeat(name)), Kind::Directory)]
        } else {
            let file = |number| entry(format!("f{number:06}"), Kind::File(self.length));
            (0..self.count).map(file).collect()
        })
    }

    fn open(&self, _: &str) -> Result<Box<dyn Read + '_>, ReadError> {
        Err(ReadError::Absent)
    }
}

#[track_caller]
fn check_limit(made: &Made, rule: &str, measured: &str, limit: &str) {
    for name in ["v0.1", "v1.5"] {
        let report = check(made, "acme", &RuleSet::embedded(name).unwrap());
        let mut own = report.of(Origin::Runbench).filter(|finding| finding.rule == rule);
        let measure = own.next().unwrap().measure.as_ref().unwrap();
        assert_eq!(
            (measure.measured.as_str(), measure.limit.as_str()),
            (measured, limit)
        );
        let others = report.of(Origin::Runbench).filter(|finding| finding.rule != rule);
        assert_eq!(others.count(), 0);
    }
}

#[test]
fn every_limit_is_a_finding_with_its_numbers() {
    let made = |count, length, depth, name| Made {
        count,
        length,
        depth,
        name,
    };
    let gib = 1 << 30;
    check_limit(&made(65_537, 1, 0, 0), "entry-count", "65537", "65536");
    check_limit(&made(1, 1, 33, 0), "path-depth", "33", "32");
    check_limit(&made(1, 1, 1, 1024), "path-length", "1025", "1024");
    check_limit(
        &made(1, 4 * gib + 1, 0, 0),
        "file-size",
        "4294967297",
        "4294967296",
    );
    check_limit(
        &made(17, 4 * gib, 0, 0),
        "total-size",
        "73014444032",
        "68719476736",
    );
}

#[track_caller]
fn check_own(tree: &dyn Tree, rule: &str) {
    for name in ["v0.1", "v1.5"] {
        let report = check(tree, "acme", &RuleSet::embedded(name).unwrap());
        let found = report.of(Origin::Runbench).any(|finding| finding.rule == rule);
        assert!(found, "{name} {rule}: {:?}", report.findings);
    }
}

#[test]
fn every_oddity_of_an_archive_is_a_finding() {
    let of = |files: &[(&str, &[u8])]| {
        let files: Vec<(String, Vec<u8>)> = files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.to_vec()))
            .collect();
        ArchiveTree::new(Box::new(zip("acme", &files)))
    };
    let whole = zip("acme", &small());
    let cut = ArchiveTree::new(Box::new(whole[..whole.len() - 9].to_vec()));
    check_own(&cut, "archive-readable");
    check_own(&of(&[("../x", b"")]), "entry-names");
    check_own(&of(&[("a", b""), ("a", b"")]), "entry-duplicate");
    check_own(&of(&[("a", b""), ("A", b"")]), "entry-case");
    check_own(&of(&[("a", &[0; 2 << 20])]), "compression-ratio");
    let mut linked = tar("acme", &small());
    linked[512 * 2 + 156] = b'2';
    linked[512 * 2 + 148..512 * 2 + 156].copy_from_slice(b"        ");
    let sum: u32 = linked[1024..1536].iter().map(|byte| u32::from(*byte)).sum();
    linked[1024 + 148..1024 + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    check_own(&ArchiveTree::new(Box::new(linked)), "archive-links");
    let mut encrypted = zip("acme", &[("a".to_owned(), b"x".to_vec())]);
    let central = encrypted
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    encrypted[central + 8] = 1;
    check_own(&ArchiveTree::new(Box::new(encrypted)), "archive-contents");
}

#[test]
fn what_is_passed_over_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    for name in ["results/s/m/r1", "pareto", "systems", "documentation"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    std::os::unix::fs::symlink(outside.path(), folder.path().join("results/s/linked")).unwrap();
    let tree = DiskTree::new(folder.path());
    let report = check(&tree, "acme", &RuleSet::embedded("v1.5").unwrap());
    let unread: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.rule == "unread")
        .collect();
    assert_eq!(unread.len(), 1, "{unread:?}");
    assert_eq!(unread[0].path.as_deref(), Some("acme/results/s/linked"));
}

/// Looks at everything in an archive, and judges it.
fn draw(bytes: Vec<u8>) {
    let tree = ArchiveTree::new(Box::new(bytes));
    let mut open = vec![String::new()];
    while let Some(directory) = open.pop() {
        for entry in tree.list(&directory).unwrap() {
            let path = join(&directory, &entry.name);
            match entry.kind {
                Some(Kind::Directory) => open.push(path),
                _ => drop(tree.read(&path)),
            }
        }
    }
    for name in ["v0.1", "v1.5"] {
        check(&tree, "acme", &RuleSet::embedded(name).unwrap());
    }
}

fn small() -> Vec<(String, Vec<u8>)> {
    vec![
        ("results/".to_owned(), Vec::new()),
        (
            "results/s/m/r1/point.yaml".to_owned(),
            b"concurrency: 1\n".to_vec(),
        ),
        (
            "results/s/m/r1/result_summary.json".to_owned(),
            b"{\"duration_ns\": 7}".repeat(9),
        ),
        ("docs/x".to_owned(), vec![b'x'; 700]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_archive_never_panics(kind in 0..3_usize, edits in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6), cut in any::<Option<Index>>()) {
        let tarred = tar("acme", &small());
        let mut bytes = [zip("acme", &small()), gzip(&tarred), tarred][kind].clone();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        draw(bytes);
    }

    #[test]
    fn bytes_that_begin_like_an_archive_never_panic(start in prop::sample::select(vec![&b"PK\x03\x04"[..], b"PK\x05\x06", b"\x1f\x8b\x08\0", b""]), rest in prop::collection::vec(any::<u8>(), 0..600)) {
        draw([start, &rest].concat());
    }
}
