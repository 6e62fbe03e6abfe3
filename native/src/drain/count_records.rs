//! The counts of one record of a log.

use runbench_core::answer::{self, after_first_text, output_text};
use runbench_core::record::{CountDifference, RequestRecord, SampleRecord, TokenRecord, TransportEnd};

use super::counters::{Pair, agree};

/// Whether a request may turn out to have an answer.
pub(super) fn may_count(request: &RequestRecord, is_counted: impl Fn(u64) -> bool) -> bool {
    request.end == TransportEnd::Complete && request.http_status == Some(200) && !is_counted(request.id)
}

/// Tokens of a row's prompt; `None` if it can't be counted. A count that is `known` must be the same.
pub(super) fn count_prompt(
    pair: &mut Pair<'_>,
    sample: &SampleRecord,
    check: bool,
    known: Option<u64>,
) -> Result<Option<u64>, CountDifference> {
    let isl = match sample.n_token_ids {
        Some(n) => Some(n),
        None => pair.count(&sample.prompt, false, check)?,
    };
    if known.is_some() {
        agree(&sample.prompt, known, isl)?;
    }
    Ok(isl)
}

/// Counts of one request; `None` if it has no answer or a text of it can't be counted. Counts that are `known` must be
/// the same.
pub(super) fn count_request(
    pair: &mut Pair<'_>,
    request: &RequestRecord,
    isl: u64,
    check: bool,
    known: Option<TokenRecord>,
) -> Result<Option<TokenRecord>, CountDifference> {
    let Ok(answer) = answer::decode(request) else {
        return Ok(None);
    };
    // The outer option says whether the counting worked, the inner one whether there was a text.
    let mut count = |text: Option<&str>, known: Option<Option<u64>>| {
        let Some(text) = text else { return Ok(Some(None)) };
        let found = pair.count(text, false, check)?;
        if let Some(known) = known {
            agree(text, known, found)?;
        }
        Ok(found.map(Some))
    };
    let osl = count(output_text(&answer).as_deref(), known.map(|known| known.osl))?;
    let after_first = count(
        after_first_text(&answer).as_deref(),
        known.map(|known| known.after_first),
    )?;
    Ok(osl.zip(after_first).map(|(osl, after_first)| TokenRecord {
        id: request.id,
        isl,
        osl,
        after_first,
    }))
}
