//! CSV with a header.

use std::io::Read;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use serde_json::value::RawValue;

use super::row::Cells;
use super::{MAX_LINE_BYTES, RowError, Rows, Stop};

/// Columns whose cells hold JSON where they can be read as such; all others hold text.
const JSON_COLUMNS: [&str; 9] = [
    "messages",
    "tools",
    "tool_choice",
    "token_ids",
    "input_tokens",
    "stop",
    "logit_bias",
    "n",
    "chat_template_kwargs",
];

/// Reads a record a row. An empty cell is an absent one.
pub(super) fn read(file: impl Read, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(stop(error)),
    };
    check_header(&header)?;
    let mut record = StringRecord::new();
    loop {
        let line = next_line(&reader);
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                if record.as_slice().len() > MAX_LINE_BYTES {
                    rows.note(line, Err(RowError::TooLong(MAX_LINE_BYTES)));
                    return Ok(());
                }
                if record.len() == header.len() {
                    rows.push_cells(line, cells(&header, &record));
                } else {
                    let reason = RowError::WrongWidth {
                        has: record.len(),
                        wanted: header.len(),
                    };
                    rows.note(line, Err(reason));
                }
            }
            Err(error) => {
                let ErrorKind::Utf8 { err, .. } = error.kind() else {
                    return Err(stop(error));
                };
                let byte = err.valid_up_to() + 1;
                rows.note(line, Err(RowError::NotUtf8(byte)));
            }
        }
    }
}

fn next_line(reader: &Reader<impl Read>) -> u64 {
    reader.position().line()
}

fn check_header(header: &StringRecord) -> Result<(), Stop> {
    let mut names: Vec<&str> = header.iter().collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair.first() == pair.last());
    match twice.and_then(|pair| pair.first()) {
        Some(name) => Err(Stop::Malformed {
            line: 1,
            message: format!("the header names the column `{name}` twice"),
        }),
        None => Ok(()),
    }
}

fn cells(header: &StringRecord, record: &StringRecord) -> Cells {
    let mut cells = Cells::default();
    for (name, text) in header.iter().zip(record).filter(|(_, text)| !text.is_empty()) {
        let is_json = JSON_COLUMNS.contains(&name);
        let json = is_json
            .then(|| RawValue::from_string(text.to_owned()).ok())
            .flatten();
        let raw = json.or_else(|| RawValue::from_string(serde_json::Value::from(text).to_string()).ok());
        cells.0.extend(raw.map(|raw| (name.to_owned(), raw)));
    }
    cells
}

fn stop(error: csv::Error) -> Stop {
    let line = error.position().map_or(1, csv::Position::line);
    let message = format!("the file is no CSV: {error}");
    match error.into_kind() {
        ErrorKind::Io(cause) => Stop::Io(cause),
        _ => Stop::Malformed { line, message },
    }
}
