//! How fast a tokenizer's texts are counted, beside the oracle in the same run.

use std::fmt::Write as _;

use crate::drain::{Counters, KeptWorkers, TextStats, WorkerPlan, WorkerWish, count_texts};

/// How one figure was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The pinned crate, a thread's texts one after another.
    Oracle,
    /// The counter that drains use, with nothing remembered yet.
    Cold,
    /// The same counter once more over the same texts.
    Warm,
}

impl Way {
    /// Its name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Threads that counted.
    pub threads: usize,
    /// How.
    pub way: Way,
    /// Median over the rounds of bytes by time passed. 1e6 bytes a second.
    pub mb_per_s: f64,
    /// Median of texts by time passed. Texts a second.
    pub texts_per_s: f64,
    /// Median of bytes by CPU time of the workers, which other programs on the machine disturb less. 1e6 bytes a CPU
    /// second.
    pub mb_per_cpu_s: f64,
    /// Median of the rounds' ratios of CPU time a byte, the oracle's to this one's, at the same number of threads.
    pub ratio: f64,
    /// Median of the rounds' ratios of `mb_per_s` to that of the first number of threads, the same way.
    pub speed_up: f64,
}

/// What to measure.
pub struct Bench<'a> {
    /// The texts.
    pub texts: &'a [String],
    /// Numbers of threads.
    pub threads: &'a [usize],
    /// Leave it to the system where threads run.
    pub unpinned: bool,
    /// How often everything is measured, the ways taking turns.
    pub rounds: usize,
    /// Bytes of texts that the oracle, which is far slower, gets for each thread.
    pub oracle_bytes: usize,
}

/// One pass of a round.
#[derive(Clone, Copy, Debug)]
struct Pass {
    threads: usize,
    way: Way,
    bytes: f64,
    texts: f64,
    wall_s: f64,
    cpu_s: f64,
}

/// Measures all ways with all numbers of threads, in turn.
///
/// An error names a text that the two counters count differently or can't count; then the figures would mean nothing.
pub fn bench(counters: &dyn Counters, job: &Bench<'_>) -> Result<Vec<Rate>, String> {
    check(counters, job)?;
    let mut rounds = Vec::new();
    for _ in 0..job.rounds.max(1) {
        let mut passes = Vec::new();
        for &threads in job.threads {
            passes.extend(round(counters, job, threads)?);
        }
        rounds.push(passes);
    }
    let n_rows = rounds.first().map_or(0, Vec::len);
    Ok((0..n_rows).filter_map(|row| rate(&rounds, row)).collect())
}

/// Compares the counters on the texts that the oracle gets.
fn check(counters: &dyn Counters, job: &Bench<'_>) -> Result<(), String> {
    let (mut fast, mut oracle) = (counters.worker(), counters.oracle_worker());
    for text in head(job.texts, job.oracle_bytes) {
        let (found, expected) = (fast.count(text, false), oracle.count(text, false));
        if found != expected || found.is_none() {
            let start: String = text.chars().take(40).collect();
            return Err(format!(
                "the text that begins with {start:?} has {found:?} tokens by the fast counter and {expected:?} by the \
                 oracle"
            ));
        }
    }
    Ok(())
}

fn round(counters: &dyn Counters, job: &Bench<'_>, threads: usize) -> Result<Vec<Pass>, String> {
    let plan = WorkerPlan::here(&WorkerWish {
        threads: Some(threads),
        unpinned: job.unpinned,
        cores: None,
    });
    let for_oracle = head(job.texts, job.oracle_bytes.saturating_mul(threads));
    let make_oracle = || counters.oracle_worker();
    let make = || counters.worker();
    let oracle = timed(&plan, for_oracle, &KeptWorkers::new(&make_oracle), Way::Oracle)?;
    let workers = KeptWorkers::new(&make);
    let cold = timed(&plan, job.texts, &workers, Way::Cold)?;
    let warm = timed(&plan, job.texts, &workers, Way::Warm)?;
    Ok(vec![oracle, cold, warm])
}

fn timed(plan: &WorkerPlan, texts: &[String], workers: &KeptWorkers<'_>, way: Way) -> Result<Pass, String> {
    let stats: TextStats = count_texts(plan, texts, workers);
    if stats.n_failed > 0 {
        return Err(format!("{} texts could not be counted", stats.n_failed));
    }
    Ok(Pass {
        threads: plan.n_workers(),
        way,
        bytes: float(texts.iter().map(String::len).sum()),
        texts: float(texts.len()),
        wall_s: seconds(stats.wall_ns),
        cpu_s: seconds(stats.cpu_ns()),
    })
}

fn rate(rounds: &[Vec<Pass>], row: usize) -> Option<Rate> {
    let first = *rounds.first()?.get(row)?;
    let over = |figure: &dyn Fn(&[Pass], &Pass) -> Option<f64>| {
        median(
            rounds
                .iter()
                .filter_map(|passes| figure(passes, passes.get(row)?))
                .collect(),
        )
    };
    let speed = |pass: &Pass| pass.bytes / pass.wall_s;
    let cpu_speed = |pass: &Pass| pass.bytes / pass.cpu_s;
    let oracle = |passes: &[Pass], of: &Pass| {
        let is_it = |pass: &&Pass| pass.way == Way::Oracle && pass.threads == of.threads;
        passes.iter().find(is_it).copied()
    };
    Some(Rate {
        threads: first.threads,
        way: first.way,
        mb_per_s: over(&|_, pass| Some(speed(pass) / 1e6)),
        texts_per_s: over(&|_, pass| Some(pass.texts / pass.wall_s)),
        mb_per_cpu_s: over(&|_, pass| Some(cpu_speed(pass) / 1e6)),
        ratio: over(&|passes, pass| Some(cpu_speed(pass) / cpu_speed(&oracle(passes, pass)?))),
        speed_up: over(&|passes, pass| {
            let base = passes.iter().find(|base| base.way == pass.way)?;
            Some(speed(pass) / speed(base))
        }),
    })
}

/// The first texts that come to this many bytes together; one at least.
fn head(texts: &[String], bytes: usize) -> &[String] {
    let mut sum = 0_usize;
    let n = texts
        .iter()
        .take_while(|text| {
            let is_in = sum < bytes.max(1);
            sum = sum.saturating_add(text.len());
            is_in
        })
        .count();
    texts.get(..n).unwrap_or(texts)
}

/// The middle one; the mean of the two middle ones of an even number; 0 of none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let n = figures.len();
    let at = |place: usize| figures.get(place).copied().unwrap_or(0.0);
    if n == 0 {
        0.0
    } else {
        f64::midpoint(at((n - 1) / 2), at(n / 2))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of texts in memory are far below 2^53"
)]
fn float(n: usize) -> f64 {
    n as f64
}

/// Never 0, so that rates are finite.
#[expect(clippy::cast_precision_loss, reason = "a bench takes less than 2^53 ns")]
fn seconds(ns: u64) -> f64 {
    ns.max(1) as f64 / 1e9
}

/// Cuts a text into pieces of about this many bytes, at the ends of lines where there are some.
pub fn slices(text: &str, bytes: usize) -> Vec<String> {
    let mut slices = Vec::new();
    let mut slice = String::new();
    for line in text.split_inclusive('\n') {
        for sign in line.chars() {
            slice.push(sign);
            if slice.len() >= bytes.max(1) * 5 / 4 {
                slices.push(std::mem::take(&mut slice));
            }
        }
        if slice.len() >= bytes {
            slices.push(std::mem::take(&mut slice));
        }
    }
    if !slice.is_empty() {
        slices.push(slice);
    }
    slices
}

/// Texts of about `bytes` each, no two of them the same: the lines of `base` from a place that differs, in
/// another order each time, with a running number between them.
///
/// Plain copies would make a counter that remembers look too good.
pub fn changed_copies(base: &str, n_texts: usize, bytes: usize, seed: u64) -> Vec<String> {
    let lines: Vec<&str> = base.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut state = seed;
    let mut next = |below: usize| {
        // An ordinary linear congruence; its upper half is random enough to shuffle lines.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    (0..n_texts)
        .map(|number| {
            let mut text = format!("{number}\n");
            while text.len() < bytes && !lines.is_empty() {
                text.push_str(lines.get(next(lines.len())).copied().unwrap_or_default());
                text.push('\n');
                if next(8) == 0 {
                    // Writing to a string can't fail.
                    let _ = write!(text, "{number}.{} ", next(1_000_000));
                }
            }
            text
        })
        .collect()
}

/// What is measured where no files are given: the source of this program, code with English comments.
pub const OWN_TEXT: &str = concat!(
    include_str!("drain/mod.rs"),
    include_str!("drain/pool.rs"),
    include_str!("drain/stream.rs"),
    include_str!("topology.rs"),
    include_str!("event_files/blocks.rs"),
    include_str!("run/explain.rs"),
    include_str!("cli/run.rs"),
    include_str!("token_files.rs"),
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Bench, Way, bench, changed_copies, head, median, slices};
    use crate::tokens::{TokenModel, TokenizerSource, WORDS};

    #[test]
    fn medians_are_those_of_the_middle() {
        for (figures, expected) in [
            (vec![], 0.0),
            (vec![3.0], 3.0),
            (vec![9.0, 1.0, 2.0], 2.0),
            (vec![1.0, 4.0], 2.5),
        ] {
            assert!((median(figures) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn copies_differ_and_have_the_size_asked_for() {
        let copies = changed_copies("one line\nanother line\n\nthird", 50, 1000, 1);
        assert!(copies.iter().all(|text| (1000..1100).contains(&text.len())));
        assert_eq!(copies.iter().collect::<BTreeSet<_>>().len(), 50);
        assert_eq!(
            copies,
            changed_copies("one line\nanother line\n\nthird", 50, 1000, 1)
        );
        assert_eq!(changed_copies("", 2, 1000, 1), ["0\n", "1\n"]);
    }

    #[test]
    fn slices_lose_nothing() {
        let text = "\u{e9}\u{4e2d}x\n".repeat(500);
        for bytes in [1, 7, 100, 10_000] {
            let slices = slices(&text, bytes);
            assert_eq!(slices.concat(), text);
            assert!(slices.iter().all(|slice| slice.len() <= bytes * 5 / 4 + 4));
        }
        assert_eq!(
            head(&["ab".to_owned(), "cd".to_owned(), "ef".to_owned()], 3).len(),
            2
        );
        assert_eq!(head(&["ab".to_owned()], 0).len(), 1);
    }

    #[test]
    fn measures_each_way_with_each_number_of_threads() {
        let model = TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap();
        let texts = changed_copies("one two\nthree", 20, 500, 3);
        let job = Bench {
            texts: &texts,
            threads: &[1, 2],
            unpinned: true,
            rounds: 2,
            oracle_bytes: 1000,
        };
        let rates = bench(&model, &job).unwrap();
        let rows: Vec<(usize, Way)> = rates.iter().map(|rate| (rate.threads, rate.way)).collect();
        let ways = [Way::Oracle, Way::Cold, Way::Warm];
        assert_eq!(rows[..3], ways.map(|way| (1, way)));
        assert_eq!(rows[3..], ways.map(|way| (2, way)));
        assert!(
            rates
                .iter()
                .all(|rate| rate.mb_per_s > 0.0 && rate.ratio > 0.0 && rate.speed_up > 0.0)
        );
        assert!((rates[0].ratio - 1.0).abs() < 1e-9 && (rates[0].speed_up - 1.0).abs() < 1e-9);
    }
}
