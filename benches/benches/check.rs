//! Judging a submission of 32 points in process: from memory, from disk, from a zip; and going through a long file.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use runbench::disk::DiskTree;
use runbench_benches::archive::zip;
use runbench_benches::submission::{POINTS, v0_1, v1_5};
use runbench_core::archive::ArchiveTree;
use runbench_core::check::check;
use runbench_core::diag::to_json;
use runbench_core::parse::{Keep, read_json};
use runbench_core::ruleset::RuleSet;
use runbench_core::tree::{MemoryTree, Tree};

/// Directories of the v0.1 submission that hold no files.
const DIRECTORIES: [&str; 2] = ["documentation", "src/llama3_1-8b"];

/// Judges and writes the report, as the command does.
fn judge(tree: &dyn Tree, ruleset: &RuleSet) -> String {
    to_json(&check(tree, "acme", ruleset))
}

fn write(tree: &MemoryTree, folder: &Path) -> std::io::Result<()> {
    for path in tree.paths() {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, tree.read(path).unwrap_or_default())?;
    }
    for directory in DIRECTORIES {
        if tree.is_directory(directory) {
            fs::create_dir_all(folder.join(directory))?;
        }
    }
    Ok(())
}

fn submissions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    for (name, tree) in [("v1.5", v1_5(POINTS)), ("v0.1", v0_1(POINTS))] {
        let Ok(ruleset) = RuleSet::embedded(name) else {
            continue;
        };
        let report = check(&tree, "acme", &ruleset);
        assert_eq!(
            report.official_exit_code(false),
            0,
            "{:?}",
            report.errors().next()
        );
        let Ok(folder) = tempfile::tempdir() else { continue };
        assert!(write(&tree, folder.path()).is_ok());
        let directories = DIRECTORIES.into_iter().filter(|path| tree.is_directory(path));
        let packed = zip("acme", &tree, &directories.collect::<Vec<_>>());
        let unpacked = ArchiveTree::new(Box::new(packed.clone()));
        assert_eq!(check(&unpacked, "acme", &ruleset).official_exit_code(false), 0);
        group.bench_function(BenchmarkId::new("memory", name), |bencher| {
            bencher.iter(|| judge(black_box(&tree), &ruleset));
        });
        group.bench_function(BenchmarkId::new("disk", name), |bencher| {
            bencher.iter(|| judge(&DiskTree::new(folder.path()), &ruleset));
        });
        group.bench_function(BenchmarkId::new("zip", name), |bencher| {
            bencher.iter(|| judge(&ArchiveTree::new(Box::new(packed.clone())), &ruleset));
        });
    }
    group.finish();
}

/// What a rule reads of the long files.
const KEEP: Keep = Keep::fields(&[("accuracy_scores", Keep::Shape)]);

/// Rows of which no rule reads anything, then what one reads.
fn long_files(criterion: &mut Criterion) {
    let text = format!("\"{}\", ", "a row of text, ".repeat(64));
    let numbers = r#"{"id": 7, "values": [1, 2.5, -3e7, 1234567, 0.25]}, "#.to_owned();
    let mut group = criterion.benchmark_group("long_file");
    for (name, row) in [("text", text), ("numbers", numbers)] {
        let rows = row.repeat((64 << 20) / row.len());
        let document = format!("{{\"rows\": [{rows} 0], \"accuracy_scores\": {{}}}}");
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.sample_size(10);
        group.bench_function(name, |bencher| {
            bencher.iter(|| read_json(&mut black_box(document.as_bytes()), &KEEP, 1 << 20).is_ok());
        });
    }
    group.finish();
}

criterion_group!(benches, submissions, long_files);
criterion_main!(benches);
