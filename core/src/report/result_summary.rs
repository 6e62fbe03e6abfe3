//! `performance/result_summary.json` (loadgen section 14.1).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::json::{Pairs, early_stopping, percentile_map, pretty};
use super::{FORMAT_VERSION, LiveTokensInfo, ReportInfo, class_name, hex, state_name};
use crate::metrics::{Goodput, RunMetrics};
use crate::record::RunState;
use crate::stats::{Number, Percentile, SeriesSummary};

/// The file's text: the reference's keys in its order, then ours from `format_version` on.
///
/// The counts, `qps` and `tps` are those of successful requests; `reference_compat` holds what the reference reports.
pub fn result_summary(metrics: &RunMetrics, info: &ReportInfo) -> String {
    let series = &metrics.series;
    let estimates = metrics.state == RunState::Complete;
    let of_stream = estimates && metrics.streaming;
    let summary = Summary {
        version: &info.version,
        git_sha: info.git_sha.as_deref(),
        test_started_at: 0,
        n_samples_issued: metrics.n_issued,
        n_samples_completed: metrics.n_completed,
        n_samples_failed: metrics.n_failed,
        duration_ns: metrics.duration_ns,
        state: state_name(metrics.state),
        complete: metrics.is_complete(),
        ttft: Block::new(series.ttft_ns.as_ref(), of_stream),
        tpot: Block::new(series.tpot_ns.as_ref(), of_stream),
        latency: Block::new(series.sample_latency_ns.as_ref(), estimates),
        output_sequence_lengths: Block::new(series.osl.as_ref(), false),
        input_sequence_lengths: Block::new(series.isl.as_ref(), false),
        legacy_loadgen_window_duration_ns: metrics.loadgen_window_ns(),
        qps: metrics.reported_qps(),
        tps: metrics.reported_tps(),
        finish_reason_counts: Pairs(metrics.finish_reasons.entries().to_vec()),
        run_config: RunConfig::new(info),
        format_version: FORMAT_VERSION,
        n_pending_tasks: metrics.n_pending_tasks,
        system_tps: metrics.system_tps(),
        tps_per_user: metrics.tps_per_user_of_system(),
        tps_per_user_tpot_p90: metrics.tps_per_user_of_tpot(),
        latency_from_schedule: Block::new(series.latency_from_schedule_ns.as_ref(), false),
        successful_qps: metrics.qps(),
        first_text: Block::new(series.first_text_ns.as_ref(), false),
        itl_per_token: Block::new(series.itl_token_ns.as_ref(), false),
        with_failures: WithFailures {
            ttft: percentile_map(metrics.with_failures.ttft_ns.iter().map(finite_or_text)),
            tpot: percentile_map(metrics.with_failures.tpot_ns.iter().map(finite_or_text)),
            latency: percentile_map(metrics.with_failures.sample_latency_ns.iter().map(finite_or_text)),
        },
        goodput: metrics.goodput.as_ref().map(GoodputBlock::new),
        chunk_delta: Block::new(series.chunk_delta_ns.as_ref(), false),
        send_lag: Block::new(series.send_lag_ns.as_ref(), false),
        failures: Pairs(
            metrics
                .failures
                .iter()
                .map(|(class, count)| (class_name(*class), *count))
                .collect(),
        ),
        reference_compat: Compat {
            n_samples_completed: metrics.reference.n_samples_completed,
            n_samples_failed: metrics.reference.n_samples_failed,
            qps: metrics.reference.qps,
        },
        server_usage: Usage {
            answers: metrics.server_usage.answers,
            prompt_tokens: metrics.server_usage.prompt_tokens,
            completion_tokens: metrics.server_usage.completion_tokens,
        },
        tokenizer: Tokenizer::new(metrics, info),
    };
    pretty(&summary)
}

#[derive(Serialize)]
struct Summary<'a> {
    version: &'a str,
    git_sha: Option<&'a str>,
    test_started_at: u64,
    n_samples_issued: u64,
    n_samples_completed: u64,
    n_samples_failed: u64,
    duration_ns: Option<u64>,
    state: &'static str,
    complete: bool,
    ttft: Block<'a>,
    tpot: Block<'a>,
    latency: Block<'a>,
    output_sequence_lengths: Block<'a>,
    input_sequence_lengths: Block<'a>,
    legacy_loadgen_window_duration_ns: Option<u64>,
    qps: Option<f64>,
    tps: Option<f64>,
    finish_reason_counts: Pairs<&'static str, u64>,
    run_config: RunConfig<'a>,
    format_version: u32,
    n_pending_tasks: u64,
    system_tps: Option<f64>,
    tps_per_user: Option<f64>,
    tps_per_user_tpot_p90: Option<f64>,
    latency_from_schedule: Block<'a>,
    successful_qps: Option<f64>,
    first_text: Block<'a>,
    itl_per_token: Block<'a>,
    with_failures: WithFailures,
    goodput: Option<GoodputBlock>,
    chunk_delta: Block<'a>,
    send_lag: Block<'a>,
    failures: Pairs<&'static str, u64>,
    reference_compat: Compat,
    server_usage: Usage,
    tokenizer: Option<Tokenizer<'a>>,
}

/// Percentiles with failures as infinity, which JSON has no number for.
#[derive(Serialize)]
struct WithFailures {
    ttft: Pairs<&'static str, FiniteOrText>,
    tpot: Pairs<&'static str, FiniteOrText>,
    latency: Pairs<&'static str, FiniteOrText>,
}

/// A finite number, or the word for infinity.
struct FiniteOrText(f64);

impl Serialize for FiniteOrText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str("Infinity")
        }
    }
}

fn finite_or_text(entry: &(Percentile, f64)) -> (Percentile, FiniteOrText) {
    (entry.0, FiniteOrText(entry.1))
}

/// Requests that kept the limits, which are in milliseconds.
#[derive(Serialize)]
struct GoodputBlock {
    slo_ms: Pairs<&'static str, f64>,
    n_good: u64,
    n_unknown: u64,
    requests_per_s: Option<f64>,
}

impl GoodputBlock {
    fn new(goodput: &Goodput) -> Self {
        Self {
            slo_ms: Pairs(goodput.slo.entries_ms().collect()),
            n_good: goodput.n_good,
            n_unknown: goodput.n_unknown,
            requests_per_s: goodput.rps,
        }
    }
}

#[derive(Serialize)]
struct Compat {
    n_samples_completed: u64,
    n_samples_failed: u64,
    qps: Option<f64>,
}

#[derive(Serialize)]
struct Usage {
    answers: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
}

/// Who counted, and how.
#[derive(Serialize)]
struct Tokenizer<'a> {
    sha256: String,
    counter: &'a str,
    add_special_tokens: bool,
    method: Option<&'static str>,
    n_checked: Option<u64>,
    difference: Option<Difference>,
    counted_during_run: Option<&'a LiveTokensInfo>,
}

/// A text on which our own counter was wrong, so that everything was counted by the oracle.
#[derive(Serialize)]
struct Difference {
    text_sha256: String,
    fast: Option<u64>,
    oracle: Option<u64>,
}

impl<'a> Tokenizer<'a> {
    fn new(metrics: &'a RunMetrics, info: &'a ReportInfo) -> Option<Self> {
        let record = metrics.tokenizer.as_ref()?;
        let counting = metrics.counting;
        Some(Self {
            sha256: hex(&record.sha256),
            counter: &record.counter,
            add_special_tokens: record.add_special_tokens,
            method: metrics.count_method(),
            n_checked: counting.map(|counting| counting.n_checked),
            difference: counting
                .and_then(|counting| counting.difference)
                .map(|difference| Difference {
                    text_sha256: hex(&difference.text_sha256),
                    fast: difference.fast,
                    oracle: difference.oracle,
                }),
            counted_during_run: info.live_tokens.as_ref(),
        })
    }
}

/// What was asked of the load; null where it wasn't.
#[derive(Serialize)]
struct RunConfig<'a> {
    load_pattern: LoadPattern<'a>,
    warmup: Warmup,
    scheduler_random_seed: Option<u64>,
    dataloader_random_seed: Option<u64>,
}

#[derive(Serialize)]
struct LoadPattern<'a> {
    r#type: &'a str,
    target_qps: Option<f64>,
    target_concurrency: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_legacy_loadgen_qps_metrics: Option<bool>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the reference's name")]
struct Warmup {
    enabled: bool,
    n_requests: Option<u64>,
    salt: bool,
    drain: bool,
    warmup_random_seed: Option<u64>,
}

impl<'a> RunConfig<'a> {
    fn new(info: &'a ReportInfo) -> Self {
        Self {
            load_pattern: LoadPattern {
                r#type: &info.load_pattern,
                target_qps: info.target_qps,
                target_concurrency: info.target_concurrency,
                use_legacy_loadgen_qps_metrics: info.use_legacy_window,
            },
            warmup: Warmup {
                enabled: info.warmup.is_some(),
                n_requests: info.warmup.and_then(|warmup| warmup.n_requests),
                salt: info.warmup.is_some_and(|warmup| warmup.salt),
                drain: info.warmup.is_some_and(|warmup| warmup.drain),
                warmup_random_seed: info.warmup.map(|warmup| warmup.seed),
            },
            scheduler_random_seed: info.scheduler_random_seed,
            dataloader_random_seed: info.dataloader_random_seed,
        }
    }
}

/// A series: `{}` without samples, or nulls for its estimates where it has some.
struct Block<'a> {
    summary: Option<&'a SeriesSummary>,
    estimates: bool,
}

#[derive(Serialize)]
struct Histogram {
    buckets: Vec<(f64, f64)>,
    counts: Vec<u64>,
}

impl<'a> Block<'a> {
    fn new(summary: Option<&'a SeriesSummary>, estimates: bool) -> Self {
        Self { summary, estimates }
    }
}

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(summary) = self.summary {
            map.serialize_entry("total", &summary.total)?;
            map.serialize_entry("min", &summary.min)?;
            map.serialize_entry("max", &summary.max)?;
            map.serialize_entry("median", &Number::Float(summary.median()))?;
            map.serialize_entry("avg", &summary.avg)?;
            map.serialize_entry("std_dev", &summary.std_dev)?;
            map.serialize_entry(
                "percentiles",
                &percentile_map(summary.percentiles.iter().copied()),
            )?;
        }
        if self.estimates {
            map.serialize_entry("early_stopping_percentiles", &early_stopping(self.summary))?;
        }
        if let Some(summary) = self.summary {
            let buckets = summary
                .histogram
                .buckets()
                .map(|(low, high, _)| (low, high))
                .collect();
            let counts = summary.histogram.counts.clone();
            map.serialize_entry("histogram", &Histogram { buckets, counts })?;
            if !summary.exact {
                map.serialize_entry("exact", &false)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::result_summary;
    use crate::record::{CountDifference, CountMethod, CountingRecord, RunState};
    use crate::report::LiveTokensInfo;
    use crate::report::fixtures::{info, run};

    fn check(tokenizer: bool, uncounted: u64, state: RunState, pointer: &str, expected: &Value) {
        let text = result_summary(&run(tokenizer, uncounted, state), &info());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value.pointer(pointer), Some(expected), "{pointer} in {text}");
    }

    fn check_complete(pointer: &str, expected: &Value) {
        check(true, 0, RunState::Complete, pointer, expected);
    }

    #[test]
    fn writes_the_references_keys_first_and_in_order() {
        let text = result_summary(&run(true, 0, RunState::Complete), &info());
        let keys: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("  \""))
            .map(|line| line.trim_start().split('"').nth(1).unwrap())
            .collect();
        let reference = "version git_sha test_started_at n_samples_issued n_samples_completed n_samples_failed \
            duration_ns state complete ttft tpot latency output_sequence_lengths input_sequence_lengths \
            legacy_loadgen_window_duration_ns qps tps finish_reason_counts run_config";
        let reference: Vec<&str> = reference.split_whitespace().collect();
        assert_eq!(&keys[..reference.len()], reference);
        assert_eq!(keys[reference.len()], "format_version");
        assert!(text.starts_with("{\n  \"version\": \"runbench 0.1.0\",\n") && text.ends_with("}\n}"));
    }

    #[test]
    fn series_have_the_references_keys_in_order() {
        let text = result_summary(&run(true, 0, RunState::Complete), &info());
        let block = text
            .split("\"ttft\": {")
            .nth(1)
            .unwrap()
            .split("\n  }")
            .next()
            .unwrap();
        let keys: Vec<&str> = block
            .lines()
            .filter(|line| line.starts_with("    \""))
            .map(|line| line.trim_start().split('"').nth(1).unwrap())
            .collect();
        assert_eq!(
            keys.join(" "),
            "total min max median avg std_dev percentiles early_stopping_percentiles histogram"
        );
    }

    #[test]
    fn integers_and_floats_are_as_the_reference_has_them() {
        check_complete("/duration_ns", &json!(30_000_000));
        check_complete("/latency/total", &json!(179_980_000));
        check_complete("/latency/median", &json!(8_999_000.0));
        check_complete("/output_sequence_lengths/total", &json!(390));
        check_complete("/output_sequence_lengths/percentiles/50.0", &json!(19.0));
        check_complete("/tpot/percentiles/99.9", &json!(6_000_000.0 / 10.0));
        check_complete("/latency/early_stopping_percentiles/99.0", &json!(null));
        check_complete("/latency/early_stopping_percentiles/50.0", &json!(8_999_000.0));
        check_complete("/git_sha", &json!(null));
    }

    #[test]
    fn counts_add_up_and_keep_the_references_own() {
        check_complete("/n_samples_issued", &json!(22));
        check_complete("/n_samples_completed", &json!(20));
        check_complete("/n_samples_failed", &json!(2));
        check_complete("/failures", &json!({"timed_out": 2}));
        check_complete("/reference_compat/n_samples_completed", &json!(22));
        check_complete("/tokenizer/sha256", &json!("ab".repeat(32)));
        check_complete("/tokenizer/counter", &json!("tokenizers 0.23.2"));
    }

    #[test]
    fn says_how_tokens_were_counted() {
        check_complete("/tokenizer/method", &json!("fast_verified"));
        check_complete("/tokenizer/n_checked", &json!(60));
        check_complete("/tokenizer/difference", &json!(null));
        check(
            true,
            3,
            RunState::Complete,
            "/tokenizer/method",
            &json!("incomplete"),
        );
        let mut metrics = run(true, 0, RunState::Complete);
        metrics.counting = None;
        assert_eq!(metrics.count_method(), Some("oracle"));
        metrics.tokenizer = None;
        assert_eq!(metrics.count_method(), None);
    }

    #[test]
    fn says_what_was_counted_during_the_run() {
        check_complete("/tokenizer/counted_during_run", &json!(null));
        let mut info = info();
        info.live_tokens = Some(LiveTokensInfo {
            cores: vec![2, 3],
            n_requests: Some(17),
        });
        let text = result_summary(&run(true, 0, RunState::Complete), &info);
        let value: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({"cores": [2, 3], "n_requests": 17});
        assert_eq!(value["tokenizer"]["counted_during_run"], expected);
    }

    #[test]
    fn names_the_text_that_was_counted_wrongly() {
        let mut metrics = run(true, 0, RunState::Complete);
        metrics.counting = Some(CountingRecord {
            method: CountMethod::Oracle,
            n_checked: 7,
            difference: Some(CountDifference {
                text_sha256: [0x0F; 32],
                fast: Some(3),
                oracle: None,
            }),
        });
        let value: Value = serde_json::from_str(&result_summary(&metrics, &info())).unwrap();
        let difference = json!({"text_sha256": "0f".repeat(32), "fast": 3, "oracle": null});
        assert_eq!(value["tokenizer"]["difference"], difference);
        assert_eq!(value["tokenizer"]["method"], "oracle");
    }

    /// The derivation of ruleset v0.1 (submission-rules section 2.2).
    #[test]
    fn stored_rates_equal_those_the_checker_derives() {
        let system_tps = 390.0 / (30_000_000.0 / 1e9);
        check_complete("/system_tps", &json!(system_tps));
        check_complete("/tps_per_user", &json!(system_tps / 4.0));
        check_complete("/tps", &json!(system_tps));
        check_complete("/qps", &json!(20.0 / (30_000_000.0 / 1e9)));
    }

    #[test]
    fn an_incomplete_drain_shows() {
        check(true, 3, RunState::Complete, "/complete", &json!(false));
        check(true, 3, RunState::Complete, "/state", &json!("complete"));
        check(true, 3, RunState::Complete, "/n_pending_tasks", &json!(3));
    }

    #[test]
    fn an_interrupted_run_shows_and_has_no_estimates() {
        check(true, 0, RunState::Interrupted, "/complete", &json!(false));
        check(true, 0, RunState::Interrupted, "/state", &json!("interrupted"));
        let text = result_summary(&run(true, 0, RunState::Interrupted), &info());
        assert!(!text.contains("early_stopping"));
    }

    #[test]
    fn without_a_tokenizer_token_figures_are_absent() {
        check(
            false,
            20,
            RunState::Complete,
            "/output_sequence_lengths",
            &json!({}),
        );
        check(false, 20, RunState::Complete, "/system_tps", &json!(null));
        check(false, 20, RunState::Complete, "/tps", &json!(null));
        check(false, 20, RunState::Complete, "/tokenizer", &json!(null));
        check(false, 20, RunState::Complete, "/complete", &json!(true));
        check(
            false,
            20,
            RunState::Complete,
            "/tpot/early_stopping_percentiles/50.0",
            &json!(null),
        );
    }
}
