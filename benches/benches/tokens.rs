//! Counting tokens: `count/<tokenizer>/<text set>/<method>`, in bytes a second.
//!
//! `warm` has counted the texts before; `cold` is a new worker on texts it never saw; `oracle` is the pinned crate's
//! `encode_fast`, `oracle_batch` its `encode_batch_fast` on all cores. `tokens_ratio` sets them side by side.

#![expect(
    clippy::expect_used,
    reason = "a bench without its tokenizers has nothing to say"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use runbench_benches::texts::Set;
use runbench_benches::tokens::{KINDS, file, maker, model, texts};
use tokenizers::Tokenizer;

fn counting(criterion: &mut Criterion) {
    let maker = maker();
    for kind in KINDS {
        let model = model(kind).expect("one of the project's");
        let tokenizer = Tokenizer::from_bytes(file(kind).expect("just read")).expect("just loaded");
        for set in Set::ALL {
            let texts = texts(&maker, set, 200_000);
            let bytes: usize = texts.iter().map(String::len).sum();
            let mut group = criterion.benchmark_group(format!("count/{kind}/{}", set.name()));
            group.throughput(Throughput::Bytes(bytes as u64)).sample_size(10);
            group.bench_function("oracle", |bencher| {
                let mut worker = model.oracle_worker();
                bencher.iter(|| {
                    texts
                        .iter()
                        .map(|text| worker.count(text, false))
                        .map(black_box)
                        .count()
                });
            });
            group.bench_function("oracle_batch", |bencher| {
                bencher.iter_batched(
                    || texts.iter().map(String::as_str).collect(),
                    |batch: Vec<&str>| black_box(tokenizer.encode_batch_fast(batch, false)),
                    BatchSize::LargeInput,
                );
            });
            group.bench_function("warm", |bencher| {
                let mut worker = model.worker();
                bencher.iter(|| {
                    texts
                        .iter()
                        .map(|text| worker.count(text, false))
                        .map(black_box)
                        .count()
                });
            });
            group.bench_function("cold", |bencher| {
                bencher.iter_batched_ref(
                    || model.worker(),
                    |worker| {
                        texts
                            .iter()
                            .map(|text| worker.count(text, false))
                            .map(black_box)
                            .count()
                    },
                    BatchSize::LargeInput,
                );
            });
            group.finish();
        }
    }
}

criterion_group!(benches, counting);
criterion_main!(benches);
