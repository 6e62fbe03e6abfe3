//! Accuracy from the answers in an event log.

use std::path::Path;

use super::point::Score;
use crate::event_files::{EventLog, EventLogError, folder};
use crate::mock::questions::{Question, stated_answer};
use crate::report_files::answers;

/// Scores the run in `report`: an answer is right when the number that it states is the question's answer. A request
/// without an answer counts as wrong, as the reference has it (loadgen section 18).
pub fn score(report: &Path, questions: &[Question]) -> Result<Score, EventLogError> {
    let mut score = Score::default();
    for answered in answers(&EventLog::open(&folder(report))?) {
        let (row, answer) = answered?;
        let question = usize::try_from(row).ok().and_then(|row| questions.get(row));
        let stated = answer.ok().and_then(|answer| stated_answer(&answer.text));
        score.asked = score.asked.saturating_add(1);
        if question.is_some_and(|question| stated == Some(question.answer)) {
            score.right = score.right.saturating_add(1);
        }
    }
    Ok(score)
}
