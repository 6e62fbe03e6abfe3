//! The segment of token counts: read, counted anew, written.

use std::path::Path;

use runbench_core::metrics::TokenCounts;
use runbench_core::record::{CountDifference, CountMethod, CountingRecord, Record, TokenizerRecord};

use super::ReportError;
use crate::drain::{self, Counters, Drain, Ended, HeadStart, Stop, WorkerPlan};
use crate::event_files::{self, EventLog, EventLogError, LogWriteError, SegmentWriter};

/// How tokens are counted.
#[derive(Clone, Copy)]
pub struct Counting<'a> {
    /// What the log says of the tokenizer.
    pub tokenizer: &'a TokenizerRecord,
    /// Who counts.
    pub counters: &'a dyn Counters,
    /// On how many threads, and where.
    pub plan: &'a WorkerPlan,
    /// When to give up.
    pub stop: &'a Stop<'a>,
    /// What these counters counted during the run.
    pub head_start: Option<&'a HeadStart>,
    /// Whether requests that the log holds counts for already, by the same tokenizer, are counted again. If that is
    /// cut short, the earlier counts stand for those that are left.
    pub again: bool,
}

/// What came of the counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Whether it ran to its end.
    pub ended: Ended,
    /// What must be told beside the figures, a sentence each.
    pub notices: Vec<String>,
}

/// What a log holds of token counts.
#[derive(Debug, Default)]
pub(super) struct KnownTokens {
    pub(super) tokenizer: Option<TokenizerRecord>,
    pub(super) counting: Option<CountingRecord>,
    pub(super) tokens: TokenCounts,
}

impl KnownTokens {
    /// Reads them, sorted.
    pub(super) fn read(log: &EventLog) -> Result<Self, EventLogError> {
        let mut known = Self::default();
        for record in log.token_records()? {
            match record? {
                Record::Tokenizer(record) => known.tokenizer = Some(record),
                Record::Counting(record) => known.counting = Some(record),
                Record::Tokens(record) => known.tokens.push(&record),
                _ => {}
            }
        }
        known.tokens.sort();
        Ok(known)
    }

    /// What counted them; a log of version 1 doesn't say, but there was nothing else then.
    fn method(&self) -> CountMethod {
        self.counting
            .map_or(CountMethod::Oracle, |counting| counting.method)
    }
}

/// Counts what isn't counted yet, or everything again, and writes the segment anew.
pub(super) fn count(out: &Path, log: &EventLog, counting: Counting<'_>) -> Result<Counted, ReportError> {
    let mut known = KnownTokens::read(log)?;
    if known.tokenizer.as_ref() != Some(counting.tokenizer) {
        known = KnownTokens::default();
    }
    let mut notices: Vec<String> = counting.plan.notice.clone().into_iter().collect();
    let mut fast = counting.counters.has_fast();
    let mut head_start = counting.head_start;
    let mut difference: Option<CountDifference> = None;
    let (drained, found) = loop {
        let mut found = TokenCounts::default();
        let drain = Drain {
            log,
            counters: counting.counters,
            plan: counting.plan,
            stop: counting.stop,
            fast,
            head_start,
        };
        let is_counted = |id| !counting.again && known.tokens.get(id).is_some();
        let drained = drain::drain(drain, is_counted, |record| found.push(&record))?;
        if drained.difference.is_none() {
            break (drained, found);
        }
        difference = drained.difference;
        fast = false;
        // What the fast counter counted earlier can't be trusted either.
        head_start = None;
        if known.method() == CountMethod::FastVerified {
            known.tokens = TokenCounts::default();
        }
    };
    notices.extend(drained.notice);
    if drained.n_wanted == 0 && difference.is_none() && known.tokenizer.is_some() {
        return Ok(Counted {
            ended: drained.ended,
            notices,
        });
    }
    let n_changed = found
        .records()
        .filter(|new| {
            let old = known.tokens.get(new.id);
            old.is_some_and(|old| (old.isl, old.osl, old.after_first) != (new.isl, new.osl, new.after_first))
        })
        .count();
    if n_changed > 0 {
        notices.push(format!(
            "the log held other token counts for {n_changed} requests, by the same tokenizer; the new ones stand"
        ));
    }
    let keeps_known = known.tokens.records().next().is_some();
    let is_fast = fast || (keeps_known && known.method() == CountMethod::FastVerified);
    let record = CountingRecord {
        method: if is_fast {
            CountMethod::FastVerified
        } else {
            CountMethod::Oracle
        },
        n_checked: drained.n_checked
            + known
                .counting
                .filter(|_| keeps_known && !counting.again)
                .map_or(0, |counting| counting.n_checked),
        difference: difference.or(known
            .counting
            .filter(|_| !fast)
            .and_then(|known| known.difference)),
    };
    let mut tokens = known.tokens;
    for record in found.records() {
        tokens.push(&record);
    }
    tokens.sort();
    write(out, log, counting.tokenizer, record, &tokens)?;
    Ok(Counted {
        ended: drained.ended,
        notices,
    })
}

/// Writes the segment whole or not at all.
fn write(
    out: &Path,
    log: &EventLog,
    tokenizer: &TokenizerRecord,
    counting: CountingRecord,
    tokens: &TokenCounts,
) -> Result<(), LogWriteError> {
    event_files::replace(
        &event_files::folder(out),
        event_files::TOKENS,
        log.head(),
        |writer: &mut SegmentWriter| {
            writer.push(&Record::Tokenizer(tokenizer.clone()))?;
            for record in tokens.records() {
                writer.push(&Record::Tokens(record))?;
            }
            writer.push(&Record::Counting(counting))
        },
    )
}
