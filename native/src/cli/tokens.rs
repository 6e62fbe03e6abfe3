//! `runbench tokens`: exact counts of files, and how fast they come.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::thread;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::Exit;
use super::output::{complain, note, print};
use super::run_values::{CoreList, parse_cores};
use crate::drain::{Counters, Pair, SELF_CHECK_TEXTS, WorkerPlan, WorkerWish};
use crate::token_bench::{Bench, OWN_TEXT, Rate, bench, changed_copies, slices};
use crate::token_files::{Check, CountFiles, FileCounts, TextDifference, TokenFilesError, count_files};
use crate::tokens::{COUNTER, Method, TokenModel, TokenizerSource};

/// Exact token counts of files, and how fast they come.
#[derive(Args, Debug)]
pub(super) struct TokensArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    Count(CountArgs),
    Bench(BenchArgs),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Count the tokens of files, exactly as the pinned `tokenizers` crate does
///
/// A file is one text; with `--jsonl FIELD`, that field of each line is one. The fast counter is checked: a fixed set of
/// texts and one text of a thousand are counted by the crate too, and if one differs, the crate counts everything.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
struct CountArgs {
    /// The model's `tokenizer.json`
    #[arg(long, value_name = "F")]
    tokenizer: PathBuf,
    /// The files are JSON Lines, and this field of each line is a text
    #[arg(long, value_name = "FIELD")]
    jsonl: Option<String>,
    /// Print each text's count, in order
    #[arg(long)]
    per_text: bool,
    /// Count the special tokens that the tokenizer's template adds to a text
    #[arg(long)]
    add_special_tokens: bool,
    /// Count every text by both counters; exit 1 if they differ on one
    #[arg(long, conflicts_with = "oracle")]
    verify: bool,
    /// Count by the pinned crate alone
    #[arg(long)]
    oracle: bool,
    /// Cores to count on, such as 2,3 or 4-7 [default: all that may be used]
    #[arg(long, value_name = "LIST", value_parser = parse_cores)]
    cores: Option<CoreList>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Files; `-` is stdin
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
}

/// Measure how fast a tokenizer's texts are counted, beside the pinned crate in the same run
///
/// Prints medians over rounds in which the ways take turns. `cold` has an empty memo and no text twice; `warm` is a
/// second pass over the same texts; `ratio` is CPU time a byte, the crate's to this one's.
#[derive(Args, Debug)]
struct BenchArgs {
    /// The model's `tokenizer.json`
    #[arg(long, value_name = "F")]
    tokenizer: PathBuf,
    /// Numbers of threads, such as 1,2,4
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Vec<u16>,
    /// Pin each thread to a core (the default)
    #[arg(long, conflicts_with = "unpinned")]
    pinned: bool,
    /// Leave it to the system where threads run
    #[arg(long)]
    unpinned: bool,
    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Bytes of texts, in MB, if no files are given
    #[arg(long, value_name = "MB", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=4096))]
    megabytes: u16,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Files whose text is cut into pieces of about 15,500 bytes [default: this program's source, changed in each copy]
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
}

/// Bytes of a measured text: about 3,900 tokens of English.
const BENCH_TEXT_BYTES: usize = 15_500;

/// Bytes that the oracle counts on each thread in each round: half a second.
const BENCH_ORACLE_BYTES: usize = 1_500_000;

/// Runs the command.
pub(super) fn execute(args: &TokensArgs) -> Exit {
    match &args.what {
        What::Count(args) => count(args),
        What::Bench(args) => measure(args),
    }
}

fn load(path: &std::path::Path) -> Result<TokenModel, Exit> {
    TokenModel::load(&TokenizerSource::File(path.to_owned()))
        .map_err(|error| complain(Exit::Usage, &error.to_string(), ""))
}

fn count(args: &CountArgs) -> Exit {
    let model = match load(&args.tokenizer) {
        Ok(model) => model,
        Err(exit) => return exit,
    };
    // Asked for now where it is needed for certain; else the check of the fixed texts asks for it.
    if (args.verify || args.oracle)
        && let Err(error) = model.load_oracle()
    {
        return complain(Exit::Usage, &error.to_string(), "");
    }
    let wish = WorkerWish {
        cores: args.cores.as_ref().map(|cores| cores.0.clone()),
        ..WorkerWish::default()
    };
    let plan = WorkerPlan::here(&wish);
    let check = match (args.oracle, args.verify) {
        (true, _) => Check::OracleAlone,
        (false, true) => Check::All,
        (false, false) => Check::Sample,
    };
    let job = CountFiles {
        files: &args.files,
        field: args.jsonl.as_deref(),
        add_special_tokens: args.add_special_tokens,
        per_text: args.per_text,
        check,
        counters: &model,
        plan: &plan,
    };
    match count_checked(job) {
        Ok((found, switched)) => {
            let method = method_of(&model, &found, check, switched.as_ref());
            let text = match args.format {
                Format::Json => json_of(args, &model, &found, method, switched.as_ref()),
                Format::Text => text_of(args, &model, &found, method),
            };
            print(&text);
            conclude(&model, &found, check, switched.as_ref())
        }
        Err(error) => {
            let exit = match &error {
                TokenFilesError::Differs(_) => Exit::Findings,
                TokenFilesError::Uncountable { .. } => Exit::Execution,
                _ => Exit::Usage,
            };
            let help = match &error {
                TokenFilesError::Differs(_) => "stdin can't be read again; count with `--oracle`",
                _ => "",
            };
            complain(exit, &error.to_string(), help)
        }
    }
}

/// Counts, with the fixed texts checked beside it; a difference makes the oracle count everything again.
fn count_checked(job: CountFiles<'_>) -> Result<(FileCounts, Option<TextDifference>), TokenFilesError> {
    let stdin = || Box::new(std::io::stdin()) as Box<dyn Read + Send>;
    if job.check == Check::OracleAlone || !job.counters.has_fast() {
        return Ok((count_files(job, stdin)?, None));
    }
    let (found, fixed) = thread::scope(|scope| {
        let fixed = scope.spawn(|| check_fixed(job.counters, job.add_special_tokens));
        let found = count_files(job, stdin);
        (found, fixed.join().unwrap_or(Ok(0)))
    });
    let difference = match (fixed, found) {
        (Ok(n_checked), Ok(mut found)) => {
            found.n_checked += n_checked;
            return Ok((found, None));
        }
        (Err(difference), _) | (Ok(_), Err(TokenFilesError::Differs(difference))) => difference,
        (Ok(_), Err(error)) => return Err(error),
    };
    if job.files.iter().any(|file| file.as_os_str() == "-") {
        return Err(TokenFilesError::Differs(difference));
    }
    let again = CountFiles {
        check: Check::OracleAlone,
        ..job
    };
    Ok((count_files(again, stdin)?, Some(difference)))
}

fn check_fixed(counters: &dyn Counters, add_special_tokens: bool) -> Result<u64, TextDifference> {
    let mut pair = Pair::new(counters, true);
    for text in SELF_CHECK_TEXTS {
        pair.count(text, add_special_tokens, true)
            .map_err(|difference| TextDifference {
                place: None,
                fast: difference.fast,
                oracle: difference.oracle,
            })?;
    }
    Ok(pair.n_checked)
}

fn method_of(
    model: &TokenModel,
    found: &FileCounts,
    check: Check,
    switched: Option<&TextDifference>,
) -> &'static str {
    let is_fast =
        model.has_fast() && check != Check::OracleAlone && switched.is_none() && found.n_differences == 0;
    if is_fast { "fast_verified" } else { "oracle" }
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `0.23.2` of `tokenizers 0.23.2`.
fn crate_version() -> &'static str {
    COUNTER.split_once(' ').map_or(COUNTER, |(_, version)| version)
}

fn json_of(
    args: &CountArgs,
    model: &TokenModel,
    found: &FileCounts,
    method: &str,
    switched: Option<&TextDifference>,
) -> String {
    let difference = |difference: &TextDifference| {
        let place = difference.place.as_ref();
        json!({
            "file": place.map(|place| place.file.to_string_lossy()),
            "line": place.and_then(|place| place.line),
            "fast": difference.fast,
            "oracle": difference.oracle,
        })
    };
    let mut value = json!({
        "format_version": 1,
        "total": found.total,
        "n_texts": found.n_texts,
        "method": method,
        "crate_version": crate_version(),
        "tokenizer_sha256": hex(model.sha256()),
        "add_special_tokens": args.add_special_tokens,
        "n_checked": found.n_checked,
        "n_differences": found.n_differences + u64::from(switched.is_some()),
        "differences": found.differences.iter().chain(switched).map(difference).collect::<Vec<_>>(),
    });
    if let (true, Some(object)) = (args.per_text, value.as_object_mut()) {
        object.insert("counts".to_owned(), json!(found.counts));
    }
    format!("{value}\n")
}

fn text_of(args: &CountArgs, model: &TokenModel, found: &FileCounts, method: &str) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    if args.per_text {
        for count in &found.counts {
            let _ = writeln!(text, "{count}");
        }
    }
    let special = if args.add_special_tokens {
        "with"
    } else {
        "without"
    };
    let texts = if found.n_texts == 1 { "text" } else { "texts" };
    let _ = writeln!(
        text,
        "{} tokens in {} {texts}, {special} special tokens\nmethod {method}, as {COUNTER} counts, tokenizer SHA-256 {}",
        found.total,
        found.n_texts,
        hex(model.sha256())
    );
    text
}

fn conclude(model: &TokenModel, found: &FileCounts, check: Check, switched: Option<&TextDifference>) -> Exit {
    if let Some(difference) = switched {
        note(&format!(
            "{difference}; so the oracle counted everything. Please report it with the text and the tokenizer"
        ));
        return Exit::Ok;
    }
    if let (Check::All, Method::Oracle(reason)) = (check, model.method()) {
        note(&format!(
            "there was nothing to compare, the oracle counted alone: {reason}"
        ));
    }
    for difference in &found.differences {
        complain(Exit::Findings, &difference.to_string(), "");
    }
    let n_more = found
        .n_differences
        .saturating_sub(u64::try_from(found.differences.len()).unwrap_or(0));
    if n_more > 0 {
        complain(Exit::Findings, &format!("and {n_more} more texts"), "");
    }
    if found.n_differences > 0 {
        Exit::Findings
    } else {
        Exit::Ok
    }
}

fn measure(args: &BenchArgs) -> Exit {
    let model = match load(&args.tokenizer) {
        Ok(model) => model,
        Err(exit) => return exit,
    };
    if let Err(error) = model.load_oracle() {
        return complain(Exit::Usage, &error.to_string(), "");
    }
    let mut texts = Vec::new();
    for file in &args.files {
        match std::fs::read_to_string(file) {
            Ok(text) => texts.extend(slices(&text, BENCH_TEXT_BYTES)),
            Err(error) => {
                return complain(
                    Exit::Usage,
                    &format!("can't read `{}`: {error}", file.display()),
                    "",
                );
            }
        }
    }
    if args.files.is_empty() {
        let n_texts = usize::from(args.megabytes) * 1_000_000 / BENCH_TEXT_BYTES + 1;
        texts = changed_copies(OWN_TEXT, n_texts, BENCH_TEXT_BYTES, 1);
    }
    if texts.is_empty() {
        return complain(Exit::Usage, "the files hold no text", "");
    }
    let threads: Vec<usize> = args.threads.iter().copied().map(usize::from).collect();
    let job = Bench {
        texts: &texts,
        threads: &threads,
        unpinned: args.unpinned,
        rounds: usize::from(args.rounds),
        oracle_bytes: BENCH_ORACLE_BYTES,
    };
    match bench(&model, &job) {
        Ok(rates) => {
            let bytes: usize = texts.iter().map(String::len).sum();
            print(&match args.format {
                Format::Json => bench_json(args, &model, &rates, texts.len(), bytes),
                Format::Text => bench_text(args, &model, &rates, texts.len(), bytes),
            });
            Exit::Ok
        }
        Err(message) => complain(Exit::Execution, &message, ""),
    }
}

fn fast_name(model: &TokenModel) -> String {
    match model.method() {
        Method::Fast(name) => format!("fast ({name})"),
        Method::Oracle(reason) => format!("oracle ({reason})"),
    }
}

fn bench_text(args: &BenchArgs, model: &TokenModel, rates: &[Rate], n_texts: usize, bytes: usize) -> String {
    let pinned = if args.unpinned { "unpinned" } else { "pinned" };
    let mut text = format!(
        "{n_texts} texts, {bytes} bytes, {} rounds, {pinned}; counter {}; oracle {COUNTER} encode_fast\n\
         {:>7}  {:<7}{:>12}{:>14}{:>14}{:>12}{:>10}\n",
        args.rounds,
        fast_name(model),
        "threads",
        "way",
        "MB/s",
        "texts/s",
        "MB/CPU s",
        "x oracle",
        "speed-up"
    );
    for rate in rates {
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{:>7}  {:<7}{:>12.2}{:>14.0}{:>14.2}{:>12.1}{:>10.2}",
            rate.threads,
            rate.way.name(),
            rate.mb_per_s,
            rate.texts_per_s,
            rate.mb_per_cpu_s,
            rate.ratio,
            rate.speed_up
        );
    }
    text
}

fn bench_json(args: &BenchArgs, model: &TokenModel, rates: &[Rate], n_texts: usize, bytes: usize) -> String {
    let rows: Vec<_> = rates
        .iter()
        .map(|rate| {
            json!({
                "threads": rate.threads,
                "way": rate.way.name(),
                "mb_per_s": rate.mb_per_s,
                "texts_per_s": rate.texts_per_s,
                "mb_per_cpu_s": rate.mb_per_cpu_s,
                "ratio_to_oracle": rate.ratio,
                "speed_up": rate.speed_up,
            })
        })
        .collect();
    let value = json!({
        "format_version": 1,
        "n_texts": n_texts,
        "n_bytes": bytes,
        "rounds": args.rounds,
        "pinned": !args.unpinned,
        "counter": fast_name(model),
        "crate_version": crate_version(),
        "tokenizer_sha256": hex(model.sha256()),
        "rates": rows,
    });
    format!("{value}\n")
}
