//! Any bytes as an HTTP answer, in two pieces and byte by byte: it is the same head, body and end, or the same error; and
//! what is watched of a stream's body is what the decoder finds in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbench_core::http1::{Head, HttpError, Piece, ResponseReader};
use runbench_core::sse::{Boundaries, Decoder};

type Read = Result<(Option<Head>, Vec<u8>, bool), HttpError>;

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut reader = ResponseReader::new();
    let (mut head, mut body, mut is_ended) = (None, Vec::new(), false);
    for mut piece in pieces {
        while let Some(found) = reader.next(&mut piece)? {
            match found {
                Piece::Head(found) => head = Some(found),
                Piece::Body(bytes) => body.extend_from_slice(bytes),
                Piece::End => is_ended = true,
            }
        }
    }
    Ok((head, body, is_ended))
}

fuzz_target!(|data: (u16, &[u8])| {
    let (cut, bytes) = data;
    let (start, rest) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let found = read([start, rest]);
    assert_eq!(read(bytes.chunks(1)), found);
    let Ok((_, body, _)) = found else { return };
    let (mut n_events, mut last_end) = (0, 0);
    Decoder::new(usize::MAX)
        .push(&body, |event| {
            n_events += 1;
            last_end = event.end;
        })
        .expect("no limit");
    for pieces in [vec![body.len()], (0..=body.len()).collect()] {
        let mut boundaries = Boundaries::default();
        for end in pieces {
            boundaries.advance(&body[..end]);
        }
        assert_eq!((boundaries.n_events(), boundaries.last_end() as u64), (n_events, last_end));
    }
});
