//! Reading JSON and YAML, in bytes a second.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use runbench_benches::{json_document, yaml_document};
use runbench_core::parse::{parse_json, parse_yaml};

/// Fields of a document: a system description's size, and a large summary's.
const FIELDS: [usize; 2] = [20, 2_000];

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for fields in FIELDS {
        let json = json_document(fields);
        let yaml = yaml_document(fields);
        assert!(parse_json(json.as_bytes()).is_ok() && parse_yaml(yaml.as_bytes()).is_ok());

        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function(BenchmarkId::new("json", fields), |bencher| {
            bencher.iter(|| parse_json(black_box(json.as_bytes())));
        });
        group.throughput(Throughput::Bytes(yaml.len() as u64));
        group.bench_function(BenchmarkId::new("yaml", fields), |bencher| {
            bencher.iter(|| parse_yaml(black_box(yaml.as_bytes())));
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
