//! Exact token counts after the run, from the records of its event log.
//!
//! Nothing is counted while the run is going on, unless that is asked for ([`LiveCounter`]). The workers read the log's
//! blocks themselves, wherever they are needed, so memory is a few blocks for each worker and some bytes for each
//! request and dataset row that was sent.
//!
//! The log is read twice: once for which requests may have an answer, then for the texts. Prompts come before answers,
//! so that a drain that is cut short leaves whole records.

mod byte_budget;
mod count_records;
mod count_texts;
mod counters;
mod head_start;
mod live;
mod plan;
mod pool;
mod self_check;
mod stop;
mod stream;

use runbench_core::record::{CountDifference, Record, TokenRecord};

use self::byte_budget::ByteBudget;
use self::count_records::{count_prompt, count_request, may_count};
use crate::event_files::{EventLog, EventLogError, LogBlocks};

pub use count_texts::{KeptWorkers, TextStats, count_texts};
pub use counters::Counters;
pub(crate) use counters::Pair;
pub use head_start::HeadStart;
pub use live::{LiveCounted, LiveCounter, LiveTotals};
pub use plan::{Shard, WorkerPlan, WorkerWish};
pub use pool::WorkerStats;
pub(crate) use self_check::TEXTS as SELF_CHECK_TEXTS;
pub use stop::{Ended, Stop};
pub(crate) use stream::in_order;

/// Bytes of blocks and of what is decoded from them that all workers together may hold. Ordinary blocks of 256 KiB
/// don't come near it; a log with larger ones is read by fewer workers at a time.
const HELD_BYTES: usize = 512 << 20;

/// What a block takes while its texts are counted, as a multiple of its size: the block, a record of it, and the
/// answer that the record was decoded to.
const COPIES: usize = 3;

/// A buffer that one large block made this large is not kept.
const KEPT_BUFFER_BYTES: usize = 4 << 20;

/// What to count, and how.
#[derive(Clone, Copy)]
pub struct Drain<'a> {
    /// The run's log.
    pub log: &'a EventLog,
    /// Who counts.
    pub counters: &'a dyn Counters,
    /// On how many threads, and where.
    pub plan: &'a WorkerPlan,
    /// When to give up.
    pub stop: &'a Stop<'a>,
    /// Whether the fast counter counts and the oracle checks it; else the oracle counts alone.
    pub fast: bool,
    /// What was counted during the run, by the same counter and not yet checked.
    pub head_start: Option<&'a HeadStart>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Whether everything was counted.
    pub ended: Ended,
    /// Texts that both counters counted.
    pub n_checked: u64,
    /// A text on which they differ: then what was counted so far must not be used.
    pub difference: Option<CountDifference>,
    /// Requests that may have an answer and were not known yet.
    pub n_wanted: usize,
    /// A sentence on workers that are not where they should be.
    pub notice: Option<String>,
}

/// Why a block was the last one.
enum Break {
    Log(EventLogError),
    Differs(CountDifference),
}

impl From<EventLogError> for Break {
    fn from(error: EventLogError) -> Self {
        Self::Log(error)
    }
}

/// Counts the successful requests that `is_counted` doesn't know yet, and hands each count to `sink`, in no
/// particular order.
///
/// Counts of the head start are taken over. Those that are in the sample are counted again and compared; and none
/// reaches `sink` before this pass comes to its request, so that a drain that is cut short doesn't report counts whose
/// check it didn't get to.
///
/// Requests whose prompt isn't in the log, or whose text can't be encoded, get no count; nor do those that are left
/// when it is to stop.
pub fn drain(
    drain: Drain<'_>,
    is_counted: impl Fn(u64) -> bool + Sync,
    sink: impl FnMut(TokenRecord),
) -> Result<Drained, EventLogError> {
    let mut drained = Drained {
        ended: Ended::Finished,
        n_checked: 0,
        difference: None,
        n_wanted: 0,
        notice: None,
    };
    match drain.steps(&mut drained, &is_counted, sink) {
        Ok(()) => {}
        Err(Break::Differs(difference)) => drained.difference = Some(difference),
        Err(Break::Log(error)) => return Err(error),
    }
    Ok(drained)
}

/// What is to be counted.
struct Wanted {
    /// Rows whose prompts' counts are needed, sorted.
    rows: Vec<u64>,
    /// Requests that both counters count, sorted.
    checked: Vec<u64>,
    /// Rows of those, sorted.
    checked_rows: Vec<u64>,
}

/// What a worker keeps from unit to unit.
struct Worker<'m> {
    pair: Pair<'m>,
    buffer: Vec<u8>,
}

impl Drain<'_> {
    fn steps(
        self,
        drained: &mut Drained,
        is_counted: &(impl Fn(u64) -> bool + Sync),
        mut sink: impl FnMut(TokenRecord),
    ) -> Result<(), Break> {
        let mut requests = self.log.request_blocks()?;
        let wanted = std::thread::scope(|scope| {
            // The oracle is loaded when it is first asked for, which takes longer than looking through most logs.
            scope.spawn(|| drop(self.counters.oracle_worker()));
            self.wanted(&mut requests, drained, is_counted)
        })?;
        if drained.n_wanted > 0 && self.fast {
            let mut pair = Pair::new(self.counters, true);
            for text in self_check::TEXTS {
                pair.count(text, false, true).map_err(Break::Differs)?;
            }
            drained.n_checked += pair.n_checked;
        }
        let samples = self.log.sample_blocks()?;
        let mut prompts: Vec<(u64, u64)> = Vec::with_capacity(wanted.rows.len());
        self.each_unit(
            &samples,
            drained,
            |worker, record, found| {
                if let Record::Sample(sample) = record
                    && contains(&wanted.rows, sample.index)
                {
                    let check = contains(&wanted.checked_rows, sample.index);
                    let known = self.head_start.and_then(|it| it.prompt(sample.index));
                    let isl = match known {
                        Some(isl) if !check => Some(isl),
                        _ => count_prompt(&mut worker.pair, &sample, check, known)?,
                    };
                    found.extend(isl.map(|isl| (sample.index, isl)));
                }
                Ok(())
            },
            |found| prompts.extend(found),
        )?;
        // Of several rows with one number the first one stands.
        prompts.sort_by_key(|(row, _)| *row);
        prompts.dedup_by_key(|(row, _)| *row);
        let prompts = &prompts;
        self.each_unit(
            &requests,
            drained,
            |worker, record, found| {
                let Record::Request(request) = record else {
                    return Ok(());
                };
                if !may_count(&request, is_counted) {
                    return Ok(());
                }
                let check = contains(&wanted.checked, request.id);
                let known = self.head_start.and_then(|it| it.request(request.id));
                if let (Some(known), false) = (known, check) {
                    found.push(known);
                } else if let Some(isl) = look_up(prompts, request.sample_index) {
                    found.extend(count_request(&mut worker.pair, &request, isl, check, known)?);
                }
                Ok(())
            },
            |found| found.into_iter().for_each(&mut sink),
        )
    }

    /// Looks through the requests, and cuts off what stands behind a bad block.
    fn wanted(
        self,
        requests: &mut LogBlocks,
        drained: &mut Drained,
        is_counted: &(impl Fn(u64) -> bool + Sync),
    ) -> Result<Wanted, EventLogError> {
        let mut candidates: Vec<(u64, u64)> = Vec::new();
        let mut bad_units = Vec::new();
        let budget = ByteBudget::new(HELD_BYTES);
        let stats = pool::run(
            self.plan,
            requests.n_units(),
            || self.stop.is_over(),
            Vec::new,
            |buffer: &mut Vec<u8>, unit| {
                let _held = budget.take(requests.unit_bytes(unit).saturating_mul(COPIES));
                let mut found = Vec::new();
                let is_good = requests.read(unit, buffer, |record| {
                    if let Record::Request(request) = record
                        && may_count(&request, is_counted)
                    {
                        found.push((request.id, request.sample_index));
                    }
                    !self.stop.is_over()
                })?;
                shrink(buffer);
                Ok::<_, EventLogError>((found, (!is_good).then_some(unit)))
            },
            |(found, bad)| {
                candidates.extend(found);
                bad_units.extend(bad);
                Ok(())
            },
        )?;
        drained.notice = pool::pinning_notice(&stats);
        requests.cut_behind(&bad_units);
        drained.n_wanted = candidates.len();
        let ids = candidates.iter().map(|(id, _)| *id).collect();
        let checked = if self.fast {
            self_check::sample(ids, self_check::seed(self.log.head().run_id))
        } else {
            Vec::new()
        };
        let is_known = |id| self.head_start.is_some_and(|it| it.request(id).is_some());
        let rows_of = |is_wanted: &dyn Fn(u64) -> bool| {
            let mut rows: Vec<u64> = candidates
                .iter()
                .filter(|(id, _)| is_wanted(*id))
                .map(|(_, row)| *row)
                .collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        };
        Ok(Wanted {
            rows: rows_of(&|id| !is_known(id) || contains(&checked, id)),
            checked_rows: rows_of(&|id| contains(&checked, id)),
            checked,
        })
    }

    /// Puts the records of all units through `count`, which adds what it finds to the list that `sink` gets.
    fn each_unit<T: Send>(
        self,
        blocks: &LogBlocks,
        drained: &mut Drained,
        count: impl Fn(&mut Worker<'_>, Record, &mut Vec<T>) -> Result<(), CountDifference> + Sync,
        mut sink: impl FnMut(Vec<T>),
    ) -> Result<(), Break> {
        let budget = ByteBudget::new(HELD_BYTES);
        let worker = || Worker {
            pair: Pair::new(self.counters, self.fast),
            buffer: Vec::new(),
        };
        let work = |worker: &mut Worker<'_>, unit| {
            let _held = budget.take(blocks.unit_bytes(unit).saturating_mul(COPIES));
            let mut buffer = std::mem::take(&mut worker.buffer);
            let mut found = Vec::new();
            let mut result = Ok(());
            let n_checked = worker.pair.n_checked;
            blocks.read(unit, &mut buffer, |record| {
                result = count(worker, record, &mut found);
                result.is_ok() && !self.stop.is_over()
            })?;
            result.map_err(Break::Differs)?;
            shrink(&mut buffer);
            worker.buffer = buffer;
            Ok::<_, Break>((found, worker.pair.n_checked - n_checked))
        };
        let n_checked = &mut drained.n_checked;
        pool::run(
            self.plan,
            blocks.n_units(),
            || self.stop.is_over(),
            worker,
            work,
            |(found, checked)| {
                *n_checked += checked;
                sink(found);
                Ok(())
            },
        )?;
        if let Some(cause) = self.stop.cause() {
            drained.ended = cause;
        }
        Ok(())
    }
}

fn contains(sorted: &[u64], number: u64) -> bool {
    sorted.binary_search(&number).is_ok()
}

/// The number that stands with `key`, in a list that is sorted by keys.
fn look_up(sorted: &[(u64, u64)], key: u64) -> Option<u64> {
    let place = sorted.binary_search_by_key(&key, |(known, _)| *known).ok()?;
    sorted.get(place).map(|(_, number)| *number)
}

fn shrink(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_BUFFER_BYTES {
        *buffer = Vec::new();
    }
}

#[cfg(test)]
mod tests;
