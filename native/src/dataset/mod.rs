//! Datasets: JSON Lines, one prompt a row.

mod row;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

pub use row::{Extras, Message, Prompt, Row, RowError, Text};

use crate::run::Api;

/// The longest line that is read. Bytes.
const MAX_LINE_BYTES: usize = 64 << 20;

/// How many bad rows an error names.
const MAX_NAMED_ROWS: usize = 10;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why a dataset can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file can't be opened or read.
    #[error("can't read the dataset `{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No row in it.
    #[error("the dataset `{}` holds no rows; each line must be a JSON object with a `prompt`", .0.display())]
    Empty(PathBuf),
    /// Rows that can't be sent.
    #[error("{} of the dataset can't be used\n{}", count_of_rows(*n_bad), named_rows(path, rows, *n_bad))]
    BadRows {
        /// The file.
        path: PathBuf,
        /// The first of them: line, from 1, and reason.
        rows: Vec<(usize, RowError)>,
        /// How many there are.
        n_bad: usize,
    },
}

fn count_of_rows(n_bad: usize) -> String {
    if n_bad == 1 {
        "1 row".to_owned()
    } else {
        format!("{n_bad} rows")
    }
}

fn named_rows(path: &Path, rows: &[(usize, RowError)], n_bad: usize) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(line, reason)| format!("  {}:{line}: {reason}", path.display()))
        .collect();
    if n_bad > rows.len() {
        lines.push(format!("  and {} more", n_bad - rows.len()));
    }
    lines.join("\n")
}

/// Reads all rows of a file. Blank lines are skipped; a byte order mark and CRLF are accepted.
pub fn load(path: &Path, api: Api) -> Result<Vec<Row>, DatasetError> {
    let unreadable = |cause| DatasetError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut rows = Vec::new();
    let mut bad = Vec::new();
    let mut n_bad = 0;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let limit = u64::try_from(MAX_LINE_BYTES + 1).unwrap_or(u64::MAX);
        let n_read = file
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)
            .map_err(unreadable)?;
        if n_read == 0 {
            break;
        }
        if number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let is_too_long = line.len() > MAX_LINE_BYTES;
        let row = if is_too_long {
            Err(RowError::TooLong(MAX_LINE_BYTES))
        } else {
            Row::parse(&line, api)
        };
        match row {
            Ok(row) => rows.push(row),
            Err(reason) => {
                n_bad += 1;
                if bad.len() < MAX_NAMED_ROWS {
                    bad.push((number, reason));
                }
            }
        }
        if is_too_long {
            break;
        }
    }
    if n_bad > 0 {
        return Err(DatasetError::BadRows {
            path: path.to_owned(),
            rows: bad,
            n_bad,
        });
    }
    if rows.is_empty() {
        Err(DatasetError::Empty(path.to_owned()))
    } else {
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: impl AsRef<[u8]>, api: Api) -> Result<Vec<Row>, DatasetError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        std::fs::write(&path, text).unwrap();
        load(&path, api)
    }

    fn check_prompts(text: &str, expected: &[&str]) {
        let rows = load_text(text, Api::Chat).unwrap();
        let prompts: Vec<String> = rows.iter().map(|row| row.sample(0).prompt).collect();
        assert_eq!(prompts, expected, "{text:?}");
    }

    fn check_error(text: impl AsRef<[u8]>, api: Api, expected: &str) {
        let message = load_text(text, api).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn reads_prompts_under_each_of_their_names() {
        check_prompts(
            "{\"prompt\":\"a\"}\n{\"question\":\"b\"}\n{\"query\":\"c\",\"answer\":1}\n",
            &["a", "b", "c"],
        );
    }

    #[test]
    fn accepts_a_mark_crlf_blank_lines_and_no_last_newline() {
        check_prompts(
            "\u{feff}{\"prompt\":\"a\"}\r\n\r\n{\"prompt\":\"b\"}",
            &["a", "b"],
        );
    }

    #[test]
    fn names_the_bad_rows_by_line() {
        check_error(
            "{\"prompt\":\"a\"}\n\n{\"prompt\":7}\n{\n",
            Api::Chat,
            "rows.jsonl:3: ",
        );
        check_error(
            "{\"prompt\":\"a\"}\n\n{\"prompt\":7}\n{\n",
            Api::Chat,
            "2 rows of the dataset",
        );
        check_error(
            b"{\"prompt\":\"\xFF\"}\n",
            Api::Chat,
            "rows.jsonl:1: the line is not UTF-8",
        );
    }

    #[test]
    fn names_only_the_first_of_many_bad_rows() {
        check_error("[]\n".repeat(12), Api::Chat, "and 2 more");
    }

    #[test]
    fn refuses_a_file_without_rows() {
        check_error("\n\r\n", Api::Chat, "holds no rows");
    }

    #[test]
    fn refuses_rows_that_the_api_can_not_send() {
        check_error("{\"text_input\":\"a\"}", Api::Chat, "no prompt");
        check_error(
            "{\"prompt\":\"a\",\"question\":\"b\"}",
            Api::Chat,
            "both `prompt` and `question`",
        );
        check_error("{\"token_ids\":[1]}", Api::Chat, "no prompt");
        check_error("{\"messages\":[]}", Api::Chat, "no prompt");
        check_error("{\"messages\":\"x\"}", Api::Chat, "`messages`");
        check_error(
            "{\"messages\":[{\"role\":\"user\"}]}",
            Api::Completions,
            "no prompt",
        );
        check_error(
            "{\"token_ids\":[1],\"input_tokens\":[1]}",
            Api::Completions,
            "both `token_ids` and `input_tokens`",
        );
        check_error("{\"token_ids\":[-1]}", Api::Completions, "`token_ids`");
    }
}
