//! One pass over the requests of a run.

use std::collections::BTreeMap;

use super::counts::{TokenCounts, float, seconds};
use super::goodput::Taken;
use super::timeline::Passage;
use super::{
    FinishReasons, Goodput, LateSends, ReferenceCompat, RunMetrics, Series, ServerUsage, Slo, Timeline,
    WithFailures,
};
use crate::answer::{Answer, ChunkKind, Failure};
use crate::record::{EndRecord, FailureClass, RequestRecord, RunState, TokenizerRecord};
use crate::stats::{CappedSeries, FloatSeries, IntSeries};

/// Chunk gaps that are kept exactly; past that their percentiles are rounded (see [`CappedSeries`]). 32 MiB.
pub const CHUNK_DELTA_CAPACITY: usize = 4 << 20;

/// What the log's requests don't say.
#[derive(Clone, Debug, Default)]
pub struct MetricsOptions {
    /// Requests in flight at once, if that was the load.
    pub concurrency: Option<u32>,
    /// Whether streamed answers were asked for.
    pub streaming: bool,
    /// The run's end; `None` if the log has none.
    pub end: Option<EndRecord>,
    /// Who counted; `None` if nobody did.
    pub tokenizer: Option<TokenizerRecord>,
    /// What was counted, sorted.
    pub tokens: TokenCounts,
    /// Limits that a request must keep to count for goodput.
    pub slo: Slo,
    /// Whether rates are taken over LoadGen's window, as the reference does with Poisson arrivals.
    pub use_legacy_window: bool,
}

/// Takes the requests one by one. Below 170 bytes each, token counts included.
#[derive(Debug)]
pub struct Recorder {
    options: MetricsOptions,
    n_issued: u64,
    n_completed: u64,
    n_pending: u64,
    failures: BTreeMap<FailureClass, u64>,
    failure_examples: BTreeMap<FailureClass, String>,
    finish_reasons: FinishReasons,
    server_usage: ServerUsage,
    latency: IntSeries,
    latency_from_schedule: IntSeries,
    ttft: IntSeries,
    first_text: IntSeries,
    chunk_delta: CappedSeries,
    tpot: FloatSeries,
    itl_token: FloatSeries,
    isl: IntSeries,
    osl: IntSeries,
    send_lag: IntSeries,
    late_sends: LateSends,
    goodput: Goodput,
    timeline: Timeline,
    window: Window,
}

/// Earliest and latest moments.
#[derive(Debug, Default)]
struct Window {
    first_issued_ns: Option<u64>,
    first_scheduled_ns: Option<u64>,
    last_done_ns: Option<u64>,
    last_abandoned_ns: u64,
    /// Issue and end of the request issued last, among those that ended.
    last_issued: Option<(u64, u64)>,
}

impl Recorder {
    /// An empty recorder.
    pub fn new(options: MetricsOptions) -> Self {
        Self {
            goodput: Goodput::new(options.slo),
            timeline: Timeline::default(),
            options,
            n_issued: 0,
            n_completed: 0,
            n_pending: 0,
            failures: BTreeMap::new(),
            failure_examples: BTreeMap::new(),
            finish_reasons: FinishReasons::default(),
            server_usage: ServerUsage::default(),
            latency: IntSeries::default(),
            latency_from_schedule: IntSeries::default(),
            ttft: IntSeries::default(),
            first_text: IntSeries::default(),
            chunk_delta: CappedSeries::new(CHUNK_DELTA_CAPACITY),
            tpot: FloatSeries::default(),
            itl_token: FloatSeries::default(),
            isl: IntSeries::default(),
            osl: IntSeries::default(),
            send_lag: IntSeries::default(),
            late_sends: LateSends::default(),
            window: Window::default(),
        }
    }

    /// Takes a request and what its bytes were decoded to.
    pub fn push(&mut self, request: &RequestRecord, answer: &Result<Answer, Failure>) {
        self.n_issued = self.n_issued.saturating_add(1);
        let class = answer.as_ref().err().map(|failure| failure.class);
        if !class.is_some_and(FailureClass::is_before_send) {
            let lag_ns = request.issued_ns.saturating_sub(request.scheduled_ns);
            self.send_lag.push(lag_ns);
            self.late_sends.push(request.id, lag_ns, self.options.concurrency);
        }
        // A request that was never sent has no end.
        let has_no_end = matches!(class, Some(FailureClass::Abandoned | FailureClass::Dropped));
        self.window.push(request, has_no_end);
        if class != Some(FailureClass::Dropped) {
            self.push_passage(request, class.is_none());
        }
        match answer {
            Ok(answer) => self.push_success(request, answer),
            Err(failure) => {
                let count = self.failures.entry(failure.class).or_insert(0);
                *count = count.saturating_add(1);
                self.failure_examples
                    .entry(failure.class)
                    .or_insert_with(|| failure.message.clone());
            }
        }
    }

    fn push_success(&mut self, request: &RequestRecord, answer: &Answer) {
        self.n_completed = self.n_completed.saturating_add(1);
        self.latency
            .push(request.done_ns.saturating_sub(request.issued_ns));
        self.latency_from_schedule
            .push(request.done_ns.saturating_sub(request.scheduled_ns));
        if let Some(first_ns) = answer.first_ns {
            self.ttft.push(first_ns.saturating_sub(request.issued_ns));
        }
        for (earlier, later) in answer.chunks.iter().zip(answer.chunks.iter().skip(1)) {
            self.chunk_delta.push(later.at_ns.saturating_sub(earlier.at_ns));
        }
        if let Some(reason) = &answer.finish_reason {
            self.finish_reasons.add(reason);
        }
        if let Some(usage) = answer.usage
            && let Some(completion_tokens) = usage.completion_tokens
        {
            let sums = &mut self.server_usage;
            sums.answers = sums.answers.saturating_add(1);
            sums.completion_tokens = sums.completion_tokens.saturating_add(completion_tokens);
            sums.prompt_tokens = sums
                .prompt_tokens
                .saturating_add(usage.prompt_tokens.unwrap_or(0));
        }
        if let Some(text_ns) = first_text_ns(answer) {
            self.first_text.push(text_ns.saturating_sub(request.issued_ns));
        }
        let mut taken = Taken {
            ttft_ns: answer
                .first_ns
                .map(|first_ns| first_ns.saturating_sub(request.issued_ns)),
            tpot_ns: None,
            latency_ns: request.done_ns.saturating_sub(request.issued_ns),
            is_counted: false,
        };
        if self.options.tokenizer.is_some() {
            self.push_tokens(request, answer, &mut taken);
        }
        self.goodput.push(taken);
    }

    fn push_passage(&mut self, request: &RequestRecord, is_good: bool) {
        let start_ns = self.options.end.map_or(0, |end| end.started_ns);
        let counted = self.options.tokens.get(request.id).filter(|_| is_good);
        self.timeline.push(Passage {
            issued_ns: request.issued_ns.saturating_sub(start_ns),
            done_ns: request.done_ns.saturating_sub(start_ns),
            is_good,
            output_tokens: counted.and_then(|count| count.osl).unwrap_or(0),
        });
    }

    fn push_tokens(&mut self, request: &RequestRecord, answer: &Answer, taken: &mut Taken) {
        let Some(count) = self.options.tokens.get(request.id) else {
            self.n_pending = self.n_pending.saturating_add(1);
            return;
        };
        taken.is_counted = true;
        self.isl.push(count.isl);
        if let Some(osl) = count.osl {
            self.osl.push(osl);
        }
        let after_first = count.after_first.filter(|count| *count > 0);
        if let (Some(first_ns), Some(after_first)) = (answer.first_ns, after_first) {
            let tpot_ns = float(request.done_ns.saturating_sub(first_ns)) / float(after_first);
            self.tpot.push(tpot_ns);
            taken.tpot_ns = Some(tpot_ns);
            if let Some(last) = answer.chunks.last() {
                let chunks_ns = last.at_ns.saturating_sub(first_ns);
                self.itl_token.push(float(chunks_ns) / float(after_first));
            }
        }
    }

    /// The figures.
    pub fn finish(self) -> RunMetrics {
        let n_failed = self.n_issued.saturating_sub(self.n_completed);
        let abandoned = self.failures.get(&FailureClass::Abandoned).copied().unwrap_or(0);
        let end = self.options.end;
        let started_ns = self.window.started_ns(end.as_ref());
        let last_done_ns = self.window.last_done_ns;
        let duration_ns = last_done_ns
            .map(|done| done.saturating_sub(started_ns))
            .filter(|duration| *duration > 0);
        let last_ns = last_done_ns
            .unwrap_or(started_ns)
            .max(self.window.last_abandoned_ns);
        let ended_ns = end.map_or(last_ns, |end| end.ended_ns);
        let dropped = self.failures.get(&FailureClass::Dropped).copied().unwrap_or(0);
        // The reference would have neither sent the dropped ones nor seen the abandoned ones end.
        let ended = self.n_issued.saturating_sub(abandoned).saturating_sub(dropped);
        let (latency, latency_with_failures) = self.latency.summary_and_with_failures(n_failed);
        let (ttft, ttft_with_failures) = self.ttft.summary_and_with_failures(n_failed);
        let (tpot, tpot_with_failures) = self.tpot.summary_and_with_failures(n_failed);
        let only_if = |is_there: bool, percentiles: Vec<_>| if is_there { percentiles } else { Vec::new() };
        let has_tpot = self.options.streaming && self.options.tokenizer.is_some();
        RunMetrics {
            state: end.map_or(RunState::Interrupted, |end| end.state),
            n_issued: self.n_issued,
            n_completed: self.n_completed,
            n_failed,
            failures: self.failures,
            failure_examples: self.failure_examples,
            n_pending_tasks: self.n_pending,
            tokenizer: self.options.tokenizer,
            concurrency: self.options.concurrency,
            streaming: self.options.streaming,
            duration_ns,
            legacy_window_ns: self.window.legacy_ns(),
            total_duration_ns: ended_ns.saturating_sub(started_ns),
            series: Series {
                sample_latency_ns: latency,
                latency_from_schedule_ns: self.latency_from_schedule.summary(),
                ttft_ns: ttft,
                first_text_ns: self.first_text.summary(),
                chunk_delta_ns: self.chunk_delta.summary(),
                itl_token_ns: self.itl_token.summary(),
                tpot_ns: tpot,
                isl: self.isl.summary(),
                osl: self.osl.summary(),
                send_lag_ns: self.send_lag.summary(),
            },
            with_failures: WithFailures {
                ttft_ns: only_if(self.options.streaming, ttft_with_failures),
                tpot_ns: only_if(has_tpot, tpot_with_failures),
                sample_latency_ns: latency_with_failures,
            },
            goodput: self.goodput.finish(duration_ns),
            timeline: self.timeline.finish(),
            use_legacy_window: self.options.use_legacy_window,
            late_sends: self.late_sends,
            finish_reasons: self.finish_reasons,
            server_usage: self.server_usage,
            reference: ReferenceCompat {
                n_samples_completed: ended,
                n_samples_failed: n_failed.saturating_sub(abandoned).saturating_sub(dropped),
                qps: duration_ns
                    .and_then(seconds)
                    .map(|duration_s| float(ended) / duration_s),
            },
        }
    }
}

/// When the first text of the answer itself came: reasoning and blanks before it don't help its reader.
fn first_text_ns(answer: &Answer) -> Option<u64> {
    let is_text = |range: &core::ops::Range<usize>| {
        let text = answer.text.get(range.clone()).unwrap_or_default();
        text.chars().any(|sign| !sign.is_whitespace())
    };
    let mut chunks = answer.chunks.iter();
    let first = chunks.find(|chunk| chunk.what == ChunkKind::Text && is_text(&chunk.range))?;
    Some(first.at_ns)
}

impl Window {
    fn push(&mut self, request: &RequestRecord, is_abandoned: bool) {
        let earlier = |known: Option<u64>, ns: u64| Some(known.map_or(ns, |known| known.min(ns)));
        self.first_issued_ns = earlier(self.first_issued_ns, request.issued_ns);
        self.first_scheduled_ns = earlier(self.first_scheduled_ns, request.scheduled_ns);
        // A request that never ended doesn't extend the duration.
        if is_abandoned {
            self.last_abandoned_ns = self.last_abandoned_ns.max(request.done_ns);
            return;
        }
        self.last_done_ns = Some(
            self.last_done_ns
                .map_or(request.done_ns, |done| done.max(request.done_ns)),
        );
        let this = (request.issued_ns, request.done_ns);
        let is_later = self.last_issued.is_none_or(|known| {
            // Of several issued at once, the one that ended first.
            this.0 > known.0 || (this.0 == known.0 && this.1 < known.1)
        });
        if is_later {
            self.last_issued = Some(this);
        }
    }

    /// The run's start; without an end record the first moment that is known.
    fn started_ns(&self, end: Option<&EndRecord>) -> u64 {
        let first = self.first_scheduled_ns.min(self.first_issued_ns).unwrap_or(0);
        end.map_or(first, |end| end.started_ns)
    }

    fn legacy_ns(&self) -> u64 {
        match (self.last_issued, self.first_issued_ns) {
            (Some((_, done)), Some(first)) => done.saturating_sub(first),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(median.unwrap().1, f64::INFINITY);
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
}
