//! Any bytes as an archive: everything that it lists can be asked for, and it is judged.

#![no_main]

use std::io::Read;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runbench_core::archive::ArchiveTree;
use runbench_core::check::check;
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{Kind, Tree, join};

/// Enough to unpack a file that is honest about its length.
const MOST: u64 = 4 << 20;

/// Read once: that takes longer than a check.
static RULESETS: LazyLock<[RuleSet; 2]> =
    LazyLock::new(|| ["v0.1", "v1.5"].map(|name| RuleSet::embedded(name).unwrap()));

fuzz_target!(|bytes: &[u8]| {
    let tree = ArchiveTree::new(Box::new(bytes.to_vec()));
    let mut open = vec![String::new()];
    while let Some(directory) = open.pop() {
        for entry in tree.list(&directory).unwrap() {
            let path = join(&directory, &entry.name);
            assert!(!path.split('/').any(|name| name == ".." || name.is_empty()));
            match entry.kind {
                Some(Kind::Directory) => open.push(path),
                _ => {
                    if let Ok(stream) = tree.open(&path) {
                        let _ = stream.take(MOST).read_to_end(&mut Vec::new());
                    }
                }
            }
        }
    }
    for ruleset in &*RULESETS {
        check(&tree, "acme", ruleset);
    }
});
