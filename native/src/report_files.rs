//! From the event log on disk to the files of the report folder.
//!
//! [`finish`] needs nothing but the log and what the configuration says, so that a report can be made again from
//! them alone.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use runbench_core::answer::{self, Answer, Failure};
use runbench_core::metrics::{MetricsOptions, Recorder, RunMetrics, Slo, TokenCounts};
use runbench_core::record::{EndRecord, Record, RunState, TokenizerRecord};
use runbench_core::report::{self, ReportInfo, SampleIdxMap, WarmUpInfo};

use crate::atomic_file::{self, WriteError};
use crate::drain;
use crate::event_files::{self, EventLog, EventLogError, LogWriteError, Notice, SegmentWriter};
use crate::run::{AnswerNotes, FailureExamples, Load, Progress, RunOptions};
use crate::tokens::TokenModel;

/// Figures of the run, for programs.
pub const RESULT_SUMMARY: &str = "performance/result_summary.json";
/// Counters and series as the reference's report is built from.
pub const FINAL_SNAPSHOT: &str = "metrics/final_snapshot.json";
/// Which dataset row each request sent.
pub const SAMPLE_IDX_MAP: &str = "sample_idx_map.json";
/// Rates and requests in flight over time.
pub const TIMELINE: &str = "performance/timeline.json";
/// Figures of the run, for people.
pub const REPORT_TEXT: &str = "report.txt";

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] EventLogError),
    /// The token counts can't be written.
    #[error(transparent)]
    Counts(#[from] LogWriteError),
    /// A file can't be written.
    #[error(transparent)]
    File(#[from] WriteError),
}

/// What the configuration says of a run.
#[derive(Clone, Debug, Default)]
pub struct RunInfo {
    /// The reference's name of the load pattern, such as `concurrency`.
    pub load_pattern: String,
    /// Requests in flight.
    pub concurrency: Option<u32>,
    /// Requests a second that the load aimed at.
    pub target_qps: Option<f64>,
    /// Whether answers were asked for as streams.
    pub streaming: bool,
    /// Whether rates are taken over LoadGen's window; `None` where the load has no such choice.
    pub use_legacy_window: Option<bool>,
    /// The warm-up; `None` without one.
    pub warmup: Option<WarmUpInfo>,
    /// Seed of the arrivals.
    pub scheduler_random_seed: Option<u64>,
    /// Seed of the order of samples.
    pub dataloader_random_seed: Option<u64>,
    /// Limits that a request must keep to count for goodput.
    pub slo: Slo,
    /// Whether the load itself makes requests wait past their time.
    pub sends_may_wait: bool,
    /// What the text report shows beside: a label and a value each.
    pub facts: Vec<(String, String)>,
    /// What the client noticed about itself, a line each.
    pub client_notes: Vec<String>,
}

/// A finished report.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The figures.
    pub metrics: RunMetrics,
    /// The content of `report.txt`.
    pub text: String,
    /// The first failure of each class.
    pub examples: FailureExamples,
    /// What makes the figures doubtful though the answers count as good, a sentence each.
    pub answer_notes: Vec<String>,
}

impl From<&RunOptions> for RunInfo {
    fn from(options: &RunOptions) -> Self {
        let fact = |label: &str, value: String| (label.to_owned(), value);
        Self {
            load_pattern: options.load_name().to_owned(),
            concurrency: options.target_concurrency(),
            target_qps: options.target_qps(),
            streaming: options.streaming,
            use_legacy_window: matches!(options.load, Load::Poisson { .. }).then_some(options.legacy_window),
            warmup: options.warmup.map(|warmup| WarmUpInfo {
                n_requests: warmup.n_requests,
                salt: warmup.salt,
                drain: warmup.drain,
                seed: warmup.seed,
            }),
            scheduler_random_seed: Some(options.schedule_seed),
            dataloader_random_seed: options.order_seed(),
            slo: options.goodput,
            sends_may_wait: options.sends_may_wait(),
            facts: vec![
                fact("endpoint", options.endpoints.join(", ")),
                fact("model", options.model.clone()),
                fact("dataset", options.dataset.display().to_string()),
                fact("load", options.load_in_words()),
            ],
            client_notes: Vec::new(),
        }
    }
}

/// Counts tokens that aren't counted yet, computes the figures and writes the files.
///
/// `model` may be left out: then counts that the log holds already are used, if any. When `interrupt` turns true
/// the counting ends with what it has, and the report says so.
pub fn finish(
    out: &Path,
    info: &RunInfo,
    model: Option<&TokenModel>,
    interrupt: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Finished, ReportError> {
    let folder = event_files::folder(out);
    let log = EventLog::open(&folder)?;
    if let Some(model) = model {
        progress.phase("counting tokens");
        count_tokens(&folder, &log, model, interrupt)?;
    }
    progress.phase("computing figures");
    // Opened anew, because the counts are a segment of their own.
    let log = EventLog::open(&folder)?;
    let Measured {
        metrics,
        examples,
        answer_notes,
        notices,
        sample_idx_map,
    } = measure(&log, info)?;
    let mut info = report_info(&log, info, &notices);
    info.warnings.extend(answer_notes.iter().cloned());
    let text = report::text(&metrics, &info);
    atomic_file::write(
        &out.join(FINAL_SNAPSHOT),
        report::final_snapshot(&metrics, &info).as_bytes(),
    )?;
    atomic_file::write(
        &out.join(RESULT_SUMMARY),
        report::result_summary(&metrics, &info).as_bytes(),
    )?;
    atomic_file::write(&out.join(SAMPLE_IDX_MAP), sample_idx_map.finish().as_bytes())?;
    atomic_file::write(&out.join(TIMELINE), report::timeline(&metrics).as_bytes())?;
    atomic_file::write(&out.join(REPORT_TEXT), text.as_bytes())?;
    Ok(Finished {
        metrics,
        text,
        examples,
        answer_notes,
    })
}

/// Dataset row and answer of each request in a log, in its order.
pub fn answers(
    log: &EventLog,
) -> impl Iterator<Item = Result<(u64, Result<Answer, Failure>), EventLogError>> + '_ {
    log.records().filter_map(|record| match record {
        Ok(Record::Request(request)) => Some(Ok((request.sample_index, answer::decode(&request)))),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

impl drain::Records for EventLog {
    type Error = ReportError;

    fn records(&self) -> Result<impl Iterator<Item = Result<Record, ReportError>>, ReportError> {
        Ok(self.records().map(|record| record.map_err(ReportError::Log)))
    }
}

/// Writes the segment of token counts anew: those of the same tokenizer that are there already, and the missing ones.
fn count_tokens(
    folder: &Path,
    log: &EventLog,
    model: &TokenModel,
    interrupt: &AtomicBool,
) -> Result<(), ReportError> {
    let path = folder.join(event_files::TOKENS);
    let (known, mut tokens) = if path.exists() {
        read_tokens(log)?
    } else {
        (None, TokenCounts::default())
    };
    if known.as_ref() != Some(&model.record()) {
        tokens = TokenCounts::default();
    }
    let partial = folder.join(format!("{}.partial", event_files::TOKENS));
    let failed = |cause| LogWriteError {
        path: path.clone(),
        cause,
    };
    if partial.exists() {
        // Left by a drain that was killed; it holds nothing that isn't counted again.
        std::fs::remove_file(&partial).map_err(failed)?;
    }
    let mut writer = SegmentWriter::create(&partial, log.head())?;
    writer.push(&Record::Tokenizer(model.record()))?;
    for record in tokens.records() {
        writer.push(&Record::Tokens(record))?;
    }
    let is_counted = |id| tokens.get(id).is_some();
    drain::drain(log, model, interrupt, is_counted, |record| {
        Ok(writer.push(&Record::Tokens(record))?)
    })?;
    writer.finish()?;
    std::fs::rename(&partial, &path).map_err(failed)?;
    Ok(())
}

/// The counts that a log holds, sorted, and who made them.
fn read_tokens(log: &EventLog) -> Result<(Option<TokenizerRecord>, TokenCounts), EventLogError> {
    let mut tokenizer = None;
    let mut tokens = TokenCounts::default();
    for record in log.records() {
        match record? {
            Record::Tokenizer(record) => tokenizer = Some(record),
            Record::Tokens(record) => tokens.push(&record),
            _ => {}
        }
    }
    tokens.sort();
    Ok((tokenizer, tokens))
}

/// What one pass over a log's requests gives.
struct Measured {
    metrics: RunMetrics,
    /// The first failure of each class.
    examples: FailureExamples,
    /// What makes the figures doubtful though the answers count as good.
    answer_notes: Vec<String>,
    /// What the log's reader must know.
    notices: Vec<Notice>,
    sample_idx_map: SampleIdxMap,
}

fn measure(log: &EventLog, info: &RunInfo) -> Result<Measured, EventLogError> {
    let (tokenizer, tokens) = read_tokens(log)?;
    let mut records = log.records();
    let mut recorder = Recorder::new(MetricsOptions {
        concurrency: info.concurrency,
        streaming: info.streaming,
        end: log.end(),
        tokenizer,
        tokens,
        slo: info.slo,
        use_legacy_window: info.use_legacy_window.unwrap_or(false),
        sends_may_wait: info.sends_may_wait,
    });
    let mut examples = FailureExamples::default();
    let mut answer_notes = AnswerNotes::default();
    let mut sample_idx_map = SampleIdxMap::new(log.head().run_id);
    for record in &mut records {
        if let Record::Request(request) = record? {
            let answer = answer::decode(&request);
            match &answer {
                Ok(answer) => answer_notes.note(answer, info.streaming),
                Err(failure) => examples.note(failure.class, &failure.message, &request),
            }
            sample_idx_map.push(request.id, request.sample_index);
            recorder.push(&request, &answer);
        }
    }
    let notices = records.notices().to_vec();
    let mut metrics = recorder.finish();
    if notices.iter().any(loses_requests) {
        // Some of what the run did is lost, so these aren't the figures of the whole run.
        metrics.state = RunState::Interrupted;
    }
    Ok(Measured {
        metrics,
        examples,
        answer_notes: answer_notes.sentences(),
        notices,
        sample_idx_map,
    })
}

/// Lost token counts show as pending; all other losses may be requests.
fn loses_requests(notice: &Notice) -> bool {
    let (Notice::DroppedTail { segment, .. } | Notice::Changed { segment, .. } | Notice::Missing { segment }) =
        notice;
    segment != event_files::TOKENS
}

fn report_info(log: &EventLog, info: &RunInfo, notices: &[Notice]) -> ReportInfo {
    let head = log.head();
    let ended_ns = log.end().map_or(0, |end: EndRecord| end.ended_ns);
    ReportInfo {
        version: format!("runbench {}", head.program_version),
        git_sha: None,
        load_pattern: info.load_pattern.clone(),
        target_qps: info.target_qps,
        target_concurrency: info.concurrency,
        use_legacy_window: info.use_legacy_window,
        warmup: info.warmup,
        scheduler_random_seed: info.scheduler_random_seed,
        dataloader_random_seed: info.dataloader_random_seed,
        ended_unix_ns: head.origin_unix_ns.saturating_add(ended_ns),
        facts: info.facts.clone(),
        warnings: notices.iter().map(ToString::to_string).collect(),
        client_notes: info.client_notes.clone(),
    }
}
