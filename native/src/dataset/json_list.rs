//! A JSON list of objects.

use std::io::{BufRead, Read as _};

use serde_json::value::RawValue;

use super::{MAX_LIST_BYTES, Rows, Stop};

pub(super) fn read(file: &mut impl BufRead, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let mut bytes = Vec::new();
    file.by_ref()
        .take(MAX_LIST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(Stop::Io)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_LIST_BYTES {
        let message = format!("the file is longer than {MAX_LIST_BYTES} bytes; write it as JSON Lines");
        return Err(Stop::Malformed { line: 1, message });
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| Stop::Malformed {
        line: line_at(&bytes, 0, 1, error.valid_up_to()),
        message: "the file is not UTF-8".to_owned(),
    })?;
    let list: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| Stop::Malformed {
        line: u64::try_from(error.line()).unwrap_or(u64::MAX),
        message: format!(
            "the file is no JSON list of objects ({error}); if each line is an object of its own, give \
             `--dataset-format jsonl`"
        ),
    })?;
    let (mut line, mut seen) = (1, 0);
    for row in list {
        // Each row is a part of the text, which gives its place.
        let start = row.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
        line = line_at(&bytes, seen, line, start);
        seen = start;
        rows.push_json(line, row.get().as_bytes());
    }
    Ok(())
}

/// The line of the byte at `end`, where the one at `start` is on line `line`.
fn line_at(bytes: &[u8], start: usize, line: u64, end: usize) -> u64 {
    let between = bytes.get(start..end).unwrap_or_default();
    let n_ends = between.split(|byte| *byte == b'\n').skip(1).count();
    line.saturating_add(u64::try_from(n_ends).unwrap_or(u64::MAX))
}
