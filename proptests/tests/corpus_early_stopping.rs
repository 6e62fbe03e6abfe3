//! The early-stopping cases of the audit corpus, as the reference answered them.
//!
//! `RUNBENCH_CORPUS` may name another folder of the same layout; the cases in the repository are used otherwise.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::env;
use std::fs;
use std::path::PathBuf;

use runbench_core::stats::{IntSeries, discard, estimate, hmin, lower_index, odds};
use serde_json::{Value, json};

fn cases(file: &str) -> Vec<Value> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let path = env::var_os("RUNBENCH_CORPUS")
        .map_or(own, PathBuf::from)
        .join("audits")
        .join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!cases.is_empty(), "{} is empty", path.display());
    cases
}

/// What we answer to an operation of `early_stopping.jsonl`.
fn answer(input: &Value) -> Value {
    let float = |key: &str| input[key].as_f64().unwrap();
    let count = |key: &str| input[key].as_u64().unwrap();
    let (p, tolerance, confidence) = (float("p"), float("tolerance"), float("confidence"));
    match input["op"].as_str().unwrap() {
        "min_passing" => {
            let h = hmin(count("t"), p, tolerance, confidence).unwrap();
            json!({"min_under_latency": h, "min_total": h + count("t")})
        }
        "discard" => {
            let found = discard(count("n"), p, tolerance, confidence).unwrap();
            json!({
                "floor": found.floor,
                "sufficient": found.rank_from_top > 0,
                "rank_from_top": found.rank_from_top,
                "discarded": found.rank_from_top.saturating_sub(1),
            })
        }
        "odds" => json!(odds(count("h"), count("t"), p, tolerance).unwrap()),
        other => panic!("unknown operation {other}"),
    }
}

#[test]
fn searches_agree() {
    for case in cases("early_stopping.jsonl") {
        let (answer, expected) = (answer(&case["input"]), &case["expect"]);
        let Some(odds) = answer.as_f64() else {
            assert_eq!(&answer, expected, "{}", case["id"]);
            continue;
        };
        let tolerance = expected["rel_tol"].as_f64().unwrap();
        for key in ["odds_loadgen", "odds_endpoints"] {
            let reference = expected[key].as_f64().unwrap();
            assert!(
                (odds - reference).abs() <= tolerance * reference,
                "{}: {odds}",
                case["id"]
            );
        }
    }
}

/// A literal list, or `base + step * ((i * mul + add) mod mod)`.
fn series(input: &Value) -> Vec<f64> {
    if let Some(list) = input.as_array() {
        return list.iter().map(|value| value.as_f64().unwrap()).collect();
    }
    let part = |key: &str| input[key].as_u64().unwrap();
    let value = |i: u64| part("base") + part("step") * ((i * part("mul") + part("add")) % part("mod"));
    #[expect(clippy::cast_precision_loss, reason = "the corpus keeps below 2^53")]
    (0..part("n")).map(|i| value(i) as f64).collect()
}

#[test]
fn estimates_agree() {
    for case in cases("early_stopping_estimate.jsonl") {
        let (input, expected) = (&case["input"], &case["expect"]);
        let mut samples = series(&input["series"]);
        samples.sort_by(f64::total_cmp);
        let percentile = input["percentile"].as_f64().unwrap();
        let n = u64::try_from(samples.len()).unwrap();
        let at = |rank: u64| samples.get(usize::try_from(rank).unwrap()).copied();
        let found = match estimate(n, percentile, at) {
            Ok(found) => json!({
                "percentile": percentile,
                "confidence": input["confidence"],
                "n": n,
                "estimate": found.value,
                "empirical": lower_index(n, percentile).and_then(at),
                "sufficient": found.value.is_some(),
                "min_queries": found.floor,
                "discarded": found.discarded,
            }),
            Err(_) => json!({"error": "domain"}),
        };
        assert_eq!(&found, expected, "{}", case["id"]);
    }
}

#[test]
fn a_recorded_series_gives_the_same_estimates() {
    for case in cases("early_stopping_estimate.jsonl") {
        let samples = series(&case["input"]["series"]);
        let mut recorded = IntSeries::default();
        for sample in &samples {
            recorded.push(format!("{sample}").parse().unwrap());
        }
        let percentile = case["input"]["percentile"].as_f64().unwrap();
        let Some(summary) = recorded.summary() else {
            assert!(samples.is_empty());
            continue;
        };
        let same = |at: f64| (at - percentile).abs() < 1e-9;
        let found = summary.early_stopping.iter().find(|(entry, _)| same(entry.value));
        if let Some((_, found)) = found {
            assert_eq!(json!(found.value), case["expect"]["estimate"], "{}", case["id"]);
        }
    }
}
