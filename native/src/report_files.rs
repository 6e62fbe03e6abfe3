//! From the event log on disk to the files of the report folder.
//!
//! [`finish`] needs nothing but the log and what the configuration says, so that a report can be made again from
//! them alone.

mod run_info;
mod token_counts;

use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use runbench_core::answer::{self, Answer, Failure};
use runbench_core::metrics::{MetricsOptions, Recorder, RunMetrics};
use runbench_core::record::{EndRecord, Record, RunState};
use runbench_core::report::{self, ReportInfo, SampleIdxMap};

use self::token_counts::KnownTokens;
use crate::atomic_file::{self, WriteError};
use crate::drain::{HeadStart, Stop, WorkerPlan, WorkerWish};
use crate::event_export::ExportError;
use crate::event_files::{self, EventLog, EventLogError, LogWriteError, Notice};
use crate::reference_events::write_reference_events;
use crate::run::{AnswerNotes, FailureExamples, Progress};
use crate::tokens::TokenModel;

pub use run_info::RunInfo;
pub use token_counts::{Counted, Counting};

/// Figures of the run, for programs.
pub const RESULT_SUMMARY: &str = "performance/result_summary.json";
/// Counters and series as the reference's report is built from.
pub const FINAL_SNAPSHOT: &str = "metrics/final_snapshot.json";
/// Which dataset row each request sent.
pub const SAMPLE_IDX_MAP: &str = "sample_idx_map.json";
/// Rates and requests in flight over time.
pub const TIMELINE: &str = "performance/timeline.json";
/// The run as the reference's own event log, written only if that is asked for.
pub const EVENTS_JSONL: &str = "events.jsonl";
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
    /// The reference's events can't be written.
    #[error(transparent)]
    Events(#[from] ExportError),
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
    /// What came of counting tokens, if they were counted now.
    pub counted: Option<Counted>,
}

/// Counts tokens that aren't counted yet on all CPUs, for as long as it takes, and makes the report.
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
    finish_within(out, info, model, None, interrupt, Duration::ZERO, progress)
}

/// [`finish`], but counting goes on from a `head_start` and takes at most `limit`; zero is no limit.
pub fn finish_within(
    out: &Path,
    info: &RunInfo,
    model: Option<&TokenModel>,
    head_start: Option<&HeadStart>,
    interrupt: &AtomicBool,
    limit: Duration,
    progress: &mut dyn Progress,
) -> Result<Finished, ReportError> {
    let Some(model) = model else {
        return report(out, info, None, progress);
    };
    let counting = Counting {
        tokenizer: &model.record(),
        counters: model,
        plan: &WorkerPlan::here(&WorkerWish::default()),
        stop: &Stop::new(interrupt, limit),
        head_start,
        again: false,
    };
    report(out, info, Some(counting), progress)
}

/// Keeps what the report says of a run in the run's log.
pub fn keep_info(out: &Path, info: &RunInfo) -> Result<(), ReportError> {
    let log = EventLog::open(&event_files::folder(out))?;
    Ok(info.keep(out, log.head())?)
}

/// Counts tokens if `counting` says so, computes the figures and writes the files.
pub fn report(
    out: &Path,
    info: &RunInfo,
    counting: Option<Counting<'_>>,
    progress: &mut dyn Progress,
) -> Result<Finished, ReportError> {
    let folder = event_files::folder(out);
    let counted = match counting {
        Some(counting) => {
            progress.phase("counting tokens");
            let log = EventLog::open(&folder)?;
            Some(token_counts::count(out, &log, counting)?)
        }
        None => None,
    };
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
        counted,
    })
}

/// Writes [`EVENTS_JSONL`] from the log of the report in `out`.
pub fn write_events_jsonl(out: &Path) -> Result<(), ReportError> {
    let log = EventLog::open(&event_files::folder(out))?;
    let fill = |file: &mut dyn Write| -> Result<(), ReportError> { Ok(write_reference_events(&log, file)?) };
    atomic_file::write_with(&out.join(EVENTS_JSONL), fill)
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
    let known = KnownTokens::read(log)?;
    let mut records = log.records();
    let mut recorder = Recorder::new(MetricsOptions {
        concurrency: info.concurrency,
        streaming: info.streaming,
        end: log.end(),
        tokenizer: known.tokenizer,
        counting: known.counting,
        tokens: known.tokens,
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

/// Lost token counts show as pending, and words on the run are no figures; all other losses may be requests.
fn loses_requests(notice: &Notice) -> bool {
    let (Notice::DroppedTail { segment, .. } | Notice::Changed { segment, .. } | Notice::Missing { segment }) =
        notice;
    segment != event_files::TOKENS && segment != event_files::INFO
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
        live_tokens: info.live_tokens.clone(),
    }
}
