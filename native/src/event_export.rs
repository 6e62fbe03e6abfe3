//! An event log's requests as rows, for other programs.

use std::io::{self, Write};

use runbench_core::answer::{self, Answer, Failure};
use runbench_core::metrics::{TokenCount, TokenCounts};
use runbench_core::record::{Record, RequestRecord};
use runbench_core::report::class_name;
use serde_json::Value;

use crate::event_files::{EventLog, EventLogError};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFormat {
    /// A JSON object a line.
    Jsonl,
    /// Comma-separated values with a heading; what is absent is empty.
    Csv,
}

/// Why there is no export, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] EventLogError),
    /// The rows can't be written.
    #[error("can't write the events: {0}")]
    Write(#[from] io::Error),
}

/// Columns in order. Times are nanoseconds since the run's origin.
const COLUMNS: [&str; 18] = [
    "id",
    "sample_index",
    "scheduled_ns",
    "issued_ns",
    "head_ns",
    "first_chunk_ns",
    "done_ns",
    "http_status",
    "streamed",
    "n_reads",
    "n_chunks",
    "body_bytes",
    "finish_reason",
    "failure",
    "message",
    "isl",
    "osl",
    "tokens_after_first_chunk",
];

/// Integers beyond this are written as texts, because many JSON readers round them.
const MAX_JSON_INTEGER: u64 = 1 << 53;

/// Writes a row for each request, thread by thread, in the order in which they ended. Returns how many.
pub fn export(log: &EventLog, format: RowFormat, out: &mut dyn Write) -> Result<u64, ExportError> {
    let mut tokens = TokenCounts::default();
    for record in log.token_records()? {
        if let Record::Tokens(record) = record? {
            tokens.push(&record);
        }
    }
    tokens.sort();
    if format == RowFormat::Csv {
        writeln!(out, "{}", COLUMNS.join(","))?;
    }
    let mut n_rows = 0;
    for record in log.records() {
        let Record::Request(request) = record? else {
            continue;
        };
        let row = row(&request, &answer::decode(&request), tokens.get(request.id));
        match format {
            RowFormat::Jsonl => write_json(&row, out)?,
            RowFormat::Csv => write_csv(&row, out)?,
        }
        n_rows += 1;
    }
    out.flush()?;
    Ok(n_rows)
}

fn row(request: &RequestRecord, answer: &Result<Answer, Failure>, tokens: Option<TokenCount>) -> [Value; 18] {
    let length = |n: usize| integer(u64::try_from(n).unwrap_or(u64::MAX));
    let optional = |n: Option<u64>| n.map_or(Value::Null, integer);
    let good = answer.as_ref().ok();
    let failure = answer.as_ref().err();
    [
        integer(request.id),
        integer(request.sample_index),
        integer(request.scheduled_ns),
        integer(request.issued_ns),
        optional(request.head_ns),
        optional(good.and_then(|answer| answer.first_ns)),
        integer(request.done_ns),
        optional(request.http_status.map(u64::from)),
        good.map_or(Value::Null, |answer| Value::from(answer.streamed)),
        length(request.reads.len()),
        good.map_or(Value::Null, |answer| length(answer.chunks.len())),
        length(request.body.len()),
        good.and_then(|answer| answer.finish_reason.as_deref())
            .map_or(Value::Null, Value::from),
        failure.map_or(Value::Null, |failure| Value::from(class_name(failure.class))),
        failure.map_or(Value::Null, |failure| Value::from(failure.message.as_str())),
        optional(tokens.map(|count| count.isl)),
        optional(tokens.and_then(|count| count.osl)),
        optional(tokens.and_then(|count| count.after_first)),
    ]
}

fn integer(value: u64) -> Value {
    if value > MAX_JSON_INTEGER {
        Value::from(value.to_string())
    } else {
        Value::from(value)
    }
}

fn write_json(row: &[Value], out: &mut dyn Write) -> io::Result<()> {
    for (number, (name, value)) in COLUMNS.iter().zip(row).enumerate() {
        let before = if number == 0 { '{' } else { ',' };
        write!(out, "{before}\"{name}\":{value}")?;
    }
    writeln!(out, "}}")
}

fn write_csv(row: &[Value], out: &mut dyn Write) -> io::Result<()> {
    for (number, value) in row.iter().enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        match value {
            Value::Null => {}
            Value::String(text) if text.contains([',', '"', '\n', '\r']) => {
                write!(out, "\"{}\"", text.replace('"', "\"\""))?;
            }
            Value::String(text) => out.write_all(text.as_bytes())?,
            other => write!(out, "{other}")?,
        }
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{integer, write_csv};

    #[test]
    fn quotes_what_needs_it() {
        let row = [
            json!(1),
            Value::Null,
            json!("a,b"),
            json!("say \"no\"\n"),
            json!(true),
            json!("plain"),
        ];
        let mut out = Vec::new();
        write_csv(&row, &mut out).unwrap();
        assert_eq!(out, b"1,,\"a,b\",\"say \"\"no\"\"\n\",true,plain\n");
    }

    #[test]
    fn large_integers_are_texts() {
        assert_eq!(integer(1 << 53), json!(1_u64 << 53));
        assert_eq!(integer(u64::MAX), json!("18446744073709551615"));
    }
}
