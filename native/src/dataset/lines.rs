//! JSON Lines.

use std::io::{BufRead, Read as _};

use super::{MAX_LINE_BYTES, RowError, Rows, Stop};

/// Reads an object a line. Blank lines are skipped; after a line that is too long nothing more is read.
pub(super) fn read(file: &mut impl BufRead, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let limit = u64::try_from(MAX_LINE_BYTES + 1).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let n_read = file
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)
            .map_err(Stop::Io)?;
        if n_read == 0 {
            break;
        }
        if line.len() > MAX_LINE_BYTES {
            rows.note(number, Err(RowError::TooLong(MAX_LINE_BYTES)));
            break;
        }
        if !line.trim_ascii().is_empty() {
            rows.push_json(number, &line);
        }
    }
    Ok(())
}
