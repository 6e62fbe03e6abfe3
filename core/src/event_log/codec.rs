//! Records to bytes and back. A record is its kind, the length of its fields, and the fields.

use super::packed::{packed, put_packed};
use super::varint::{Fields, Malformed, put_bytes, put_difference, put_optional, put_u64};
use crate::record::{
    ConnectionUse, CountDifference, CountMethod, CountingRecord, EndRecord, FailureClass, HeadRecord,
    HealthRecord, Read, Record, RequestRecord, RunState, SampleRecord, SegmentRecord, TokenRecord,
    TokenizerRecord, TransportEnd,
};

const HEAD: u8 = 1;
const SAMPLE: u8 = 2;
const REQUEST: u8 = 3;
const END: u8 = 4;
const TOKENIZER: u8 = 5;
const TOKENS: u8 = 6;
const SEGMENT: u8 = 7;
const HEALTH: u8 = 8;
const COUNTING: u8 = 9;
const INFO: u8 = 10;

/// The last kind of the format's version 1.
const LAST_KIND_OF_VERSION_1: u8 = SEGMENT;

const HAS_HEAD: u8 = 1;
const HAS_STATUS: u8 = 2;
const IS_EVENT_STREAM: u8 = 4;
const HAS_FAILED: u8 = 8;
const HAS_WAITED: u8 = 16;
const HAS_ENDPOINT: u8 = 32;
const IS_NEW_CONNECTION: u8 = 64;
/// The body is packed; since version 3.
const IS_PACKED: u8 = 128;

/// The class's number in the format. Numbers are never reused.
const CLASSES: [FailureClass; 16] = [
    FailureClass::Connect,
    FailureClass::Disconnected,
    FailureClass::Protocol,
    FailureClass::Status,
    FailureClass::TimedOut,
    FailureClass::TooLarge,
    FailureClass::Unreadable,
    FailureClass::ErrorInStream,
    FailureClass::CutShort,
    FailureClass::Abandoned,
    FailureClass::Dropped,
    FailureClass::ConnectTimedOut,
    FailureClass::FirstTokenTimedOut,
    FailureClass::Stalled,
    FailureClass::OutOfResources,
    FailureClass::Tls,
];

/// Appends one record to the payload of a block.
pub fn encode_record(record: &Record, out: &mut Vec<u8>) {
    match record {
        Record::Head(head) => framed(HEAD, out, |out| put_head(head, out)),
        Record::Sample(sample) => framed(SAMPLE, out, |out| put_sample(sample, out)),
        Record::Request(request) => encode_request(request, out),
        Record::End(end) => framed(END, out, |out| put_end(*end, out)),
        Record::Tokenizer(tokenizer) => framed(TOKENIZER, out, |out| put_tokenizer(tokenizer, out)),
        Record::Tokens(tokens) => framed(TOKENS, out, |out| put_tokens(*tokens, out)),
        Record::Segment(segment) => framed(SEGMENT, out, |out| put_segment(segment, out)),
        Record::Health(health) => framed(HEALTH, out, |out| put_health(health, out)),
        Record::Counting(counting) => framed(COUNTING, out, |out| put_counting(counting, out)),
        Record::Info(json) => framed(INFO, out, |out| put_bytes(json.as_bytes(), out)),
    }
}

/// Appends one request to the payload of a block: [`encode_record`] without the wrapper, for the timed path.
pub fn encode_request(request: &RequestRecord, out: &mut Vec<u8>) {
    framed(REQUEST, out, |out| put_request(request, out));
}

/// A record longer than `u32` can't be in a block either ([`super::MAX_BLOCK_BYTES`]), which is checked there.
fn framed(kind: u8, out: &mut Vec<u8>, put_fields: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind);
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let fields_at = out.len();
    put_fields(out);
    let length = u32::try_from(out.len().saturating_sub(fields_at)).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(length_at..fields_at) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

fn put_head(head: &HeadRecord, out: &mut Vec<u8>) {
    out.extend_from_slice(&head.run_id);
    put_u64(u64::from(head.thread), out);
    put_u64(head.origin_unix_ns, out);
    out.extend_from_slice(&head.config_sha256);
    put_bytes(head.program_version.as_bytes(), out);
}

fn put_sample(sample: &SampleRecord, out: &mut Vec<u8>) {
    put_u64(sample.index, out);
    put_optional(sample.n_token_ids, out);
    put_bytes(sample.prompt.as_bytes(), out);
}

fn put_request(request: &RequestRecord, out: &mut Vec<u8>) {
    let (failed, flag) = match &request.end {
        TransportEnd::Complete => (None, 0),
        TransportEnd::Failed(class, message) => (Some((class, message)), HAS_FAILED),
    };
    let flags = flag
        | if request.head_ns.is_some() { HAS_HEAD } else { 0 }
        | if request.http_status.is_some() {
            HAS_STATUS
        } else {
            0
        }
        | if request.event_stream { IS_EVENT_STREAM } else { 0 }
        | if request.connection.wait_ns > 0 {
            HAS_WAITED
        } else {
            0
        }
        | if request.connection.endpoint > 0 {
            HAS_ENDPOINT
        } else {
            0
        }
        | if request.connection.is_new {
            IS_NEW_CONNECTION
        } else {
            0
        };
    let flags_at = out.len();
    out.push(flags);
    put_u64(request.id, out);
    put_u64(request.sample_index, out);
    put_u64(request.scheduled_ns, out);
    put_difference(request.issued_ns, request.scheduled_ns, out);
    put_difference(request.done_ns, request.issued_ns, out);
    if request.connection.wait_ns > 0 {
        put_u64(request.connection.wait_ns, out);
    }
    if request.connection.endpoint > 0 {
        put_u64(u64::from(request.connection.endpoint), out);
    }
    if let Some(head_ns) = request.head_ns {
        put_difference(head_ns, request.issued_ns, out);
    }
    if let Some(status) = request.http_status {
        put_u64(u64::from(status), out);
    }
    if let Some((class, message)) = failed {
        let code = CLASSES
            .iter()
            .position(|known| known == class)
            .unwrap_or(usize::MAX);
        put_u64(u64::try_from(code).unwrap_or(u64::MAX), out);
        put_bytes(message.as_bytes(), out);
    }
    put_u64(u64::try_from(request.reads.len()).unwrap_or(u64::MAX), out);
    let mut last = Read {
        at_ns: request.issued_ns,
        body_end: 0,
    };
    for &read in &request.reads {
        put_difference(read.at_ns, last.at_ns, out);
        put_difference(read.body_end, last.body_end, out);
        last = read;
    }
    if request.event_stream && put_packed(&request.body, out) {
        if let Some(flags) = out.get_mut(flags_at) {
            *flags |= IS_PACKED;
        }
    } else {
        put_bytes(&request.body, out);
    }
}

fn put_end(end: EndRecord, out: &mut Vec<u8>) {
    out.push(u8::from(end.state == RunState::Interrupted));
    put_u64(end.started_ns, out);
    put_difference(end.ended_ns, end.started_ns, out);
}

fn put_tokenizer(tokenizer: &TokenizerRecord, out: &mut Vec<u8>) {
    out.extend_from_slice(&tokenizer.sha256);
    put_bytes(tokenizer.counter.as_bytes(), out);
    out.push(u8::from(tokenizer.add_special_tokens));
}

fn put_tokens(tokens: TokenRecord, out: &mut Vec<u8>) {
    put_u64(tokens.id, out);
    put_u64(tokens.isl, out);
    put_optional(tokens.osl, out);
    put_optional(tokens.after_first, out);
}

fn put_segment(segment: &SegmentRecord, out: &mut Vec<u8>) {
    put_bytes(segment.name.as_bytes(), out);
    put_u64(segment.bytes, out);
    out.extend_from_slice(&segment.chain);
}

fn put_health(health: &HealthRecord, out: &mut Vec<u8>) {
    put_u64(u64::from(health.thread), out);
    put_optional(health.core, out);
    put_u64(health.window_ns, out);
    put_u64(health.cpu_ns, out);
    put_u64(health.spin_ns, out);
    put_optional(health.run_queue_ns, out);
    put_u64(health.max_turn_ns, out);
    put_u64(health.p99_turn_ns, out);
    put_u64(health.n_connects, out);
    put_u64(health.n_resent, out);
    put_u64(health.n_dropped, out);
    put_u64(health.n_log_stalls, out);
    put_u64(health.log_stall_ns, out);
}

fn put_counting(counting: &CountingRecord, out: &mut Vec<u8>) {
    out.push(u8::from(counting.method == CountMethod::Oracle));
    put_u64(counting.n_checked, out);
    out.push(u8::from(counting.difference.is_some()));
    if let Some(difference) = counting.difference {
        out.extend_from_slice(&difference.text_sha256);
        put_optional(difference.fast, out);
        put_optional(difference.oracle, out);
    }
}

/// Reads the record at the front of the payload of a block of a segment of this version: it, and how many bytes it
/// took.
pub(super) fn decode_record(version: u32, payload: &[u8]) -> Result<(Record, usize), Malformed> {
    let mut outer = Fields(payload);
    let kind = outer.byte()?;
    if version == 1 && kind > LAST_KIND_OF_VERSION_1 {
        return Err(Malformed::Unknown {
            field: "kind",
            code: u64::from(kind),
        });
    }
    let length = u32::from_le_bytes(outer.array()?);
    let mut fields = Fields(outer.take(usize::try_from(length).map_err(|_| Malformed::TooShort)?)?);
    let record = match kind {
        HEAD => Record::Head(head(&mut fields)?),
        SAMPLE => Record::Sample(sample(&mut fields)?),
        REQUEST => Record::Request(request(version, &mut fields)?),
        END => Record::End(end(&mut fields)?),
        TOKENIZER => Record::Tokenizer(tokenizer(&mut fields)?),
        TOKENS => Record::Tokens(tokens(&mut fields)?),
        SEGMENT => Record::Segment(segment(&mut fields)?),
        HEALTH => Record::Health(health(&mut fields)?),
        COUNTING => Record::Counting(counting(&mut fields)?),
        INFO => Record::Info(fields.text()?),
        _ => {
            return Err(Malformed::Unknown {
                field: "kind",
                code: u64::from(kind),
            });
        }
    };
    fields.end()?;
    Ok((record, payload.len().saturating_sub(outer.0.len())))
}

fn head(fields: &mut Fields<'_>) -> Result<HeadRecord, Malformed> {
    Ok(HeadRecord {
        run_id: fields.array()?,
        thread: fields.number()?,
        origin_unix_ns: fields.u64()?,
        config_sha256: fields.array()?,
        program_version: fields.text()?,
    })
}

fn sample(fields: &mut Fields<'_>) -> Result<SampleRecord, Malformed> {
    Ok(SampleRecord {
        index: fields.u64()?,
        n_token_ids: fields.optional("n_token_ids")?,
        prompt: fields.text()?,
    })
}

fn request(version: u32, fields: &mut Fields<'_>) -> Result<RequestRecord, Malformed> {
    let flags = fields.byte()?;
    if version < 3 && flags & IS_PACKED != 0 {
        return Err(Malformed::Unknown {
            field: "flags",
            code: u64::from(flags),
        });
    }
    let has = |flag: u8| flags & flag != 0;
    let id = fields.u64()?;
    let sample_index = fields.u64()?;
    let scheduled_ns = fields.u64()?;
    let issued_ns = fields.difference(scheduled_ns)?;
    let done_ns = fields.difference(issued_ns)?;
    let connection = ConnectionUse {
        wait_ns: fields.number_if(has(HAS_WAITED))?,
        endpoint: fields.number_if(has(HAS_ENDPOINT))?,
        is_new: has(IS_NEW_CONNECTION),
    };
    let head_ns = if has(HAS_HEAD) {
        Some(fields.difference(issued_ns)?)
    } else {
        None
    };
    let http_status = if has(HAS_STATUS) {
        Some(fields.number()?)
    } else {
        None
    };
    let end = if has(HAS_FAILED) {
        failed(fields)?
    } else {
        TransportEnd::Complete
    };
    let reads = reads(fields, issued_ns)?;
    Ok(RequestRecord {
        id,
        sample_index,
        scheduled_ns,
        issued_ns,
        head_ns,
        done_ns,
        http_status,
        event_stream: has(IS_EVENT_STREAM),
        reads,
        body: if has(IS_PACKED) {
            packed(fields)?
        } else {
            fields.bytes()?.to_vec()
        },
        end,
        connection,
    })
}

fn failed(fields: &mut Fields<'_>) -> Result<TransportEnd, Malformed> {
    let code = fields.u64()?;
    let class = usize::try_from(code).ok().and_then(|code| CLASSES.get(code));
    let class = class.ok_or(Malformed::Unknown {
        field: "failure class",
        code,
    })?;
    Ok(TransportEnd::Failed(*class, fields.text()?))
}

fn reads(fields: &mut Fields<'_>, issued_ns: u64) -> Result<Vec<Read>, Malformed> {
    let count: usize = fields.number()?;
    // A read takes two bytes or more, so a count that lies can't make us reserve more than the record's own size.
    if count > fields.0.len() {
        return Err(Malformed::TooShort);
    }
    let mut reads = Vec::with_capacity(count);
    let mut last = Read {
        at_ns: issued_ns,
        body_end: 0,
    };
    for _ in 0..count {
        last = Read {
            at_ns: fields.difference(last.at_ns)?,
            body_end: fields.difference(last.body_end)?,
        };
        reads.push(last);
    }
    Ok(reads)
}

fn end(fields: &mut Fields<'_>) -> Result<EndRecord, Malformed> {
    let state = if fields.flag("state")? {
        RunState::Interrupted
    } else {
        RunState::Complete
    };
    let started_ns = fields.u64()?;
    Ok(EndRecord {
        state,
        started_ns,
        ended_ns: fields.difference(started_ns)?,
    })
}

fn tokenizer(fields: &mut Fields<'_>) -> Result<TokenizerRecord, Malformed> {
    Ok(TokenizerRecord {
        sha256: fields.array()?,
        counter: fields.text()?,
        add_special_tokens: fields.flag("add_special_tokens")?,
    })
}

fn tokens(fields: &mut Fields<'_>) -> Result<TokenRecord, Malformed> {
    Ok(TokenRecord {
        id: fields.u64()?,
        isl: fields.u64()?,
        osl: fields.optional("osl")?,
        after_first: fields.optional("after_first")?,
    })
}

fn segment(fields: &mut Fields<'_>) -> Result<SegmentRecord, Malformed> {
    Ok(SegmentRecord {
        name: fields.text()?,
        bytes: fields.u64()?,
        chain: fields.array()?,
    })
}

fn health(fields: &mut Fields<'_>) -> Result<HealthRecord, Malformed> {
    Ok(HealthRecord {
        thread: fields.number()?,
        core: fields.optional("core")?,
        window_ns: fields.u64()?,
        cpu_ns: fields.u64()?,
        spin_ns: fields.u64()?,
        run_queue_ns: fields.optional("run_queue_ns")?,
        max_turn_ns: fields.u64()?,
        p99_turn_ns: fields.u64()?,
        n_connects: fields.u64()?,
        n_resent: fields.u64()?,
        n_dropped: fields.u64()?,
        n_log_stalls: fields.u64()?,
        log_stall_ns: fields.u64()?,
    })
}

fn counting(fields: &mut Fields<'_>) -> Result<CountingRecord, Malformed> {
    let method = if fields.flag("method")? {
        CountMethod::Oracle
    } else {
        CountMethod::FastVerified
    };
    let n_checked = fields.u64()?;
    let difference = if fields.flag("difference")? {
        Some(CountDifference {
            text_sha256: fields.array()?,
            fast: fields.optional("fast")?,
            oracle: fields.optional("oracle")?,
        })
    } else {
        None
    };
    Ok(CountingRecord {
        method,
        n_checked,
        difference,
    })
}
