//! One pass over the requests of a run.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::counts::{TokenCounts, float, seconds};
use super::goodput::Taken;
use super::timeline::Passage;
use super::{
    FinishReasons, Goodput, LateSends, ReferenceCompat, RunMetrics, Series, ServerUsage, Slo, Timeline,
    WithFailures,
};
use crate::answer::{Answer, ChunkKind, Failure};
use crate::record::{CountingRecord, EndRecord, FailureClass, RequestRecord, RunState, TokenizerRecord};
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
    /// How it was counted, where the log says so.
    pub counting: Option<CountingRecord>,
    /// What was counted, sorted.
    pub tokens: TokenCounts,
    /// Limits that a request must keep to count for goodput.
    pub slo: Slo,
    /// Whether rates are taken over LoadGen's window, as the reference does with Poisson arrivals.
    pub use_legacy_window: bool,
    /// Whether the load itself makes requests wait past their time: everything at once, or arrivals that wait for a
    /// place in flight. Late sends say nothing of the client then, and aren't counted.
    pub sends_may_wait: bool,
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
            if !self.options.sends_may_wait {
                self.late_sends.push(request.id, lag_ns, self.options.concurrency);
            }
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
            counting: self.options.counting,
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
