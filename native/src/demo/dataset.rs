//! The questions as a dataset file, and the truth about them.

use std::path::Path;

use serde_json::json;

use super::folder::{FolderError, write};
use crate::mock::questions::{ANSWER_LEAD, Question, questions};

/// Name of the dataset in points and accuracy results.
pub const DATASET_NAME: &str = "runbench-demo-questions";
/// Rows of the dataset.
pub const ROWS: usize = 200;

/// Writes the dataset as JSON Lines with `prompt` and `ground_truth`; gives the questions in the file's order.
pub fn write_dataset(path: &Path, seed: u64) -> Result<Vec<Question>, FolderError> {
    let asked: Vec<Question> = questions(seed).take(ROWS).collect();
    let mut text = String::new();
    for question in &asked {
        let prompt = format!(
            "{} Explain each step and end with the sentence \"{ANSWER_LEAD}N.\"",
            question.text
        );
        text.push_str(&json!({"prompt": prompt, "ground_truth": question.answer.to_string()}).to_string());
        text.push('\n');
    }
    write(path, &text)?;
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_prompt_that_can_be_solved_and_its_truth() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.jsonl");
        let asked = write_dataset(&path, 5).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!((text.lines().count(), asked.len()), (ROWS, ROWS));
        for (line, question) in text.lines().zip(&asked) {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let solution = crate::mock::questions::solve(row["prompt"].as_str().unwrap()).unwrap();
            assert_eq!(row["ground_truth"], solution.answer.to_string());
            assert_eq!(solution.answer, question.answer);
        }
    }
}
