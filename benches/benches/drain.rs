//! Texts of 3,877 tokens through the drain's workers: `drain/<threads>/<pinned or not>/<cold or warm>`.
//!
//! `RUNBENCH_TOKENIZER` names a `tokenizer.json`; without it the demo's own small one counts. The oracle is measured
//! beside, on one thread.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use runbench::drain::{KeptWorkers, WorkerPlan, WorkerWish, count_texts};
use runbench::mock::tokenizer::TOKENIZER;
use runbench::tokens::{TokenModel, TokenizerSource};
use runbench_benches::{PROSE, changed_copies};

/// Tokens that a text should have: the mean of the comparison's texts.
const MEAN_TOKENS: f64 = 3877.0;

/// Bytes of all texts together: so many that a cold pass is no matter of the first milliseconds.
const TOTAL_BYTES: usize = 32 << 20;

/// Texts for the oracle, which is far slower.
const ORACLE_TEXTS: usize = 40;

fn plan(threads: usize, unpinned: bool) -> WorkerPlan {
    WorkerPlan::here(&WorkerWish {
        threads: Some(threads),
        unpinned,
        cores: None,
    })
}

/// Texts whose mean is 3,877 tokens of this tokenizer, no two the same.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of texts"
)]
fn texts(model: &TokenModel) -> Vec<String> {
    let probe = changed_copies(PROSE, 20, 15_500, 7);
    let bytes: usize = probe.iter().map(String::len).sum();
    let mut worker = model.worker();
    let tokens: u64 = probe.iter().filter_map(|text| worker.count(text, false)).sum();
    let per_text = (MEAN_TOKENS * bytes as f64 / tokens.max(1) as f64) as usize;
    changed_copies(PROSE, TOTAL_BYTES / per_text.max(1), per_text, 7)
}

/// Numbers of threads: 1, 2, 4 and so on up to the CPUs that may be used.
fn numbers_of_threads() -> Vec<usize> {
    let n_cpus = WorkerPlan::here(&WorkerWish::default()).n_workers();
    let doubled = std::iter::successors(Some(1), |n| Some(n * 2));
    doubled.take_while(|n| *n < n_cpus).chain([n_cpus]).collect()
}

fn drain(criterion: &mut Criterion) {
    let source = match std::env::var_os("RUNBENCH_TOKENIZER") {
        Some(path) => TokenizerSource::File(path.into()),
        None => TokenizerSource::Embedded(TOKENIZER),
    };
    let model = match TokenModel::load(&source) {
        Ok(model) => model,
        Err(error) => panic!("{error}"),
    };
    let texts = texts(&model);
    let mut group = criterion.benchmark_group("drain");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let n_texts = |texts: &[String]| Throughput::Elements(u64::try_from(texts.len()).unwrap_or(u64::MAX));
    let make = || model.worker();
    let make_oracle = || model.oracle_worker();

    let few = texts.get(..ORACLE_TEXTS).unwrap_or(&texts);
    group.throughput(n_texts(few));
    group.bench_function(BenchmarkId::new("oracle", 1), |bencher| {
        let workers = KeptWorkers::new(&make_oracle);
        bencher.iter(|| black_box(count_texts(&plan(1, false), few, &workers)));
    });

    group.throughput(n_texts(&texts));
    for threads in numbers_of_threads() {
        for unpinned in [false, true] {
            let plan = plan(threads, unpinned);
            let place = if unpinned { "unpinned" } else { "pinned" };
            group.bench_function(
                BenchmarkId::new(threads.to_string(), format!("{place}/cold")),
                |bencher| {
                    bencher.iter(|| black_box(count_texts(&plan, &texts, &KeptWorkers::new(&make))));
                },
            );
            group.bench_function(
                BenchmarkId::new(threads.to_string(), format!("{place}/warm")),
                |bencher| {
                    let workers = KeptWorkers::new(&make);
                    count_texts(&plan, &texts, &workers);
                    bencher.iter(|| black_box(count_texts(&plan, &texts, &workers)));
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, drain);
criterion_main!(benches);
