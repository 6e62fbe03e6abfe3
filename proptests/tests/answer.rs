//! Properties of reading answers.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use runbench_core::answer::{Answer, Failure, after_first_text, decode, output_text};
use runbench_core::record::{Read, RequestRecord, TransportEnd};
use serde_json::json;

const ISSUED_NS: u64 = 1_000;
const DONE_NS: u64 = 1_000_000;

/// A record whose body comes in reads that end at `cuts`, 10 ns apart.
fn record(body: &[u8], cuts: &[Index], event_stream: bool) -> RequestRecord {
    let length = body.len();
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(length + 1)).collect();
    ends.push(length);
    ends.sort_unstable();
    let stamp = |(place, end): (usize, usize)| Read {
        at_ns: ISSUED_NS + 10 * (u64::try_from(place).unwrap() + 1),
        body_end: u64::try_from(end).unwrap(),
    };
    RequestRecord {
        id: 1,
        sample_index: 0,
        scheduled_ns: ISSUED_NS,
        issued_ns: ISSUED_NS,
        head_ns: None,
        done_ns: DONE_NS,
        http_status: Some(200),
        event_stream,
        reads: ends.into_iter().enumerate().map(stamp).collect(),
        body: body.to_vec(),
        end: TransportEnd::Complete,
        connection: runbench_core::record::ConnectionUse::default(),
    }
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Reasoning(String),
    Tool(u64, String),
    Role,
    Comment,
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        4 => ".{0,6}".prop_map(Piece::Text),
        1 => ".{0,6}".prop_map(Piece::Reasoning),
        1 => (0..3_u64, "[a-z\"{}]{0,5}").prop_map(|(index, text)| Piece::Tool(index, text)),
        1 => Just(Piece::Role),
        1 => Just(Piece::Comment),
    ]
}

fn stream(pieces: &[Piece], line_end: &str) -> String {
    let event = |delta: serde_json::Value| format!("data: {}", json!({"choices": [{"delta": delta}]}));
    let mut lines = Vec::new();
    for piece in pieces {
        lines.push(match piece {
            Piece::Text(text) => event(json!({"content": text})),
            Piece::Reasoning(text) => event(json!({"reasoning": text})),
            Piece::Tool(index, text) => {
                event(json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]}))
            }
            Piece::Role => event(json!({"role": "assistant", "content": ""})),
            Piece::Comment => ": still here".to_owned(),
        });
        lines.push(String::new());
    }
    lines.push("data: [DONE]".to_owned());
    lines.push(String::new());
    lines.push(String::new());
    lines.join(line_end)
}

fn without_stamps(answer: Result<Answer, Failure>) -> Result<Answer, Failure> {
    let mut answer = answer?;
    answer.first_ns = answer.first_ns.map(|_| 0);
    for chunk in &mut answer.chunks {
        chunk.at_ns = 0;
    }
    Ok(answer)
}

/// Stamps rise from the issue to the end, ranges cover the texts, the counted texts are parts of them.
fn check_sound(answer: &Answer) -> Result<(), TestCaseError> {
    let mut at_ns = ISSUED_NS;
    let mut covered = 0;
    for chunk in &answer.chunks {
        prop_assert!(chunk.at_ns >= at_ns && chunk.at_ns <= DONE_NS);
        at_ns = chunk.at_ns;
        covered += chunk.range.len();
    }
    prop_assert_eq!(answer.first_ns, answer.chunks.first().map(|chunk| chunk.at_ns));
    if answer.streamed {
        prop_assert_eq!(covered, answer.text.len() + answer.reasoning.len());
    }
    let whole = output_text(answer).map_or(0, |text| text.len());
    let after_first = after_first_text(answer).map_or(0, |text| text.len());
    let cut_tool_calls = answer.text.is_empty() && answer.reasoning.is_empty();
    prop_assert!(after_first < whole.max(1) || cut_tool_calls);
    Ok(())
}

proptest! {
    #[test]
    fn a_stream_reads_the_same_under_any_split(
        pieces in vec(piece(), 0..12),
        line_end in select(vec!["\n", "\r\n", "\r"]),
        cuts in vec(any::<Index>(), 0..20),
    ) {
        let body = stream(&pieces, line_end);
        let whole = decode(&record(body.as_bytes(), &[], true));
        let split = decode(&record(body.as_bytes(), &cuts, true));
        check_sound(split.as_ref().unwrap())?;
        prop_assert_eq!(without_stamps(whole), without_stamps(split));
    }

    #[test]
    fn a_stream_gives_back_its_texts(pieces in vec(piece(), 0..12), cuts in vec(any::<Index>(), 0..20)) {
        let answer = decode(&record(stream(&pieces, "\n").as_bytes(), &cuts, true)).unwrap();
        let text: String =
            pieces.iter().filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None }).collect();
        let reasoning: String = pieces
            .iter()
            .filter_map(|piece| if let Piece::Reasoning(text) = piece { Some(text.as_str()) } else { None })
            .collect();
        prop_assert_eq!(&answer.text, &text);
        prop_assert_eq!(&answer.reasoning, &reasoning);
        let has_tool_calls = pieces.iter().any(|piece| matches!(piece, Piece::Tool(..)));
        prop_assert_eq!(answer.tool_calls.is_some(), has_tool_calls);
    }

    #[test]
    fn each_chunk_bears_the_stamp_of_the_read_that_completed_it(
        count in 1..8_usize,
        cuts in vec(any::<Index>(), 0..30),
    ) {
        let pieces = vec![Piece::Text("word".to_owned()); count];
        let body = stream(&pieces, "\n");
        let record = record(body.as_bytes(), &cuts, true);
        let answer = decode(&record).unwrap();
        let mut end = 0;
        for chunk in &answer.chunks {
            end += body[end..].find("\n\n").unwrap() + 2;
            let expected = record.reads.iter().find(|read| read.body_end >= u64::try_from(end).unwrap()).unwrap();
            prop_assert_eq!(chunk.at_ns, expected.at_ns);
        }
        prop_assert_eq!(answer.chunks.len(), count);
    }

    #[test]
    fn a_cut_stream_never_passes_for_a_whole_one(pieces in vec(piece(), 1..8), cut in any::<Index>()) {
        let body = stream(&pieces, "\n");
        let kept = cut.index(body.rfind("[DONE]").unwrap());
        prop_assert!(decode(&record(&body.as_bytes()[..kept], &[], true)).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        body in vec(any::<u8>(), 0..300),
        cuts in vec(any::<Index>(), 0..5),
        event_stream: bool,
    ) {
        if let Ok(answer) = decode(&record(&body, &cuts, event_stream)) {
            check_sound(&answer)?;
        }
    }

    #[test]
    fn mangled_answers_are_read_or_refused(
        pieces in vec(piece(), 0..5),
        changes in vec((any::<Index>(), any::<u8>()), 1..6),
        event_stream: bool,
    ) {
        let mut body = stream(&pieces, "\n").into_bytes();
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        match decode(&record(&body, &[], event_stream)) {
            Ok(answer) => check_sound(&answer)?,
            Err(failure) => {
                prop_assert!(failure.message.len() < 2_000 && !failure.message.contains('\n'));
            }
        }
    }
}
