//! Properties of the SSE decoder.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use runbench_core::sse::{Boundaries, Decoder, SseError};

const LIMIT: usize = 48;

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    kind: String,
    data: Vec<u8>,
    last_id: String,
    end: u64,
}

/// Events of a stream that comes in pieces ending at `cuts`, the error if there was one, and whether the end was clean.
fn decode(stream: &[u8], cuts: &[usize]) -> (Vec<Seen>, Option<SseError>, bool) {
    let mut events = Vec::new();
    let mut decoder = Decoder::new(LIMIT);
    let mut error = None;
    let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    bounds.extend([0, stream.len()]);
    bounds.sort_unstable();
    for pair in bounds.windows(2) {
        let result = decoder.push(&stream[pair[0]..pair[1]], |event| {
            events.push(Seen {
                kind: event.kind.to_owned(),
                data: event.data.to_vec(),
                last_id: event.last_id.to_owned(),
                end: event.end,
            });
        });
        error = error.or(result.err());
    }
    (events, error, decoder.is_between_events())
}

/// Data of each event by the plainest reading of the standard: whole text, all line ends made LF, split, joined.
fn plain_reading(stream: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8(stream.to_vec()).expect("the generator writes ASCII");
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop();
    let mut events = Vec::new();
    let mut data: Vec<&str> = Vec::new();
    for line in lines {
        if line.is_empty() {
            if !data.is_empty() {
                events.push(data.join("\n").into_bytes());
            }
            data.clear();
        } else if line == "data" {
            data.push("");
        } else if let Some(value) = line.strip_prefix("data:") {
            data.push(value.strip_prefix(' ').unwrap_or(value));
        }
    }
    events
}

/// Streams made of the pieces that matter, so that most of them hold events.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = select(vec![
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "data",
        "data:",
        "data: a",
        ": note",
        "event: e",
        "id: 7",
        "id",
        "retry: 3",
        ":",
        " ",
        "\0",
        "x",
        "dat",
        "{\"k\":1}",
    ]);
    vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(stream in stream(), mark in any::<bool>(), cuts in vec(any::<usize>(), 0..12)) {
        let mut bytes = if mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bytes.extend(stream);
        let every_byte: Vec<usize> = (0..bytes.len()).collect();
        let whole = decode(&bytes, &[]);
        prop_assert_eq!(&decode(&bytes, &cuts), &whole);
        prop_assert_eq!(&decode(&bytes, &every_byte), &whole);
    }

    #[test]
    fn any_split_of_any_bytes_gives_the_same_events(bytes in vec(any::<u8>(), 0..200), cuts in vec(any::<usize>(), 0..12)) {
        prop_assert_eq!(decode(&bytes, &cuts), decode(&bytes, &[]));
    }

    #[test]
    fn agrees_with_the_plain_reading(stream in stream()) {
        let (events, error, _) = decode(&stream, &[]);
        let expected = plain_reading(&stream);
        let data: Vec<Vec<u8>> = events.into_iter().map(|event| event.data).collect();
        if error.is_none() {
            prop_assert_eq!(data, expected);
        } else {
            prop_assert_eq!(&data[..], &expected[..data.len()]);
        }
    }

    #[test]
    fn offsets_grow_and_cutting_there_keeps_the_event(stream in stream()) {
        let (events, _, _) = decode(&stream, &[]);
        prop_assert!(events.windows(2).all(|pair| pair[0].end < pair[1].end));
        for (index, event) in events.iter().enumerate() {
            let end = usize::try_from(event.end).expect("a short stream");
            prop_assert_eq!(decode(&stream[..end], &[]).0.len(), index + 1);
            prop_assert_eq!(decode(&stream[..end - 1], &[]).0.len(), index);
        }
    }
}

proptest! {
    #[test]
    fn boundaries_are_those_of_the_decoder(
        lines in vec(
            select(vec!["data: a", "data", "data:", "datum: b", ": c", "event: d", "\u{feff}", "", "", "data: {\"x\":1}"]),
            0..12,
        ),
        ends in vec(select(vec!["\n", "\r", "\r\n"]), 12),
        cuts in vec(any::<usize>(), 0..6),
    ) {
        let stream: String = lines.iter().zip(&ends).flat_map(|(line, end)| [*line, *end]).collect();
        let stream = stream.as_bytes();
        let mut ends = Vec::new();
        Decoder::new(1 << 20).push(stream, |event| ends.push(event.end)).expect("no event is that large");
        let mut boundaries = Boundaries::default();
        let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
        bounds.push(stream.len());
        bounds.sort_unstable();
        for bound in bounds {
            boundaries.advance(&stream[..bound]);
        }
        let n_events = u64::try_from(ends.len()).expect("a few");
        let last_end = ends.last().map_or(0, |end| usize::try_from(*end).expect("a few"));
        prop_assert_eq!((boundaries.n_events(), boundaries.last_end()), (n_events, last_end));
    }
}
