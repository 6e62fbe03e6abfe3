//! Token counters that take turns over the same texts in one process: medians, and ratios of one round.

use std::hint::black_box;
use std::time::Instant;

use runbench::token_bench::median;
use runbench::tokens::{CountTokens, TokenModel};

use crate::texts::{Set, Texts};
use crate::tokens::{KINDS, texts};

/// Bytes of a cold pass, no text twice.
const COLD_BYTES: usize = 16_500_000;
/// Texts of a warm pass: 2 MB, which the oracle counts once too. In a round it counts fewer, a hundred times slower.
const WARM_TEXTS: usize = 130;
const ORACLE_TEXTS: usize = 30;
/// Passes over the warm texts in a round.
const WARM_PASSES: u32 = 3;

/// A counter that remembers nothing, or why this tokenizer can't be loaded.
pub type Fresh<'c> = Result<Box<dyn CountTokens + 'c>, String>;

/// Encodes texts on all cores.
pub type Batch<'b> = &'b dyn Fn(&[&str]);

/// One of those that take turns.
pub struct Contender<'c> {
    /// What the table calls it.
    pub name: &'static str,
    /// Makes a new one. What it does is not timed; what the first text makes it do is.
    pub fresh: Box<dyn Fn() -> Fresh<'c> + 'c>,
}

/// A contender while it is measured on one set of texts.
struct Measured<'c, 'm> {
    contender: &'m Contender<'c>,
    warm: Box<dyn CountTokens + 'c>,
    /// Texts whose count isn't the oracle's.
    n_different: usize,
    /// One row a round.
    rows: Vec<[f64; 5]>,
}

/// Nanoseconds of processor time of this process: others share the machine, and a counter pays for its own threads.
#[expect(clippy::cast_precision_loss, reason = "times below 2^53 ns")]
fn now_ns() -> f64 {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
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

/// One set's texts by what they are for.
struct Parts<'t> {
    /// All of them: the cold pass.
    all: &'t [String],
    /// Those of the warm passes.
    some: &'t [String],
    /// Those that the oracle counts in each round.
    few: &'t [String],
    first: &'t [String],
    rest: &'t [String],
}

impl<'t> Parts<'t> {
    fn new(all: &'t [String]) -> Self {
        let up_to = |end: usize| all.get(..end).unwrap_or(all);
        Self {
            all,
            some: up_to(WARM_TEXTS),
            few: up_to(ORACLE_TEXTS),
            first: up_to(1),
            rest: all.get(1..).unwrap_or_default(),
        }
    }
}

impl<'c, 'm> Measured<'c, 'm> {
    /// Counts the warm texts once and says on stderr where the oracle's count is another.
    #[expect(clippy::print_stderr, reason = "what it is for")]
    fn new(
        contender: &'m Contender<'c>,
        texts: &Parts<'_>,
        expected: &[Option<u64>],
        place: &str,
    ) -> Result<Self, String> {
        let mut warm = (contender.fresh)()?;
        let mut n_different = 0;
        for (number, (text, expected)) in texts.some.iter().zip(expected).enumerate() {
            let found = warm.count(text, false);
            if found != *expected {
                if n_different == 0 {
                    let name = contender.name;
                    eprintln!(
                        "{place}: {name} counts {found:?} tokens in text {number}, encode_fast {expected:?}"
                    );
                }
                n_different += 1;
            }
        }
        Ok(Self {
            contender,
            warm,
            n_different,
            rows: Vec::new(),
        })
    }

    /// Warm MB/s, its ratio to the oracle's, cold MB/s, its ratio, microseconds of a new one's first text.
    fn round(&mut self, texts: &Parts<'_>, base: f64) -> Result<(), String> {
        let again = ns(|| {
            for _ in 0..WARM_PASSES {
                black_box(total(&mut *self.warm, texts.some));
            }
        });
        let again = f64::from(WARM_PASSES) * bytes(texts.some) * 1e3 / again;
        let mut new = (self.contender.fresh)()?;
        let first_text = ns(|| {
            black_box(total(&mut *new, texts.first));
        });
        let once = ns(|| {
            black_box(total(&mut *new, texts.rest));
        });
        let once = bytes(texts.all) * 1e3 / (once + first_text);
        self.rows
            .push([again, again / base, once, once / base, first_text / 1e3]);
        Ok(())
    }

    /// How many times as fast as this one another is, warm and cold, in the rounds that both did.
    fn beaten_by(&self, other: &Self) -> [f64; 2] {
        let mut columns = [const { Vec::new() }; 2];
        for ([warm, _, cold, ..], [other_warm, _, other_cold, ..]) in self.rows.iter().zip(&other.rows) {
            let ratios = [other_warm / warm, other_cold / cold];
            for (column, ratio) in columns.iter_mut().zip(ratios) {
                column.push(ratio);
            }
        }
        columns.map(median)
    }

    fn medians(&self) -> [f64; 5] {
        let mut columns = [const { Vec::new() }; 5];
        for row in &self.rows {
            for (column, figure) in columns.iter_mut().zip(row) {
                column.push(*figure);
            }
        }
        columns.map(median)
    }
}

/// Prints the table of one tokenizer: the contenders, and `encode_batch_fast` (bytes a second by the clock) if it is given.
#[expect(clippy::print_stdout, reason = "what it is for")]
pub fn table(
    kind: &str,
    model: &TokenModel,
    contenders: &[Contender<'_>],
    batch: Option<Batch<'_>>,
    maker: &Texts,
    sets: &[Set],
    rounds: usize,
) {
    let mut oracle = model.oracle_worker();
    for set in sets {
        let texts = texts(maker, *set, COLD_BYTES);
        let texts = Parts::new(&texts);
        let few: Vec<&str> = texts.few.iter().map(String::as_str).collect();
        let batch_mb_per_s = batch.map(|batch| {
            let batches = (0..rounds).map(|_| {
                let start = Instant::now();
                batch(&few);
                bytes(texts.few) / start.elapsed().as_secs_f64() / 1e6
            });
            median(batches.collect())
        });
        let expected: Vec<Option<u64>> = texts.some.iter().map(|text| oracle.count(text, false)).collect();
        let place = format!("{kind} {}", set.name());
        let mut measured: Vec<Result<Measured<'_, '_>, (&str, String)>> = contenders
            .iter()
            .map(|contender| {
                Measured::new(contender, &texts, &expected, &place).map_err(|reason| (contender.name, reason))
            })
            .collect();
        let (mut bases, mut first_texts) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let base = bytes(texts.few) * 1e3
                / ns(|| {
                    black_box(total(&mut *oracle, texts.few));
                });
            bases.push(base);
            first_texts.push(
                ns(|| {
                    black_box(total(&mut *oracle, texts.first));
                }) / 1e3,
            );
            for one in &mut measured {
                if let Ok(known) = one
                    && let Err(reason) = known.round(&texts, base)
                {
                    *one = Err((known.contender.name, reason));
                }
            }
        }
        let (base, oracle_first_text_us) = (median(bases), median(first_texts));
        let batch = batch_mb_per_s.map_or("–".to_owned(), |batch| format!("{:.1}", batch / base));
        let first = measured.first().and_then(|one| one.as_ref().ok());
        for one in &measured {
            let known = match one {
                Ok(known) => known,
                Err((name, reason)) => {
                    println!("| {kind} | {} | {name} | can't load it: {reason} |", set.name());
                    continue;
                }
            };
            let [
                warm_mb_per_s,
                warm_ratio,
                cold_mb_per_s,
                cold_ratio,
                first_text_us,
            ] = known.medians();
            let [warm_by_first, cold_by_first] = first.map_or([f64::NAN; 2], |first| known.beaten_by(first));
            println!(
                "| {kind} | {} | {} | {base:.2} | {batch} | {warm_mb_per_s:.0} | {warm_ratio:.1} | {cold_mb_per_s:.0} | \
                 {cold_ratio:.1} | {warm_by_first:.2} | {cold_by_first:.2} | {first_text_us:.0} | \
                 {oracle_first_text_us:.0} | {} |",
                set.name(),
                known.contender.name,
                known.n_different,
            );
        }
    }
}

/// The heads of the columns that [`table`] prints.
#[expect(clippy::print_stdout, reason = "what it is for")]
pub fn head() {
    println!(
        "| tokenizer | texts | counter | encode_fast MB/s | batch x | warm MB/s | warm x | cold MB/s | cold x | \
         first counter's speed by this one's, warm | cold | first text us | encode_fast us | differ of {WARM_TEXTS} |"
    );
    println!("|{}{}", " --- |".repeat(3), " ---: |".repeat(11));
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
