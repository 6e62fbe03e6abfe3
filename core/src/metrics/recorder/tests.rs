use super::{MetricsOptions, Recorder};
use crate::answer::decode;
use crate::metrics::{RunMetrics, TokenCounts};
use crate::record::{
    EndRecord, FailureClass, Read, RequestRecord, RunState, TokenRecord, TokenizerRecord, TransportEnd,
};
use crate::stats::Number;

/// A streamed answer of three chunks at 110, 130 and 160 after its issue, ended at 200 after it.
fn streamed(id: u64, issued_ns: u64) -> RequestRecord {
    let mut body = String::new();
    let mut reads = Vec::new();
    for (text, at_ns) in [("a", 110), ("b", 130), ("c", 160)] {
        body.extend(["data: {\"choices\":[{\"text\":\"", text, "\"}]}\n\n"]);
        reads.push(Read {
            at_ns: issued_ns + at_ns,
            body_end: u64::try_from(body.len()).unwrap(),
        });
    }
    body.push_str("data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n");
    reads.push(Read {
        at_ns: issued_ns + 200,
        body_end: u64::try_from(body.len()).unwrap(),
    });
    RequestRecord {
        id,
        sample_index: id,
        scheduled_ns: issued_ns - 5,
        issued_ns,
        head_ns: Some(issued_ns + 50),
        done_ns: issued_ns + 200,
        http_status: Some(200),
        event_stream: true,
        reads,
        body: body.into_bytes(),
        end: TransportEnd::Complete,
        connection: crate::record::ConnectionUse::default(),
    }
}

fn failed(id: u64, issued_ns: u64, done_ns: u64, class: FailureClass) -> RequestRecord {
    let mut record = streamed(id, issued_ns);
    record.done_ns = done_ns;
    record.end = TransportEnd::Failed(class, format!("{class:?}"));
    record
}

fn options(tokens: &[TokenRecord]) -> MetricsOptions {
    let mut counts = TokenCounts::default();
    for record in tokens {
        counts.push(record);
    }
    counts.sort();
    MetricsOptions {
        concurrency: Some(4),
        streaming: true,
        end: Some(EndRecord {
            state: RunState::Complete,
            started_ns: 1000,
            ended_ns: 3000,
        }),
        tokenizer: (!tokens.is_empty()).then(|| TokenizerRecord {
            sha256: [7; 32],
            counter: "test".to_owned(),
            add_special_tokens: false,
        }),
        tokens: counts,
        ..MetricsOptions::default()
    }
}

fn measure(options: MetricsOptions, requests: &[RequestRecord]) -> RunMetrics {
    let mut recorder = Recorder::new(options);
    for request in requests {
        recorder.push(request, &decode(request));
    }
    recorder.finish()
}

const TOKENS: [TokenRecord; 2] = [
    TokenRecord {
        id: 0,
        isl: 10,
        osl: Some(3),
        after_first: Some(2),
    },
    TokenRecord {
        id: 1,
        isl: 20,
        osl: Some(5),
        after_first: Some(4),
    },
];

#[test]
fn gives_the_hand_computed_figures() {
    let metrics = measure(options(&TOKENS), &[streamed(0, 1010), streamed(1, 1810)]);
    assert_eq!(
        (metrics.n_issued, metrics.n_completed, metrics.n_failed),
        (2, 2, 0)
    );
    assert_eq!(metrics.duration_ns, Some(1010));
    assert_eq!(metrics.legacy_window_ns, 1000);
    assert_eq!(metrics.total_duration_ns, 2000);
    assert_eq!(metrics.finish_reasons.stop, 2);
    let total = |series: &Option<crate::stats::SeriesSummary>| series.as_ref().unwrap().total;
    assert_eq!(total(&metrics.series.sample_latency_ns), Number::Int(400));
    assert_eq!(total(&metrics.series.latency_from_schedule_ns), Number::Int(410));
    assert_eq!(total(&metrics.series.send_lag_ns), Number::Int(10));
    assert_eq!(total(&metrics.series.ttft_ns), Number::Int(220));
    assert_eq!(total(&metrics.series.chunk_delta_ns), Number::Int(100));
    assert_eq!(total(&metrics.series.isl), Number::Int(30));
    assert_eq!(total(&metrics.series.osl), Number::Int(8));
    // 90 ns / 2 tokens and 90 ns / 4 tokens.
    assert_eq!(total(&metrics.series.tpot_ns), Number::Float(67.5));
    // 50 ns between first and last chunk, / 2 and / 4 tokens.
    assert_eq!(total(&metrics.series.itl_token_ns), Number::Float(37.5));
    assert_eq!(total(&metrics.series.first_text_ns), Number::Int(220));
    assert_eq!(metrics.qps(), Some(2.0 / (1010.0 / 1e9)));
    assert_eq!(metrics.system_tps(), Some(8.0 / (1010.0 / 1e9)));
    assert_eq!(metrics.tps_per_user_of_system(), Some(8.0 / (1010.0 / 1e9) / 4.0));
    assert_eq!(metrics.tps_per_user_of_tpot(), Some(1000.0 / (22.5 / 1e6)));
    assert!(metrics.is_complete());
}

#[test]
fn failed_requests_enter_no_headline_figure() {
    let good = [streamed(0, 1010), streamed(1, 1810)];
    let bad = [
        failed(2, 1020, 1900, FailureClass::TimedOut),
        failed(3, 1030, 2900, FailureClass::Abandoned),
        failed(4, 1040, 1041, FailureClass::TimedOut),
    ];
    let alone = measure(options(&TOKENS), &good);
    let all = measure(options(&TOKENS), &[&good[..], &bad].concat());
    assert_eq!((all.n_issued, all.n_completed, all.n_failed), (5, 2, 3));
    assert_eq!(all.failures[&FailureClass::TimedOut], 2);
    assert_eq!(all.failure_examples[&FailureClass::Abandoned], "Abandoned");
    assert_eq!((all.qps(), all.system_tps()), (alone.qps(), alone.system_tps()));
    assert_eq!(all.series.sample_latency_ns, alone.series.sample_latency_ns);
    assert_eq!(all.series.ttft_ns, alone.series.ttft_ns);
    assert_eq!(all.n_pending_tasks, 0);
    assert_eq!(
        (all.reference.n_samples_completed, all.reference.n_samples_failed),
        (4, 2)
    );
    assert_eq!(all.reference.qps, Some(4.0 / (1010.0 / 1e9)));
}

#[test]
fn a_dropped_arrival_is_a_failure_without_times() {
    let mut dropped = failed(2, 9000, 9000, FailureClass::Dropped);
    dropped.scheduled_ns = 1020;
    let metrics = measure(options(&TOKENS), &[streamed(0, 1010), streamed(1, 1810), dropped]);
    assert_eq!((metrics.n_failed, metrics.duration_ns), (1, Some(1010)));
    assert_eq!(metrics.series.send_lag_ns.unwrap().count, 2);
    assert_eq!(metrics.reference.n_samples_completed, 2);
    let p99 = metrics.with_failures.ttft_ns.first().unwrap();
    assert_eq!((p99.0.key, p99.1), ("99.9", 110.0));
}

#[test]
fn sends_that_wait_for_a_place_are_not_the_clients_lateness() {
    let mut late = streamed(9, 5_000_000);
    late.scheduled_ns = 1_000_000;
    let n_late = |sends_may_wait| {
        let options = MetricsOptions {
            sends_may_wait,
            ..options(&[])
        };
        measure(options, &[late.clone()]).late_sends.n_late
    };
    assert_eq!((n_late(false), n_late(true)), (1, 0));
}

#[test]
fn percentiles_with_failures_go_up_to_infinity() {
    let bad = failed(2, 1020, 1900, FailureClass::TimedOut);
    let metrics = measure(options(&TOKENS), &[streamed(0, 1010), bad.clone()]);
    // Rank 0 of two is the good one; of three with two bad ones rank 1 is a failure.
    assert!(
        metrics
            .with_failures
            .sample_latency_ns
            .iter()
            .all(|(_, value)| value.is_finite())
    );
    let metrics = measure(options(&TOKENS), &[streamed(0, 1010), bad.clone(), bad]);
    let median = metrics
        .with_failures
        .tpot_ns
        .iter()
        .find(|(p, _)| p.key == "50.0");
    assert!(median.unwrap().1.is_infinite());
}

#[test]
fn loadgens_window_counts_one_request_less() {
    let options = MetricsOptions {
        use_legacy_window: true,
        ..options(&TOKENS)
    };
    let metrics = measure(options.clone(), &[streamed(0, 1010), streamed(1, 1810)]);
    assert_eq!(metrics.loadgen_window_ns(), Some(1000));
    assert_eq!(metrics.reported_qps(), Some(1.0 / 1e-6));
    assert_eq!(metrics.reported_tps(), Some(8.0 / 1e-6));
    assert_eq!(metrics.qps(), Some(2.0 / (1010.0 / 1e9)));
    let alone = measure(options, &[streamed(0, 1010)]);
    assert_eq!(
        (alone.loadgen_window_ns(), alone.reported_qps()),
        (None, alone.qps())
    );
}

#[test]
fn a_late_failure_extends_the_duration() {
    let metrics = measure(
        options(&[]),
        &[streamed(0, 1010), failed(1, 1020, 3000, FailureClass::TimedOut)],
    );
    assert_eq!(metrics.duration_ns, Some(2000));
    assert_eq!(metrics.qps(), Some(1.0 / (2000.0 / 1e9)));
}

#[test]
fn uncounted_tokens_are_pending() {
    let metrics = measure(options(&TOKENS[..1]), &[streamed(0, 1010), streamed(1, 1810)]);
    assert_eq!(metrics.n_pending_tasks, 1);
    assert!(!metrics.is_complete());
    let without = measure(options(&[]), &[streamed(0, 1010)]);
    assert_eq!((without.n_pending_tasks, without.system_tps()), (0, None));
    assert_eq!((without.series.osl, without.series.tpot_ns), (None, None));
}

#[test]
fn answers_without_text_after_the_first_chunk_have_no_tpot() {
    let none = TokenRecord {
        after_first: None,
        ..TOKENS[0]
    };
    let zero = TokenRecord {
        after_first: Some(0),
        ..TOKENS[1]
    };
    let metrics = measure(options(&[none, zero]), &[streamed(0, 1010), streamed(1, 1810)]);
    assert_eq!((metrics.series.tpot_ns, metrics.n_pending_tasks), (None, 0));
}

#[test]
fn an_empty_run_has_no_rates() {
    let metrics = measure(options(&[]), &[]);
    assert_eq!(
        (metrics.duration_ns, metrics.qps(), metrics.system_tps()),
        (None, None, None)
    );
    assert_eq!(metrics.series, crate::metrics::Series::default());
}

#[test]
fn a_log_without_end_is_interrupted() {
    let options = MetricsOptions {
        end: None,
        ..options(&[])
    };
    let metrics = measure(options, &[streamed(0, 1010), streamed(1, 1810)]);
    assert_eq!(metrics.state, RunState::Interrupted);
    // From the first schedule, at 1005, to the last end, at 2010.
    assert_eq!(metrics.duration_ns, Some(1005));
    assert!(!metrics.is_complete());
}
