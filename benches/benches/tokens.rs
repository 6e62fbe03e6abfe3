//! Counting tokens: `count/<tokenizer>/<text set>/<method>`, in bytes a second.
//!
//! `warm` has counted the texts before; `cold` is a new worker in each pass, on texts it never saw; `oracle` is the
//! pinned crate's `encode_fast`, `oracle_batch` its `encode_batch_fast` on all cores. `tokens_ratio` sets them side by
//! side, over more texts. Only what the filter asks for is loaded: `cargo bench --bench tokens -- count/gpt2/en`.

#![expect(
    clippy::expect_used,
    reason = "a bench without its tokenizers has nothing to say"
)]

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use runbench::tokens::CountTokens;
use runbench_benches::texts::Set;
use runbench_benches::tokens::{KINDS, file, maker, model, texts};
use tokenizers::Tokenizer;

/// Of each set: so many that a cold pass is more than the first milliseconds.
const BYTES: usize = 1_000_000;

fn total(worker: &mut dyn CountTokens, texts: &[String]) -> u64 {
    texts.iter().filter_map(|text| worker.count(text, false)).sum()
}

fn counting(criterion: &mut Criterion) {
    let maker = maker();
    let sets: Vec<(Set, Vec<String>)> = Set::ALL
        .into_iter()
        .map(|set| (set, texts(&maker, set, BYTES)))
        .collect();
    for kind in KINDS {
        let model = LazyCell::new(|| model(kind).expect("one of the project's"));
        let tokenizer = LazyCell::new(|| {
            let file = file(kind).expect("one of the project's");
            Tokenizer::from_bytes(file).expect("one of the project's")
        });
        for (set, texts) in &sets {
            let bytes: usize = texts.iter().map(String::len).sum();
            let mut group = criterion.benchmark_group(format!("count/{kind}/{}", set.name()));
            group
                .throughput(Throughput::Bytes(bytes as u64))
                .sample_size(10)
                .warm_up_time(Duration::from_millis(500))
                .measurement_time(Duration::from_secs(2));
            group.bench_function("oracle", |bencher| {
                let mut worker = model.oracle_worker();
                bencher.iter(|| black_box(total(&mut *worker, texts)));
            });
            group.bench_function("oracle_batch", |bencher| {
                bencher.iter_batched(
                    || texts.iter().map(String::as_str).collect(),
                    |batch: Vec<&str>| black_box(tokenizer.encode_batch_fast(batch, false)),
                    BatchSize::PerIteration,
                );
            });
            group.bench_function("warm", |bencher| {
                let mut worker = model.worker();
                total(&mut *worker, texts);
                bencher.iter(|| black_box(total(&mut *worker, texts)));
            });
            group.bench_function("cold", |bencher| {
                bencher.iter_batched_ref(
                    || model.worker(),
                    |worker| black_box(total(&mut **worker, texts)),
                    BatchSize::PerIteration,
                );
            });
            group.finish();
        }
    }
}

criterion_group!(benches, counting);
criterion_main!(benches);
