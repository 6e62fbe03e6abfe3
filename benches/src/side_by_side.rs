//! Token counters that take turns over the same texts in one process: medians, and ratios of one round.

use std::hint::black_box;
use std::time::Instant;

use runbench::token_bench::median;
use runbench::tokens::{CountTokens, TokenModel};

use crate::texts::{Set, Texts};
use crate::tokens::{KINDS, texts};

/// Bytes of a cold pass, no text twice.
const COLD_BYTES: usize = 16_500_000;
/// Texts of a warm pass: 2 MB. The oracle, which is a hundred times slower, counts fewer.
const WARM_TEXTS: usize = 130;
const ORACLE_TEXTS: usize = 30;
/// Passes over the warm texts in a round.
const WARM_PASSES: u32 = 3;

/// One of those that take turns.
pub struct Contender<'c> {
    /// What the table calls it.
    pub name: &'static str,
    /// Makes one that remembers nothing; `None` if it can't load this tokenizer.
    pub fresh: Box<dyn Fn() -> Option<Box<dyn CountTokens + 'c>> + 'c>,
}

/// What was measured of one contender on one set of texts.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// Of texts that it has counted before. 1e6 bytes a second.
    warm_mb_per_s: f64,
    /// The same by the oracle's speed in the same round.
    warm_ratio: f64,
    /// One pass of a new one over texts that it never saw, and by the oracle's speed in the same round.
    cold_mb_per_s: f64,
    cold_ratio: f64,
    /// A new one's first text, and the oracle's.
    first_text_us: f64,
    oracle_first_text_us: f64,
    /// Texts whose count isn't the oracle's.
    n_different: usize,
}

/// Nanoseconds of processor time of this thread where the system tells, else of the clock: others share the machine.
#[expect(clippy::cast_precision_loss, reason = "times below 2^53 ns")]
fn now_ns() -> f64 {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    clock.tv_sec as f64 * 1e9 + clock.tv_nsec as f64
}

fn ns(work: impl FnOnce()) -> f64 {
    let before = now_ns();
    work();
    now_ns() - before
}

#[expect(clippy::cast_precision_loss, reason = "sizes of texts")]
fn bytes(texts: &[String]) -> f64 {
    texts.iter().map(String::len).sum::<usize>() as f64
}

fn total(worker: &mut dyn CountTokens, texts: &[String]) -> u64 {
    texts.iter().filter_map(|text| worker.count(text, false)).sum()
}

fn compare(
    oracle: &mut dyn CountTokens,
    contender: &Contender<'_>,
    texts: &[String],
    rounds: usize,
) -> Option<(f64, Figures)> {
    let few = texts.get(..ORACLE_TEXTS).unwrap_or(texts);
    let some = texts.get(..WARM_TEXTS).unwrap_or(texts);
    let first = texts.get(..1).unwrap_or(texts);
    let mut warm = (contender.fresh)()?;
    let n_different = few
        .iter()
        .filter(|text| oracle.count(text, false) != warm.count(text, false))
        .count();
    total(&mut *warm, some);
    let mut columns = [const { Vec::new() }; 7];
    for _ in 0..rounds {
        let base = bytes(few) * 1e3
            / ns(|| {
                black_box(total(oracle, few));
            });
        let oracle_first = ns(|| {
            black_box(total(oracle, first));
        }) / 1e3;
        let again = ns(|| {
            for _ in 0..WARM_PASSES {
                black_box(total(&mut *warm, some));
            }
        });
        let again = f64::from(WARM_PASSES) * bytes(some) * 1e3 / again;
        let mut new = (contender.fresh)()?;
        let first_text = ns(|| {
            black_box(total(&mut *new, first));
        }) / 1e3;
        let rest = texts.get(1..).unwrap_or_default();
        let once = ns(|| {
            black_box(total(&mut *new, rest));
        });
        let once = bytes(texts) * 1e3 / (once + first_text * 1e3);
        let row = [
            base,
            again,
            again / base,
            once,
            once / base,
            first_text,
            oracle_first,
        ];
        for (column, figure) in columns.iter_mut().zip(row) {
            column.push(figure);
        }
    }
    let [
        base,
        warm_mb_per_s,
        warm_ratio,
        cold_mb_per_s,
        cold_ratio,
        first_text_us,
        oracle_first_text_us,
    ] = columns.map(median);
    let figures = Figures {
        warm_mb_per_s,
        warm_ratio,
        cold_mb_per_s,
        cold_ratio,
        first_text_us,
        oracle_first_text_us,
        n_different,
    };
    Some((base, figures))
}

/// Prints the table of one tokenizer: the contenders, and `encode_batch_fast` (bytes a second by the clock).
#[expect(clippy::print_stdout, reason = "what it is for")]
pub fn table(
    kind: &str,
    model: &TokenModel,
    contenders: &[Contender<'_>],
    batch: &dyn Fn(&[&str]),
    maker: &Texts,
    sets: &[Set],
    rounds: usize,
) {
    let mut oracle = model.oracle_worker();
    for set in sets {
        let texts = texts(maker, *set, COLD_BYTES);
        let few: Vec<&str> = texts.iter().take(ORACLE_TEXTS).map(String::as_str).collect();
        let few_bytes = bytes(texts.get(..ORACLE_TEXTS).unwrap_or(&texts));
        let batches = (0..rounds).map(|_| {
            let start = Instant::now();
            batch(&few);
            few_bytes / start.elapsed().as_secs_f64() / 1e6
        });
        let batch_mb_per_s = median(batches.collect());
        for contender in contenders {
            let Some((base, figures)) = compare(&mut *oracle, contender, &texts, rounds) else {
                println!("| {kind} | {} | {} | can't load it |", set.name(), contender.name);
                continue;
            };
            println!(
                "| {kind} | {} | {} | {base:.2} | {:.1} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {} |",
                set.name(),
                contender.name,
                batch_mb_per_s / base,
                figures.warm_mb_per_s,
                figures.warm_ratio,
                figures.cold_mb_per_s,
                figures.cold_ratio,
                figures.first_text_us,
                figures.oracle_first_text_us,
                figures.n_different,
            );
        }
    }
}

/// The heads of the columns that [`table`] prints.
#[expect(clippy::print_stdout, reason = "what it is for")]
pub fn head() {
    println!(
        "| tokenizer | texts | counter | encode_fast MB/s | batch x | warm MB/s | warm x | cold MB/s | cold x | \
         first text us | encode_fast us | differ of {ORACLE_TEXTS} |"
    );
    println!("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
}

/// Prints how long loading takes: the median of each contender's times. Milliseconds.
#[expect(clippy::print_stdout, reason = "what it is for")]
pub fn load_times(kind: &str, rounds: usize, loaders: &[(&str, &dyn Fn())]) {
    let mut columns = vec![Vec::new(); loaders.len()];
    for _ in 0..rounds {
        for (column, (_, load)) in columns.iter_mut().zip(loaders) {
            column.push(ns(load) / 1e6);
        }
    }
    for (column, (name, _)) in columns.into_iter().zip(loaders) {
        println!("load {kind} {name}: {:.0} ms", median(column));
    }
}

/// What the command line asks for: lists of tokenizers and sets, `all` or nothing for all, and the rounds.
pub fn wanted(arguments: impl Iterator<Item = String>) -> (Vec<&'static str>, Vec<Set>, usize) {
    let arguments: Vec<String> = arguments.filter(|text| !text.starts_with("--")).collect();
    let is_wanted = |place: usize, name: &str| {
        arguments
            .get(place)
            .is_none_or(|list| list == "all" || list.split(',').any(|item| item == name))
    };
    let kinds = KINDS.into_iter().filter(|kind| is_wanted(0, kind)).collect();
    let sets = Set::ALL
        .into_iter()
        .filter(|set| is_wanted(1, set.name()))
        .collect();
    let rounds = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(5);
    (kinds, sets, rounds)
}
