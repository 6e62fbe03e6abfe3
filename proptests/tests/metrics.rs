//! Properties of the figures of a run and of the files they are written to.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use runbench_core::answer::decode;
use runbench_core::metrics::{MetricsOptions, Recorder, RunMetrics, TokenCounts};
use runbench_core::record::{
    EndRecord, FailureClass, Read, RequestRecord, RunState, TokenRecord, TokenizerRecord, TransportEnd,
};
use runbench_core::report::{ReportInfo, final_snapshot, result_summary, text};
use serde_json::Value;

const CLASSES: [FailureClass; 4] = [
    FailureClass::Connect,
    FailureClass::TimedOut,
    FailureClass::Disconnected,
    FailureClass::Abandoned,
];

/// Times of a request after the one before: wait until it is sent, until the first chunk, until its end.
#[derive(Clone, Debug)]
struct Shape {
    sent_ns: u64,
    first_ns: u64,
    end_ns: u64,
    class: Option<FailureClass>,
    status: u16,
    counts: Option<(u64, Option<u64>, Option<u64>)>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let count = || option::of(0..10_000_u64);
    (
        0..1_000_000_u64,
        0..2_000_000_u64,
        0..9_000_000_u64,
        option::weighted(0.2, select(CLASSES.to_vec())),
        prop_oneof![9 => Just(200_u16), 1 => Just(503)],
        option::weighted(0.9, (0..10_000_u64, count(), count())),
    )
        .prop_map(|(sent_ns, first_ns, end_ns, class, status, counts)| Shape {
            sent_ns,
            first_ns,
            end_ns,
            class,
            status,
            counts,
        })
}

fn request(id: u64, shape: &Shape) -> RequestRecord {
    let body = b"data: {\"choices\":[{\"text\":\"a\"}]}\n\ndata: [DONE]\n\n".to_vec();
    let scheduled_ns = 100_000 * id;
    let issued_ns = scheduled_ns + shape.sent_ns;
    RequestRecord {
        id,
        sample_index: id,
        scheduled_ns,
        issued_ns,
        head_ns: None,
        done_ns: issued_ns + shape.end_ns,
        http_status: Some(shape.status),
        event_stream: true,
        reads: vec![Read {
            at_ns: issued_ns + shape.first_ns,
            body_end: u64::try_from(body.len()).unwrap(),
        }],
        body,
        connection: runbench_core::record::ConnectionUse::default(),
        end: shape.class.map_or(TransportEnd::Complete, |class| {
            TransportEnd::Failed(class, "broken".to_owned())
        }),
    }
}

fn measure(shapes: &[Shape], tokenizer: bool) -> RunMetrics {
    let mut tokens = TokenCounts::default();
    for (shape, id) in shapes.iter().zip(0..) {
        if let Some((isl, osl, after_first)) = shape.counts {
            tokens.push(&TokenRecord {
                id,
                isl,
                osl,
                after_first,
            });
        }
    }
    tokens.sort();
    let mut recorder = Recorder::new(MetricsOptions {
        concurrency: Some(8),
        streaming: true,
        end: Some(EndRecord {
            state: RunState::Complete,
            started_ns: 0,
            ended_ns: 1_000_000_000,
        }),
        tokenizer: tokenizer.then(|| TokenizerRecord {
            sha256: [1; 32],
            counter: "test".to_owned(),
            add_special_tokens: false,
        }),
        counting: None,
        tokens,
        ..MetricsOptions::default()
    });
    for (shape, id) in shapes.iter().zip(0..) {
        let request = request(id, shape);
        recorder.push(&request, &decode(&request));
    }
    recorder.finish()
}

/// Fails if a JSON value holds a null where the reference wants a number, or the file isn't JSON.
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

proptest! {
    #[test]
    fn counts_add_up(shapes in vec(shape(), 0..60), tokenizer: bool) {
        let metrics = measure(&shapes, tokenizer);
        let n = u64::try_from(shapes.len()).unwrap();
        prop_assert_eq!(metrics.n_issued, n);
        prop_assert_eq!(metrics.n_completed + metrics.n_failed, n);
        prop_assert_eq!(metrics.failures.values().sum::<u64>(), metrics.n_failed);
        let good = shapes.iter().filter(|shape| shape.class.is_none() && shape.status == 200).count();
        prop_assert_eq!(metrics.n_completed, u64::try_from(good).unwrap());
        let latencies = metrics.series.sample_latency_ns.as_ref().map_or(0, |series| series.count);
        prop_assert_eq!(latencies, metrics.n_completed);
        let counted = metrics.series.isl.as_ref().map_or(0, |series| series.count);
        let expected = if tokenizer { metrics.n_completed } else { 0 };
        prop_assert_eq!(counted + metrics.n_pending_tasks, expected);
        let abandoned = metrics.failures.get(&FailureClass::Abandoned).copied().unwrap_or(0);
        prop_assert_eq!(metrics.reference.n_samples_completed + abandoned, n);
    }

    #[test]
    fn ttft_is_never_above_latency(shapes in vec(shape(), 1..60)) {
        let series = measure(&shapes, true).series;
        if let (Some(ttft), Some(latency)) = (series.ttft_ns, series.sample_latency_ns) {
            prop_assert!(ttft.max.to_f64() <= latency.max.to_f64());
            prop_assert!(ttft.total.to_f64() <= latency.total.to_f64());
        }
        if let Some(tpot) = series.tpot_ns {
            prop_assert!(tpot.min.to_f64() >= 0.0);
        }
    }

    #[test]
    fn failed_requests_move_no_headline_series(shapes in vec(shape(), 0..60)) {
        let good = |shape: &&Shape| shape.class.is_none() && shape.status == 200;
        // The same requests at the same times, without the failed ones.
        let mut recorder = Recorder::new(MetricsOptions::default());
        for (shape, id) in shapes.iter().zip(0..).filter(|(shape, _)| good(shape)) {
            let request = request(id, shape);
            recorder.push(&request, &decode(&request));
        }
        let (alone, all) = (recorder.finish().series, measure(&shapes, false).series);
        prop_assert_eq!(alone.sample_latency_ns, all.sample_latency_ns);
        prop_assert_eq!(alone.latency_from_schedule_ns, all.latency_from_schedule_ns);
        prop_assert_eq!(alone.ttft_ns, all.ttft_ns);
        prop_assert_eq!(alone.chunk_delta_ns, all.chunk_delta_ns);
    }

    /// The relations that the official checker tests (submission-rules section 4, rules 11 to 15).
    #[test]
    fn the_summary_agrees_with_itself(shapes in vec(shape(), 1..60), tokenizer: bool) {
        let metrics = measure(&shapes, tokenizer);
        let summary = parse(&result_summary(&metrics, &ReportInfo::default()));
        let number = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64);
        let count = |pointer: &str| summary.pointer(pointer).and_then(Value::as_u64).unwrap();
        prop_assert_eq!(
            count("/n_samples_completed") + count("/n_samples_failed"),
            count("/n_samples_issued")
        );
        prop_assert!(summary["ttft"].is_object() && summary["output_sequence_lengths"].is_object());
        let (Some(stored), Some(duration_ns)) = (number("/system_tps"), number("/duration_ns")) else {
            return Ok(());
        };
        let derived = number("/output_sequence_lengths/total").unwrap().trunc() / (duration_ns / 1e9);
        prop_assert!((stored - derived).abs() <= 1e-12 * derived);
        let per_user = number("/tps_per_user").unwrap();
        prop_assert!((per_user - derived / 8.0).abs() <= 1e-12 * derived);
    }

    #[test]
    fn files_hold_every_bit_of_the_figures(shapes in vec(shape(), 1..60)) {
        let metrics = measure(&shapes, true);
        let file = result_summary(&metrics, &ReportInfo::default());
        // Our JSON reader rounds by its own rules, so the number's text is read as every exact reader would.
        let stored = |key: &str| {
            let line = file.lines().find(|line| line.starts_with(&format!("  \"{key}\": "))).unwrap();
            line.split(": ").nth(1).unwrap().trim_end_matches(',').parse::<f64>().ok()
        };
        prop_assert_eq!(stored("qps").map(f64::to_bits), metrics.qps().map(f64::to_bits));
        prop_assert_eq!(stored("tps").map(f64::to_bits), metrics.system_tps().map(f64::to_bits));
        let per_user = metrics.tps_per_user_of_tpot();
        prop_assert_eq!(stored("tps_per_user_tpot_p90").map(f64::to_bits), per_user.map(f64::to_bits));
    }

    #[test]
    fn every_run_can_be_written(shapes in vec(shape(), 0..20), tokenizer: bool) {
        let metrics = measure(&shapes, tokenizer);
        let info = ReportInfo::default();
        let snapshot = parse(&final_snapshot(&metrics, &info));
        prop_assert_eq!(snapshot["metrics"].as_array().unwrap().len(), 21);
        parse(&result_summary(&metrics, &info));
        let report = text(&metrics, &info);
        prop_assert!(!report.contains("NaN") && !report.contains("inf"));
        prop_assert_eq!(report.contains("WARNING"), !metrics.is_complete() || metrics.n_failed > 0);
    }
}
