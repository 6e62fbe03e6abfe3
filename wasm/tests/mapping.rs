//! What a host hands over in slices is judged as what stands on disk or in an archive.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::cell::Cell;
use std::path::Path;

use runbench_core::archive::ArchiveTree;
use runbench_core::tree::{Kind, Tree, join};
use runbench_wasm::answers::{AUTO, Checked, regions, rules, rulesets};
use runbench_wasm::files::{FileTree, HostArchive, ListError, Slices};
use serde_json::Value;

struct Held {
    files: Vec<Vec<u8>>,
    longest: Cell<u64>,
    asked: Cell<usize>,
}

impl Slices for &Held {
    fn read(&self, file: usize, start: u64, length: u64) -> Result<Vec<u8>, String> {
        self.asked.set(self.asked.get() + 1);
        self.longest.set(self.longest.get().max(length));
        let start = usize::try_from(start).unwrap();
        let end = start + usize::try_from(length).unwrap();
        Ok(self.files[file][start..end].to_vec())
    }
}

impl Held {
    fn new(files: Vec<Vec<u8>>) -> Self {
        Self {
            files,
            longest: Cell::new(0),
            asked: Cell::new(0),
        }
    }
}

fn example(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join("../web/public/examples").join(name)).unwrap()
}

/// Paths and contents of an archive's files.
fn files(tree: &dyn Tree) -> (Vec<String>, Vec<Vec<u8>>) {
    let (mut paths, mut contents, mut folders) = (Vec::new(), Vec::new(), vec![String::new()]);
    while let Some(folder) = folders.pop() {
        for entry in tree.list(&folder).unwrap() {
            let path = join(&folder, &entry.name);
            if tree.kind(&path) == Some(Kind::Directory) {
                folders.push(path);
            } else {
                contents.push(tree.read(&path).unwrap().into_owned());
                paths.push(path);
            }
        }
    }
    (paths, contents)
}

#[test]
fn folder_of_files_alone_is_judged_as_its_archive() {
    for name in ["valid.zip", "broken.zip"] {
        let archive = ArchiveTree::new(Box::new(example(name)));
        let shown = archive.shown_as(Some(name));
        let (paths, contents) = files(&archive);
        let lengths: Vec<f64> = contents
            .iter()
            .map(|bytes| f64::from(u32::try_from(bytes.len()).unwrap()))
            .collect();
        let held = Held::new(contents);
        let tree = FileTree::new(paths, &lengths, Vec::new(), &held).unwrap();
        let of_files = Checked::new(&tree, &shown, AUTO);
        let of_archive = Checked::of_archive(example(name), name, AUTO);
        // Rules about archives themselves are not evaluated on a folder.
        for part in ["verdict", "official", "own", "findings"] {
            let of = |checked: &Checked| -> Value {
                let report: Value = serde_json::from_str(&checked.json()).unwrap();
                report[part].clone()
            };
            assert_eq!(of(&of_files), of(&of_archive), "{part} of {name}");
        }
        assert_eq!(of_files.curves(), of_archive.curves());
        assert!(of_files.curves().contains("\"c_max\":\"512\""));
    }
}

#[test]
fn archive_in_slices_is_judged_as_a_whole_one() {
    let held: &'static Held = Box::leak(Box::new(Held::new(vec![example("broken.zip")])));
    let length = u64::try_from(held.files[0].len()).unwrap();
    let archive = HostArchive::new(held, length);
    let sliced = Checked::of_archive(archive, "broken.zip", AUTO);
    assert_eq!(
        sliced.json(),
        Checked::of_archive(example("broken.zip"), "broken.zip", AUTO).json()
    );
    assert!(held.longest.get() <= 1 << 20);
    // Two hundred entries and their contents come in a few parts, not each for itself.
    assert!(held.asked.get() < 20, "{} parts", held.asked.get());
}

#[test]
fn lists_that_are_no_folder_are_refused() {
    let held = Held::new(Vec::new());
    let list = |paths: &[&str], lengths: &[f64], directories: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        FileTree::new(owned(paths), lengths, owned(directories), &held).err()
    };
    for path in ["", "/a", "a/", "a//b", "../a", "a/./b", &"a/".repeat(3000)] {
        assert_eq!(list(&[path], &[1.0], &[]), Some(ListError::Path(path.to_owned())));
    }
    let twice = |path: &str| Some(ListError::Twice(path.to_owned()));
    assert_eq!(list(&["a", "a"], &[1.0, 1.0], &[]), twice("a"));
    assert_eq!(list(&["a", "a/b"], &[1.0, 1.0], &[]), twice("a"));
    assert_eq!(list(&["a"], &[1.0], &["a"]), twice("a"));
    assert_eq!(
        list(&["a"], &[], &[]),
        Some(ListError::Counts { paths: 1, lengths: 0 })
    );
    for length in [-1.0, 0.5, f64::NAN, f64::INFINITY, 1e300] {
        assert!(matches!(
            list(&["a"], &[length], &[]),
            Some(ListError::Length { .. })
        ));
    }
    assert_eq!(list(&["a/b/c"], &[0.0], &["a", "a/b", "d"]), None);
}

#[test]
fn every_directory_is_listed_in_the_one_above() {
    let held = Held::new(vec![b"x".to_vec()]);
    let tree = FileTree::new(
        vec!["a/b/c/d".to_owned()],
        &[1.0],
        vec!["a/e/f".to_owned()],
        &held,
    )
    .unwrap();
    let names = |path: &str| -> Vec<String> {
        tree.list(path)
            .unwrap()
            .into_iter()
            .map(|entry| entry.name)
            .collect()
    };
    assert_eq!(names(""), ["a"]);
    assert_eq!(names("a"), ["b", "e"]);
    assert_eq!(names("a/b"), ["c"]);
    assert_eq!(names("a/b/c"), ["d"]);
    assert_eq!(names("a/e"), ["f"]);
    assert_eq!(names("a/e/f"), [""; 0]);
}

#[test]
fn what_cannot_be_answered_is_data() {
    assert!(
        Checked::of_archive(b"hello".to_vec(), "a.zip", AUTO)
            .json()
            .contains("is no zip")
    );
    assert!(rules("v9").contains("error"));
    assert!(regions("v1.5", "many", None).contains("whole number"));
    assert!(regions("v1.5", &"9".repeat(500), None).contains("whole number"));
    for name in rulesets() {
        assert!(rules(&name).contains(&format!("\"ruleset\": \"{name}\"")));
    }
}
