//! Properties of the event log's format: round trip, torn tails, changed bytes, arbitrary bytes.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use runbench_core::event_log::{
    BLOCK_HEAD_BYTES, DroppedTail, HEADER_BYTES, LogError, SegmentDecoder, SegmentEncoder, SegmentHeader,
    TailCause, encode_record,
};
use runbench_core::record::{
    ConnectionUse, CountDifference, CountMethod, CountingRecord, EndRecord, FailureClass, HeadRecord,
    HealthRecord, Read, Record, RequestRecord, RunState, SampleRecord, SegmentRecord, TokenRecord,
    TokenizerRecord, TransportEnd,
};

/// Numbers of every size, with the borders more often than chance would.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0_u64..300,
        select(vec![0, 127, 128, u64::MAX - 1, u64::MAX])
    ]
}

fn class() -> impl Strategy<Value = FailureClass> {
    select(vec![
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
        FailureClass::ConnectTimedOut,
        FailureClass::FirstTokenTimedOut,
        FailureClass::Stalled,
        FailureClass::OutOfResources,
        FailureClass::Tls,
    ])
}

/// A body of any bytes, or one that looks like a stream's, whose events are much the same.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let ending = select(vec!["\n\n", "\r\n\r\n", "\n", "\r\r", "\n\r\n"]);
    let event = (
        ".{0,12}",
        select(vec!["", "null", "\"stop\""]),
        0..3_usize,
        ending,
    );
    let stream = vec(event, 0..6).prop_map(|events| {
        let event = |(content, reason, n, ending): (String, &str, usize, &str)| {
            let front = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"".repeat(n);
            format!("data: {front}{content}\"}},\"finish_reason\":{reason}}}]}}{ending}")
        };
        events.into_iter().map(event).collect::<String>().into_bytes()
    });
    prop_oneof![2 => vec(any::<u8>(), 0..40), 1 => stream]
}

fn request() -> impl Strategy<Value = Record> {
    let stamps = (number(), number(), number(), option::of(number()));
    let end = prop_oneof![
        Just(TransportEnd::Complete),
        (class(), ".{0,20}").prop_map(|(class, message)| TransportEnd::Failed(class, message)),
    ];
    let read = (number(), number()).prop_map(|(at_ns, body_end)| Read { at_ns, body_end });
    let answer = (
        option::of(any::<u16>()),
        any::<bool>(),
        vec(read, 0..6),
        body(),
        end,
    );
    let connection =
        (any::<u32>(), any::<bool>(), number()).prop_map(|(endpoint, is_new, wait_ns)| ConnectionUse {
            endpoint: endpoint % 3,
            is_new,
            wait_ns,
        });
    (number(), number(), stamps, answer, connection).prop_map(
        |(id, sample_index, stamps, answer, connection)| {
            let (scheduled_ns, issued_ns, done_ns, head_ns) = stamps;
            let (http_status, event_stream, reads, body, end) = answer;
            Record::Request(RequestRecord {
                id,
                sample_index,
                scheduled_ns,
                issued_ns,
                head_ns,
                done_ns,
                http_status,
                event_stream,
                reads,
                body,
                end,
                connection,
            })
        },
    )
}

fn health_record() -> impl Strategy<Value = Record> {
    let times = (
        number(),
        number(),
        number(),
        option::of(number()),
        number(),
        number(),
    );
    let counts = (number(), number(), number(), number(), number());
    (any::<u32>(), option::of(number()), times, counts).prop_map(|(thread, core, times, counts)| {
        let (window_ns, cpu_ns, spin_ns, run_queue_ns, max_turn_ns, p99_turn_ns) = times;
        let (n_connects, n_resent, n_dropped, n_log_stalls, log_stall_ns) = counts;
        Record::Health(HealthRecord {
            thread,
            core,
            window_ns,
            cpu_ns,
            spin_ns,
            run_queue_ns,
            max_turn_ns,
            p99_turn_ns,
            n_connects,
            n_resent,
            n_dropped,
            n_log_stalls,
            log_stall_ns,
        })
    })
}

fn other_record() -> impl Strategy<Value = Record> {
    let head = (
        any::<[u8; 16]>(),
        any::<u32>(),
        number(),
        any::<[u8; 32]>(),
        ".{0,9}",
    )
        .prop_map(
            |(run_id, thread, origin_unix_ns, config_sha256, program_version)| {
                Record::Head(HeadRecord {
                    run_id,
                    thread,
                    origin_unix_ns,
                    config_sha256,
                    program_version,
                })
            },
        );
    let sample = (number(), option::of(number()), ".{0,30}").prop_map(|(index, n_token_ids, prompt)| {
        Record::Sample(SampleRecord {
            index,
            n_token_ids,
            prompt,
        })
    });
    let state = select(vec![RunState::Complete, RunState::Interrupted]);
    let end = (state, number(), number()).prop_map(|(state, started_ns, ended_ns)| {
        Record::End(EndRecord {
            state,
            started_ns,
            ended_ns,
        })
    });
    let tokenizer =
        (any::<[u8; 32]>(), ".{0,9}", any::<bool>()).prop_map(|(sha256, counter, add_special_tokens)| {
            Record::Tokenizer(TokenizerRecord {
                sha256,
                counter,
                add_special_tokens,
            })
        });
    let tokens = (number(), number(), option::of(number()), option::of(number())).prop_map(
        |(id, isl, osl, after_first)| {
            Record::Tokens(TokenRecord {
                id,
                isl,
                osl,
                after_first,
            })
        },
    );
    let segment = (".{0,9}", number(), any::<[u8; 32]>())
        .prop_map(|(name, bytes, chain)| Record::Segment(SegmentRecord { name, bytes, chain }));
    let difference = (any::<[u8; 32]>(), option::of(number()), option::of(number())).prop_map(
        |(text_sha256, fast, oracle)| CountDifference {
            text_sha256,
            fast,
            oracle,
        },
    );
    let method = select(vec![CountMethod::FastVerified, CountMethod::Oracle]);
    let counting = (method, number(), option::of(difference)).prop_map(|(method, n_checked, difference)| {
        Record::Counting(CountingRecord {
            method,
            n_checked,
            difference,
        })
    });
    let info = ".{0,30}".prop_map(Record::Info);
    prop_oneof![
        head,
        sample,
        end,
        tokenizer,
        tokens,
        segment,
        health_record(),
        counting,
        info
    ]
}

fn blocks() -> impl Strategy<Value = Vec<Vec<Record>>> {
    vec(vec(prop_oneof![request(), other_record()], 1..4), 0..5)
}

/// A segment's bytes, and the offset at which each block ends.
fn encode(blocks: &[Vec<Record>]) -> (Vec<u8>, Vec<usize>) {
    let mut segment = Vec::new();
    let mut encoder = SegmentEncoder::start(&mut segment);
    let mut ends = Vec::new();
    for records in blocks {
        let mut payload = Vec::new();
        for record in records {
            encode_record(record, &mut payload);
        }
        encoder.block(&payload, &mut segment).expect("a small block");
        ends.push(segment.len());
    }
    (segment, ends)
}

type Decoded = (Vec<Record>, Option<DroppedTail>, Option<LogError>);

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = SegmentDecoder::new();
    let mut records = Vec::new();
    let mut error = None;
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_record() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => break,
                Err(seen) => {
                    error = Some(seen);
                    break;
                }
            }
        }
    }
    (records, decoder.dropped_tail(), error)
}

proptest! {
    #[test]
    fn comes_back_under_any_split(blocks in blocks(), piece_bytes in 1_usize..200) {
        let (segment, _) = encode(&blocks);
        let expected: Vec<Record> = blocks.concat();
        prop_assert_eq!(decode(segment.chunks(piece_bytes)), (expected, None, None));
    }

    #[test]
    fn cut_at_every_byte_gives_the_whole_blocks_before(blocks in blocks()) {
        let (segment, ends) = encode(&blocks);
        for cut in 0..segment.len() {
            let n_whole = ends.iter().filter(|end| **end <= cut).count();
            let good = if n_whole > 0 { ends[n_whole - 1] } else if cut < HEADER_BYTES { 0 } else { HEADER_BYTES };
            let (records, tail, error) = decode([&segment[..cut]]);
            prop_assert_eq!(records, blocks[..n_whole].concat());
            prop_assert_eq!(error, None);
            let bytes = u64::try_from(cut - good).expect("small");
            let offset = u64::try_from(good).expect("small");
            let expected = (bytes > 0).then_some(DroppedTail { offset, bytes, cause: TailCause::Truncated });
            prop_assert_eq!(tail, expected);
        }
    }

    #[test]
    fn any_changed_byte_is_noticed(blocks in blocks(), change in 1_u8..=255) {
        let (segment, ends) = encode(&blocks);
        for at in 0..segment.len() {
            let mut changed = segment.clone();
            changed[at] ^= change;
            let (records, tail, error) = decode([&changed[..]]);
            // The first block's hash covers the header. A header alone has nothing to lose, and its version may
            // become an earlier one.
            let header_alone = segment.len() == HEADER_BYTES && SegmentHeader::parse(&changed[..].try_into().unwrap()).is_ok();
            prop_assert!(header_alone || tail.is_some() || error.is_some(), "a change at {} was not noticed", at);
            let n_before = ends.iter().filter(|end| **end <= at).count();
            prop_assert_eq!(records, if at < HEADER_BYTES { Vec::new() } else { blocks[..n_before].concat() });
        }
    }

    #[test]
    fn swapped_blocks_are_noticed(first in request(), second in request()) {
        let (segment, ends) = encode(&[vec![first], vec![second]]);
        let swapped = [&segment[..HEADER_BYTES], &segment[ends[0]..], &segment[HEADER_BYTES..ends[0]]].concat();
        let (records, tail, _) = decode([&swapped[..]]);
        prop_assert_eq!(records, Vec::new());
        prop_assert_eq!(tail.map(|tail| tail.cause), Some(TailCause::HashMismatch));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), with_header in any::<bool>()) {
        let (mut segment, _) = encode(&[]);
        segment.extend(&bytes);
        decode([if with_header { &segment[..] } else { &bytes[..] }]);
    }

    #[test]
    fn arbitrary_records_in_a_right_block_never_panic(
        kind in 0_u8..9, fields in vec(prop_oneof![any::<u8>(), 0_u8..3], 0..80), length_is_right in any::<bool>()
    ) {
        let length = if length_is_right { u32::try_from(fields.len()).expect("small") } else { u32::MAX };
        let payload = [&[kind][..], &length.to_le_bytes(), &fields].concat();
        let mut segment = Vec::new();
        SegmentEncoder::start(&mut segment).block(&payload, &mut segment).expect("a small block");
        let (records, _, error) = decode([&segment[..]]);
        prop_assert_eq!(records.len() == 1, error.is_none());
        if let Some(record) = records.first() {
            let mut again = Vec::new();
            encode_record(record, &mut again);
            // A body may be packed in many ways.
            let is_packed = kind == 3 && fields.first().is_some_and(|flags| flags & 128 != 0);
            if is_packed {
                let mut segment = Vec::new();
                SegmentEncoder::start(&mut segment).block(&again, &mut segment).expect("a small block");
                prop_assert_eq!(decode([&segment[..]]), (records, None, None));
            } else {
                prop_assert_eq!(again, payload, "two ways to write one record");
            }
        }
    }
}

#[test]
fn a_length_that_lies_reserves_nothing() {
    let (mut segment, _) = encode(&[]);
    segment.extend((200_u32 << 20).to_le_bytes());
    segment.extend([0; BLOCK_HEAD_BYTES]);
    let (records, tail, error) = decode([&segment[..]]);
    assert_eq!(
        (records.len(), tail.map(|tail| tail.cause), error),
        (0, Some(TailCause::Truncated), None)
    );
}

#[test]
fn a_length_past_the_limit_is_named() {
    let (mut segment, _) = encode(&[]);
    segment.extend(u32::MAX.to_le_bytes());
    segment.extend([0; BLOCK_HEAD_BYTES]);
    assert_eq!(
        decode([&segment[..]]).1.map(|tail| tail.cause),
        Some(TailCause::BlockTooLong)
    );
}

#[test]
fn another_file_and_another_version_are_refused() {
    assert_eq!(decode([&b"{\"event_type\""[..]]).2, Some(LogError::NotALog));
    let (mut segment, _) = encode(&[]);
    segment[8] = 4;
    assert_eq!(decode([&segment[..]]).2, Some(LogError::UnsupportedVersion(4)));
}
