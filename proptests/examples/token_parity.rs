//! The long run: our token counts beside the oracle's over as many megabytes as wanted, a line for each seed.
//!
//! `RUNBENCH_TOKENIZERS=DIR cargo run --release -p runbench-proptests --example token_parity -- qwen2 1..11 [FOLDER]`
//!
//! counts 10 MB by each of ten seeds; go on later with `11..21`. `all` stands for all families, one after the other.
//! FOLDER holds text files, of which each seed takes 4 MB of slices instead of made ones. `characters` instead of seeds
//! counts every Unicode scalar value, alone and between others. Exits 1 if a count differs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it is for")]

use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use runbench::tokens::Method;
use runbench_proptests::texts::Random;
use runbench_proptests::token_parity::{
    Compared, KINDS, added_tokens, compare_characters, compare_mixed, model, sample_of_all_sets,
};

const BYTES_PER_SEED: u64 = 10_000_000;
const REAL_BYTES: usize = 4_000_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (kinds, what, folder) = match arguments.as_slice() {
        [kinds, what] => (kinds, what, None),
        [kinds, what, folder] => (kinds, what, Some(folder)),
        _ => {
            eprintln!("usage: token_parity KIND|all FROM..TO|characters [FOLDER]");
            return ExitCode::from(2);
        }
    };
    let seeds = parse_seeds(what);
    if seeds.is_none() && what != "characters" {
        eprintln!("`{what}` is neither a range of seeds, such as 1..11, nor `characters`");
        return ExitCode::from(2);
    }
    let files = folder.map_or_else(Vec::new, |folder| text_files(Path::new(folder)));
    let mut n_different = 0;
    for kind in KINDS
        .into_iter()
        .filter(|kind| kinds == "all" || kinds.split(',').any(|it| it == *kind))
    {
        let (model, added) = (model(kind), added_tokens(kind));
        if !matches!(model.method(), Method::Fast(_)) {
            eprintln!("{kind} is counted by the oracle: {:?}", model.method());
            return ExitCode::from(2);
        }
        let mut tell = |name: String, compared: Compared| {
            let megabytes = compared.n_bytes / 1_000_000;
            println!(
                "{kind} {name}: {} texts, {megabytes} MB, {} differences",
                compared.n_texts,
                compared.differences.len()
            );
            compared.differences.iter().for_each(|text| println!("  {text}"));
            n_different += compared.differences.len();
        };
        let (mut ours, mut oracle) = (model.worker(), model.oracle_worker());
        let Some(seeds) = seeds.clone() else {
            let found = compare_characters(&mut *ours, &mut *oracle, '\0'..=char::MAX);
            tell("characters".to_owned(), found);
            continue;
        };
        for seed in seeds {
            let real = match files.as_slice() {
                [] => sample_of_all_sets(),
                files => slices(files, seed),
            };
            let found = compare_mixed(&mut *ours, &mut *oracle, &real, &added, BYTES_PER_SEED, seed);
            tell(format!("seed {seed}"), found);
        }
    }
    ExitCode::from(u8::from(n_different > 0))
}

fn parse_seeds(text: &str) -> Option<Range<u64>> {
    let (from, to) = text.split_once("..")?;
    Some(from.parse().ok()?..to.parse().ok()?)
}

/// Files below a folder that may be text, in order.
fn text_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
        .into_iter()
        .filter(|path| !path.is_symlink())
        .flat_map(|path| {
            if path.is_dir() {
                text_files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Slices of some files, chosen by the seed.
fn slices(files: &[std::path::PathBuf], seed: u64) -> String {
    let random = &mut Random::new(seed ^ 0x5eed);
    let mut text = String::new();
    for _ in 0..100_000 {
        if text.len() >= REAL_BYTES {
            break;
        }
        let file = files.get(random.below(files.len()));
        // What isn't text is passed over.
        let Some(content) = file.and_then(|file| std::fs::read_to_string(file).ok()) else {
            continue;
        };
        let start = random.below(content.len() + 1);
        text.extend(content.get(start..).unwrap_or(&content).chars().take(20_000));
    }
    text
}
