//! From the log to the report.

use std::collections::BTreeMap;

use runbench_core::record::{FailureClass, Record, TransportEnd};

use super::{FailureExamples, Interrupt, Progress, RunError, RunOptions};
use crate::event_files::{EventLog, Notice};

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

/// Counts what the transport saw. Reading the answers, counting their tokens and writing the report's files join
/// here.
pub(super) fn finish_report(
    _options: &RunOptions,
    log: &EventLog,
    _progress: &mut dyn Progress,
    _interrupt: &Interrupt,
) -> Result<Finished, RunError> {
    let mut finished = Finished::default();
    let mut records = log.records();
    for record in records.by_ref() {
        let Record::Request(request) = record? else {
            continue;
        };
        finished.n_issued += 1;
        match &request.end {
            TransportEnd::Complete => finished.n_completed += 1,
            TransportEnd::Failed(class, message) => {
                *finished.failures.entry(*class).or_default() += 1;
                finished.examples.note(*class, message, &request);
            }
        }
    }
    finished.notices = records.notices().iter().map(Notice::to_string).collect();
    Ok(finished)
}
