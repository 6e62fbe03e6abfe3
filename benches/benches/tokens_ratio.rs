//! Our counter beside the pinned crate, in turns in one process: medians, and their ratio to `encode_fast`.
//!
//! `cargo bench --bench tokens_ratio -- deepseek3-style,qwen2 en,code`; without arguments all. `cold` is one pass of a
//! new worker over 16 MB in which no text comes twice; load times are of the file's bytes.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a bench without its tokenizers has nothing to say; bytes and times are small numbers"
)]
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::hint::black_box;
use std::time::Instant;

use runbench::tokens::{CountTokens, TokenModel};
use runbench_benches::texts::Set;
use runbench_benches::tokens::{KINDS, file, maker, texts};
use tokenizers::Tokenizer;

const ROUNDS: usize = 5;
const COLD_BYTES: usize = 16_500_000;

/// Nanoseconds of processor time of this thread where the system tells, else of the clock: others share the machine.
fn now_ns(start: Instant) -> f64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    spent.unwrap_or_else(|| start.elapsed().as_secs_f64() * 1e9)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn total(worker: &mut dyn CountTokens, texts: &[String]) -> u64 {
    texts.iter().filter_map(|text| worker.count(text, false)).sum()
}

/// Megabytes a second of some work on some texts.
fn speed(start: Instant, texts: &[String], work: impl FnOnce()) -> f64 {
    let bytes: usize = texts.iter().map(String::len).sum();
    let before = now_ns(start);
    work();
    bytes as f64 * 1e3 / (now_ns(start) - before)
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|text| !text.starts_with("--"))
        .collect();
    let wanted = |place: usize, name: &str| {
        arguments
            .get(place)
            .is_none_or(|list| list == "all" || list.split(',').any(|item| item == name))
    };
    let start = Instant::now();
    let maker = maker();
    println!("| tokenizer | texts | encode_fast MB/s | batch x | warm MB/s | warm x | cold MB/s | cold x |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for kind in KINDS.into_iter().filter(|kind| wanted(0, kind)) {
        let bytes = file(kind).expect("one of the project's");
        let (mut ours_ms, mut crates_ms) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let copy = bytes.clone();
            let before = now_ns(start);
            drop(TokenModel::parse(kind, copy));
            let between = now_ns(start);
            drop(Tokenizer::from_bytes(&bytes));
            ours_ms.push((between - before) / 1e6);
            crates_ms.push((now_ns(start) - between) / 1e6);
        }
        let model = TokenModel::parse(kind, bytes.clone()).expect("one of the project's");
        let tokenizer = Tokenizer::from_bytes(&bytes).expect("one of the project's");
        for set in Set::ALL.into_iter().filter(|set| wanted(1, set.name())) {
            let texts = texts(&maker, set, COLD_BYTES);
            let (few, some) = (
                texts.get(..30).unwrap_or(&texts),
                texts.get(..130).unwrap_or(&texts),
            );
            let (mut oracle, mut warm) = (model.oracle_worker(), model.worker());
            assert_eq!(
                total(&mut *oracle, few),
                total(&mut *warm, few),
                "{kind} {}",
                set.name()
            );
            total(&mut *warm, some);
            let mut speeds = [const { Vec::new() }; 4];
            for _ in 0..ROUNDS {
                let mut cold = model.worker();
                let [base, batch, again, first] = &mut speeds;
                base.push(speed(start, few, || {
                    black_box(total(&mut *oracle, few));
                }));
                let wall = Instant::now();
                let copies: Vec<&str> = few.iter().map(String::as_str).collect();
                drop(tokenizer.encode_batch_fast(copies, false));
                let few_bytes: usize = few.iter().map(String::len).sum();
                batch.push(few_bytes as f64 / wall.elapsed().as_secs_f64() / 1e6);
                again.push(speed(start, some, || {
                    black_box(total(&mut *warm, some));
                }));
                first.push(speed(start, &texts, || {
                    black_box(total(&mut *cold, &texts));
                }));
            }
            let [base, batch, again, first] = speeds.each_mut().map(|values| median(values));
            println!(
                "| {kind} | {} | {base:.2} | {:.1} | {again:.0} | {:.0} | {first:.0} | {:.0} |",
                set.name(),
                batch / base,
                again / base,
                first / base
            );
        }
        println!(
            "| {kind} | load | {:.0} ms | | {:.0} ms | | | |",
            median(&mut crates_ms),
            median(&mut ours_ms)
        );
    }
}
