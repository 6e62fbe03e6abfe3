//! From the log to the report.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use runbench_core::answer;
use runbench_core::record::{FailureClass, Record};

use super::{FailureExamples, Progress, RunError, RunOptions};
use crate::drain::TokenCounter;
use crate::event_files::{EventLog, Notice};
use crate::report_files::{self, RunInfo};

/// What the report says in numbers.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) n_issued: u64,
    pub(super) n_completed: u64,
    pub(super) failures: BTreeMap<FailureClass, u64>,
    pub(super) n_pending_tasks: u64,
    pub(super) examples: FailureExamples,
    pub(super) notices: Vec<String>,
}

/// Counts tokens, writes the report's files, and keeps an example of each failure.
pub(super) fn finish_report(
    options: &RunOptions,
    log: &EventLog,
    counter: Option<&TokenCounter>,
    progress: &mut dyn Progress,
) -> Result<Finished, RunError> {
    // The signal that ended the run ends only the sending; a second one ends the process.
    let never = AtomicBool::new(false);
    let report = report_files::finish(&options.out, &RunInfo::from(options), counter, &never, progress)
        .map_err(|error| RunError::Report(error.to_string()))?;
    let mut finished = Finished {
        n_issued: report.metrics.n_issued,
        n_completed: report.metrics.n_completed,
        failures: report.metrics.failures,
        n_pending_tasks: report.metrics.n_pending_tasks,
        ..Finished::default()
    };
    let mut records = log.records();
    for record in records.by_ref() {
        let Record::Request(request) = record? else {
            continue;
        };
        if let Err(failure) = answer::decode(&request) {
            finished.examples.note(failure.class, &failure.message, &request);
        }
    }
    finished.notices = records.notices().iter().map(Notice::to_string).collect();
    Ok(finished)
}
