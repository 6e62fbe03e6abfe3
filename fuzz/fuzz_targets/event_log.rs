//! Any bytes as the records of a right block, and as a segment: what is read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbench_core::event_log::{SegmentDecoder, SegmentEncoder, encode_record};
use runbench_core::record::Record;

fn read(segment: &[u8]) -> Vec<Record> {
    let mut decoder = SegmentDecoder::new();
    decoder.push(segment);
    std::iter::from_fn(|| decoder.next_record().ok().flatten()).collect()
}

fn segment(payload: &[u8]) -> Vec<u8> {
    let mut segment = Vec::new();
    SegmentEncoder::start(&mut segment).block(payload, &mut segment).expect("a small block");
    segment
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let records = read(&segment(bytes));
    let mut payload = Vec::new();
    for record in &records {
        encode_record(record, &mut payload);
    }
    assert_eq!(read(&segment(&payload)), records);
});
