//! Bodies of streams, packed: most of an event stands in the event before it already.
//!
//! A packed body is its length and then steps. A step takes bytes from the front and from the end of what the step
//! before it gave, and puts its own between them.

use core::ops::Range;

use memchr::memchr_iter;

use super::varint::{Fields, Malformed, put_bytes, put_u64};

/// The longest body that is packed. Bytes. A record can't grow beyond it, whatever a log says.
const MAX_BODY_BYTES: usize = 64 << 20;

/// The shortest that is.
const MIN_BODY_BYTES: usize = 256;

/// What a longer step gave can't be taken from: it bounds how much a few bytes of a log can grow to.
const MAX_SOURCE_BYTES: usize = 4 << 10;

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// Appends `body` packed; appends nothing and says `false` where that would not be shorter.
pub(super) fn put_packed(body: &[u8], out: &mut Vec<u8>) -> bool {
    if !(MIN_BODY_BYTES..=MAX_BODY_BYTES).contains(&body.len()) {
        return false;
    }
    let start = out.len();
    put_length(body.len(), out);
    let (mut source, mut rest) = (&[][..], body);
    while !rest.is_empty() {
        let (event, after) = rest.split_at_checked(event_length(rest)).unwrap_or((rest, &[]));
        put_step(source, event, out);
        if out.len().saturating_sub(start) >= body.len() {
            out.truncate(start);
            return false;
        }
        source = if event.len() <= MAX_SOURCE_BYTES {
            event
        } else {
            &[]
        };
        rest = after;
    }
    true
}

fn put_step(source: &[u8], event: &[u8], out: &mut Vec<u8>) {
    let n_front = common_front(source, event);
    let rest = event.get(n_front..).unwrap_or_default();
    let n_end = common_end(source, rest);
    put_length(n_front, out);
    put_length(n_end, out);
    put_bytes(
        rest.get(..rest.len().saturating_sub(n_end)).unwrap_or_default(),
        out,
    );
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    put_u64(u64::try_from(length).unwrap_or(u64::MAX), out);
}

/// Length of the first event with the blank line that ends it; of everything if there is no such line.
fn event_length(bytes: &[u8]) -> usize {
    for at in memchr_iter(LF, bytes) {
        let end = at.saturating_add(1);
        match bytes.get(end..) {
            Some([LF, ..]) => return end.saturating_add(1),
            Some([CR, LF, ..]) => return end.saturating_add(2),
            _ => {}
        }
    }
    bytes.len()
}

/// Bytes compared at once.
const LANE: usize = 16;

/// How many bytes are the same from the front on.
fn common_front(one: &[u8], other: &[u8]) -> usize {
    let (one_lanes, other_lanes) = (one.as_chunks::<LANE>().0, other.as_chunks::<LANE>().0);
    let mut n_same: usize = 0;
    for (one, other) in one_lanes.iter().zip(other_lanes) {
        let difference = u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other);
        if difference != 0 {
            return n_same.saturating_add(whole_bytes(difference.trailing_zeros()));
        }
        n_same = n_same.saturating_add(LANE);
    }
    let one = one.get(n_same..).unwrap_or_default();
    let other = other.get(n_same..).unwrap_or_default();
    let n_more = one.iter().zip(other).take_while(|(one, other)| one == other);
    n_same.saturating_add(n_more.count())
}

/// How many bytes are the same from the end on.
fn common_end(one: &[u8], other: &[u8]) -> usize {
    let (one_lanes, other_lanes) = (one.as_rchunks::<LANE>().1, other.as_rchunks::<LANE>().1);
    let mut n_same: usize = 0;
    for (one, other) in one_lanes.iter().rev().zip(other_lanes.iter().rev()) {
        let difference = u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other);
        if difference != 0 {
            return n_same.saturating_add(whole_bytes(difference.leading_zeros()));
        }
        n_same = n_same.saturating_add(LANE);
    }
    let before = |bytes: &[u8]| bytes.len().saturating_sub(n_same);
    let one = one.get(..before(one)).unwrap_or_default();
    let other = other.get(..before(other)).unwrap_or_default();
    let n_more = one.iter().rev().zip(other.iter().rev());
    let n_more = n_more.take_while(|(one, other)| one == other);
    n_same.saturating_add(n_more.count())
}

fn whole_bytes(bits: u32) -> usize {
    usize::try_from(bits / 8).unwrap_or(0)
}

/// Reads a packed body.
pub(super) fn packed(fields: &mut Fields<'_>) -> Result<Vec<u8>, Malformed> {
    let length: usize = fields.number()?;
    if length > MAX_BODY_BYTES {
        return Err(Malformed::BadPacking);
    }
    let mut body = Vec::new();
    let mut source: Range<usize> = 0..0;
    while body.len() < length {
        let (n_front, n_end): (usize, usize) = (fields.number()?, fields.number()?);
        let between = fields.bytes()?;
        let start = body.len();
        let n_step = n_front.saturating_add(between.len()).saturating_add(n_end);
        if n_front.max(n_end) > source.len() || n_step == 0 || n_step > length.saturating_sub(start) {
            return Err(Malformed::BadPacking);
        }
        body.extend_from_within(source.start..source.start.saturating_add(n_front));
        body.extend_from_slice(between);
        body.extend_from_within(source.end.saturating_sub(n_end)..source.end);
        source = if n_step <= MAX_SOURCE_BYTES {
            start..body.len()
        } else {
            0..0
        };
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
        packed(&mut Fields(bytes))
    }

    /// Packs and unpacks a body; gives the packed length.
    fn check(body: &[u8]) -> usize {
        let mut out = b"before".to_vec();
        assert!(put_packed(body, &mut out), "{} bytes", body.len());
        let bytes = out.strip_prefix(b"before").unwrap();
        let mut fields = Fields(bytes);
        assert_eq!(packed(&mut fields).as_deref(), Ok(body));
        assert_eq!(fields.end(), Ok(()));
        bytes.len()
    }

    fn stream(n: usize, ending: &str) -> Vec<u8> {
        let event = |n: usize| {
            format!(
                "data: {{\"id\":\"chatcmpl-0\",\"created\":1,\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{n}\"}},\
                 \"logprobs\":null,\"finish_reason\":null}}]}}{ending}{ending}"
            )
        };
        (0..n).map(event).collect::<String>().into_bytes()
    }

    #[test]
    fn what_repeats_takes_a_few_bytes() {
        for ending in ["\n", "\r\n"] {
            let body = stream(64, ending);
            let length = check(&body);
            assert!(length < body.len() / 10, "{length} of {}", body.len());
        }
    }

    #[test]
    fn events_of_any_length_come_back() {
        let long = format!("data: {}\n\n", "x".repeat(MAX_SOURCE_BYTES));
        let mut body = stream(3, "\n");
        body.extend_from_slice(long.as_bytes());
        body.extend_from_slice(long.as_bytes());
        body.extend_from_slice(&stream(3, "\n"));
        body.extend_from_slice(b"data: no end");
        check(&body);
    }

    #[test]
    fn front_and_end_may_not_take_the_same_bytes_twice() {
        // Each event is the one before it with one byte more, so that both ends of it match.
        let events: Vec<String> = (0..60).map(|n| "a".repeat(n)).collect();
        check(events.join("\n\n").as_bytes());
    }

    #[test]
    fn what_does_not_repeat_stays_as_it_is() {
        let body: Vec<u8> = (0..=255)
            .cycle()
            .take(1000)
            .map(|n: u8| n.wrapping_mul(167))
            .collect();
        let lines: Vec<u8> = body.iter().flat_map(|byte| [*byte, LF, LF]).collect();
        for body in [&body[..], &lines[..], b"data: short\n\n"] {
            let mut out = b"before".to_vec();
            assert!(!put_packed(body, &mut out) || out.len() < body.len());
            assert!(out.starts_with(b"before"));
        }
        let mut out = Vec::new();
        assert!(!put_packed(&body, &mut out));
        assert!(out.is_empty());
    }

    #[test]
    fn counts_what_is_the_same_from_either_side() {
        let text = b"0123456789abcdef0123456789abcdef0123456789";
        for cut in 0..text.len() {
            let mut other = text.to_vec();
            other[cut] = b'x';
            assert_eq!(common_front(text, &other), cut);
            assert_eq!(common_end(text, &other), text.len() - cut - 1);
            assert_eq!(common_front(text, &text[..cut]), cut);
            assert_eq!(common_end(text, &text[cut..]), text.len() - cut);
        }
    }

    #[test]
    fn refuses_steps_that_do_not_fit() {
        // Length 4; nothing from the front, nothing from the end, two bytes; both from the front; again nothing.
        assert_eq!(
            unpack(&[4, 0, 0, 2, b'h', b'i', 2, 0, 0]).as_deref(),
            Ok(&b"hihi"[..])
        );
        assert_eq!(unpack(&[0]).as_deref(), Ok(&b""[..]));
        let bad: [&[u8]; 5] = [
            &[4, 0, 0, 2, b'h', b'i', 3, 0, 0],
            &[4, 0, 0, 2, b'h', b'i', 0, 3, 0],
            &[4, 0, 0, 2, b'h', b'i', 2, 2, 0],
            &[4, 0, 0, 2, b'h', b'i', 0, 0, 0],
            &[0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 1, b'x'],
        ];
        for bytes in bad {
            assert_eq!(unpack(bytes), Err(Malformed::BadPacking), "{bytes:?}");
        }
        assert_eq!(unpack(&[4, 0, 0, 2, b'h']), Err(Malformed::TooShort));
    }
}
