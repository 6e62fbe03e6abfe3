//! Datasets: JSON Lines, a JSON list, or CSV; one prompt a row (loadgen section 7).

mod columns;
mod csv_file;
mod json_list;
mod lines;
mod row;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

pub use columns::{Columns, ColumnsError};
pub use row::{Extras, Message, Prompt, Row, RowError, Text};

use crate::run::Api;

/// The longest line that is read. Bytes.
const MAX_LINE_BYTES: usize = 64 << 20;

/// The largest JSON list that is read: it is held as a whole. Bytes.
const MAX_LIST_BYTES: u64 = 4 << 30;

/// How many bad rows an error names.
const MAX_NAMED_ROWS: usize = 10;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How a file holds its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object on each line.
    Jsonl,
    /// A JSON list of objects.
    Json,
    /// Comma-separated values under a header.
    Csv,
}

impl Format {
    /// What a file's ending says; JSON Lines where it says nothing.
    fn of(path: &Path) -> Result<Self, DatasetError> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("parquet" | "arrow") => Err(DatasetError::Unsupported(path.to_owned())),
            _ => Ok(Self::Jsonl),
        }
    }
}

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
    /// A format that is not read.
    #[error("`{}` is in a format that is not read; write it as JSON Lines, JSON or CSV", .0.display())]
    Unsupported(PathBuf),
    /// Not what its format says.
    #[error("{}:{line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// No row in it.
    #[error("the dataset `{}` holds no rows; each row must have a `prompt`", .0.display())]
    Empty(PathBuf),
    /// Rows that can't be sent.
    #[error("{} of the dataset can't be used\n{}", count_of_rows(*n_bad), named_rows(path, rows, *n_bad))]
    BadRows {
        /// The file.
        path: PathBuf,
        /// The first of them: line, from 1, and reason.
        rows: Vec<(u64, RowError)>,
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

fn named_rows(path: &Path, rows: &[(u64, RowError)], n_bad: usize) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(line, reason)| format!("  {}:{line}: {reason}", path.display()))
        .collect();
    if n_bad > rows.len() {
        lines.push(format!("  and {} more", n_bad - rows.len()));
    }
    lines.join("\n")
}

/// Reads all rows of a file, in `format` or the one that its ending says. A byte order mark and CRLF are accepted.
pub fn load(
    path: &Path,
    format: Option<Format>,
    columns: &Columns,
    api: Api,
) -> Result<Vec<Row>, DatasetError> {
    let format = format.map_or_else(|| Format::of(path), Ok)?;
    let unreadable = |cause| DatasetError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    if file.fill_buf().map_err(unreadable)?.starts_with(BYTE_ORDER_MARK) {
        file.consume(BYTE_ORDER_MARK.len());
    }
    let mut rows = Rows {
        columns,
        api,
        good: Vec::new(),
        bad: Vec::new(),
        n_bad: 0,
    };
    let read = match format {
        Format::Jsonl => lines::read(&mut file, &mut rows),
        Format::Json => json_list::read(&mut file, &mut rows),
        Format::Csv => csv_file::read(file, &mut rows),
    };
    read.map_err(|stop| match stop {
        Stop::Io(cause) => unreadable(cause),
        Stop::Malformed { line, message } => DatasetError::Malformed {
            path: path.to_owned(),
            line,
            message,
        },
    })?;
    if rows.n_bad > 0 {
        return Err(DatasetError::BadRows {
            path: path.to_owned(),
            rows: rows.bad,
            n_bad: rows.n_bad,
        });
    }
    if rows.good.is_empty() {
        Err(DatasetError::Empty(path.to_owned()))
    } else {
        Ok(rows.good)
    }
}

/// Why a reader stopped before the end.
enum Stop {
    Io(std::io::Error),
    Malformed { line: u64, message: String },
}

/// Rows as they are read.
struct Rows<'a> {
    columns: &'a Columns,
    api: Api,
    good: Vec<Row>,
    bad: Vec<(u64, RowError)>,
    n_bad: usize,
}

impl Rows<'_> {
    /// Takes the JSON of a row that begins on `line`.
    fn push_json(&mut self, line: u64, json: &[u8]) {
        let row = row::Cells::of_json(json).and_then(|cells| self.row(cells));
        self.note(line, row);
    }

    /// Takes the cells of a row that begins on `line`.
    fn push_cells(&mut self, line: u64, cells: row::Cells) {
        let row = self.row(cells);
        self.note(line, row);
    }

    fn row(&self, cells: row::Cells) -> Result<Row, RowError> {
        Row::of_cells(self.columns.rename(cells)?, self.api)
    }

    fn note(&mut self, line: u64, row: Result<Row, RowError>) {
        match row {
            Ok(row) => self.good.push(row),
            Err(reason) => {
                self.n_bad += 1;
                if self.bad.len() < MAX_NAMED_ROWS {
                    self.bad.push((line, reason));
                }
            }
        }
    }
}
