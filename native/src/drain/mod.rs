//! Exact token counts after the run, from the records of its event log.
//!
//! Nothing is counted while the run is going on. The log is read as often as needed instead of being held: memory is
//! a few blocks of texts, a number for each dataset row that was sent, and 20 bytes for each request.

mod pool;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};

use runbench_core::answer::{self, after_first_text, output_text};
use runbench_core::record::{Record, RequestRecord, SampleRecord, TokenRecord, TransportEnd};

use crate::tokens::{CountTokens, TokenModel};

/// A log that can be read again from its beginning.
pub trait Records {
    /// Why it can't be read.
    type Error;

    /// Its records, segment by segment.
    fn records(&self) -> Result<impl Iterator<Item = Result<Record, Self::Error>>, Self::Error>;
}

/// Counts the successful requests of a log that `is_counted` doesn't know yet, and hands each count to `sink`.
///
/// Requests whose prompt isn't in the log, or whose text can't be encoded, get no count; nor do those left when
/// `interrupt` turns true. Returns whether it ran to the end.
pub fn drain<L: Records>(
    log: &L,
    model: &TokenModel,
    interrupt: &AtomicBool,
    is_counted: impl Fn(u64) -> bool,
    sink: impl FnMut(TokenRecord) -> Result<(), L::Error>,
) -> Result<bool, L::Error> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let prompts = count_prompts(log, model, interrupt, threads, &is_counted)?;
    count_answers(log, model, interrupt, threads, &is_counted, &prompts, sink)?;
    Ok(!interrupt.load(Ordering::Relaxed))
}

/// Whether a request may turn out to have an answer.
fn may_count(request: &RequestRecord, is_counted: impl Fn(u64) -> bool) -> bool {
    request.end == TransportEnd::Complete && request.http_status == Some(200) && !is_counted(request.id)
}

/// Tokens of each prompt that was sent, by dataset row.
fn count_prompts<L: Records>(
    log: &L,
    model: &TokenModel,
    interrupt: &AtomicBool,
    threads: usize,
    is_counted: impl Fn(u64) -> bool,
) -> Result<BTreeMap<u64, u64>, L::Error> {
    let mut sent = BTreeSet::new();
    for record in log.records()? {
        match record? {
            Record::Request(request) if may_count(&request, &is_counted) => {
                sent.insert(request.sample_index);
            }
            _ => {}
        }
        if interrupt.load(Ordering::Relaxed) {
            break;
        }
    }
    let mut records = log.records()?;
    // Ends with the last row that is wanted, because rows stand before requests and there may be many of those.
    let samples = std::iter::from_fn(|| {
        while !sent.is_empty() {
            match records.next()? {
                Ok(Record::Sample(sample)) if sent.remove(&sample.index) => return Some(Ok(sample)),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    });
    let mut prompts = BTreeMap::new();
    let bytes_of = |sample: &SampleRecord| sample.prompt.len();
    let worker = || model.worker();
    let count = |worker: &mut Box<dyn CountTokens + '_>, sample: SampleRecord| {
        let isl = sample.n_token_ids.or_else(|| worker.count(&sample.prompt, false));
        (sample.index, isl)
    };
    pool::for_each(
        samples,
        bytes_of,
        threads,
        interrupt,
        worker,
        count,
        |(index, isl)| {
            prompts.extend(isl.map(|isl| (index, isl)));
            Ok(())
        },
    )?;
    Ok(prompts)
}

fn count_answers<L: Records>(
    log: &L,
    model: &TokenModel,
    interrupt: &AtomicBool,
    threads: usize,
    is_counted: impl Fn(u64) -> bool,
    prompts: &BTreeMap<u64, u64>,
    mut sink: impl FnMut(TokenRecord) -> Result<(), L::Error>,
) -> Result<(), L::Error> {
    let requests = log.records()?.filter_map(|record| match record {
        Ok(Record::Request(request)) => may_count(&request, &is_counted).then_some(Ok(request)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    let bytes_of = |request: &RequestRecord| request.body.len();
    let worker = || model.worker();
    let count = |worker: &mut Box<dyn CountTokens + '_>, request: RequestRecord| {
        let isl = *prompts.get(&request.sample_index)?;
        count_request(worker.as_mut(), &request, isl)
    };
    pool::for_each(requests, bytes_of, threads, interrupt, worker, count, |counted| {
        counted.map_or(Ok(()), &mut sink)
    })
}

/// Counts of one request; `None` if it has no answer or a text of it can't be counted.
fn count_request(worker: &mut dyn CountTokens, request: &RequestRecord, isl: u64) -> Option<TokenRecord> {
    let answer = answer::decode(request).ok()?;
    // The outer option says whether the counting worked, the inner one whether there was a text.
    let mut count = |text: Option<&str>| match text {
        None => Some(None),
        Some(text) => worker.count(text, false).map(Some),
    };
    let osl = count(output_text(&answer).as_deref())?;
    let after_first = count(after_first_text(&answer).as_deref())?;
    Some(TokenRecord {
        id: request.id,
        isl,
        osl,
        after_first,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;
    use std::sync::atomic::AtomicBool;

    use runbench_core::record::{
        FailureClass, Record, RequestRecord, SampleRecord, TokenRecord, TransportEnd,
    };

    use super::{Records, drain};
    use crate::tokens::{TokenModel, TokenizerSource, WORDS};

    struct Log(Vec<Record>);

    impl Records for Log {
        type Error = Infallible;

        fn records(&self) -> Result<impl Iterator<Item = Result<Record, Infallible>>, Infallible> {
            Ok(self.0.iter().cloned().map(Ok))
        }
    }

    fn request(id: u64, sample_index: u64, texts: &[&str]) -> Record {
        let mut body = String::new();
        for text in texts {
            body += "data: ";
            body += &serde_json::json!({"choices": [{"text": text}]}).to_string();
            body += "\n\n";
        }
        body += "data: [DONE]\n\n";
        Record::Request(RequestRecord {
            id,
            sample_index,
            scheduled_ns: 0,
            issued_ns: 0,
            head_ns: None,
            done_ns: 10,
            http_status: Some(200),
            event_stream: true,
            reads: Vec::new(),
            body: body.into_bytes(),
            end: TransportEnd::Complete,
            connection: runbench_core::record::ConnectionUse::default(),
        })
    }

    fn failed(record: Record) -> Record {
        match record {
            Record::Request(mut request) => {
                request.end = TransportEnd::Failed(FailureClass::TimedOut, String::new());
                Record::Request(request)
            }
            other => other,
        }
    }

    fn sample(index: u64, prompt: &str) -> Record {
        Record::Sample(SampleRecord {
            index,
            n_token_ids: None,
            prompt: prompt.to_owned(),
        })
    }

    fn counts(log: Vec<Record>, interrupted: bool, known: &[u64]) -> (Vec<TokenRecord>, bool) {
        let model = TokenModel::load(&TokenizerSource::Embedded(WORDS)).unwrap();
        let seen = RefCell::new(Vec::new());
        let interrupt = AtomicBool::new(interrupted);
        let is_counted = |id| known.contains(&id);
        let Ok(finished) = drain(&Log(log), &model, &interrupt, is_counted, |record| {
            seen.borrow_mut().push(record);
            Ok(())
        });
        let mut seen = seen.into_inner();
        seen.sort_by_key(|record| record.id);
        (seen, finished)
    }

    fn token(id: u64, isl: u64, osl: Option<u64>, after_first: Option<u64>) -> TokenRecord {
        TokenRecord {
            id,
            isl,
            osl,
            after_first,
        }
    }

    #[test]
    fn counts_the_whole_text_and_what_follows_the_first_chunk() {
        // Samples may stand behind the requests; rows that were not sent aren't counted.
        let log = vec![
            request(0, 5, &["on", "e two", " one"]),
            request(1, 5, &["one"]),
            request(2, 6, &[]),
            sample(5, "one two"),
            sample(6, "one"),
            sample(7, "never sent"),
        ];
        let (counted, finished) = counts(log, false, &[]);
        assert!(finished);
        assert_eq!(
            counted,
            [
                token(0, 2, Some(3), Some(3)),
                token(1, 2, Some(1), None),
                token(2, 1, None, None)
            ]
        );
    }

    #[test]
    fn leaves_out_failures_and_what_was_counted() {
        let log = vec![
            sample(0, "one"),
            failed(request(0, 0, &["one"])),
            request(1, 0, &["one"]),
            request(2, 0, &["one"]),
        ];
        assert_eq!(counts(log, false, &[1]).0, [token(2, 1, Some(1), None)]);
    }

    #[test]
    fn a_request_without_its_prompt_gets_no_count() {
        assert_eq!(
            counts(vec![request(0, 9, &["one"])], false, &[]),
            (Vec::new(), true)
        );
    }

    #[test]
    fn token_ids_are_their_number() {
        let ids = Record::Sample(SampleRecord {
            index: 0,
            n_token_ids: Some(77),
            prompt: String::new(),
        });
        assert_eq!(
            counts(vec![ids, request(0, 0, &["one"])], false, &[]).0,
            [token(0, 77, Some(1), None)]
        );
    }

    #[test]
    fn an_interrupt_is_told() {
        assert_eq!(
            counts(vec![sample(0, "one"), request(0, 0, &["one"])], true, &[]),
            (Vec::new(), false)
        );
    }
}
