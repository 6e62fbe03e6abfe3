//! Any bytes as JSON: whole, through windows of any length, and with nothing kept, it is the same document or the same
//! error at the same place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbench_core::diag::Source;
use runbench_core::parse::{Keep, Unkept, parse_json, read_json_by};

fuzz_target!(|data: (u8, &[u8])| {
    let (window, bytes) = data;
    let whole = parse_json(bytes);
    let read = |keep| match read_json_by(usize::from(window), &mut &*bytes, keep, usize::MAX) {
        Ok(kept) => Ok((kept.root, kept.pieces)),
        Err(Unkept::Parse(error, pieces)) => Err((error, pieces)),
        Err(other) => panic!("{other:?}"),
    };
    match (&whole, read(&Keep::All), read(&Keep::Shape)) {
        (Ok(root), Ok((kept, pieces)), Ok((shape, _))) => {
            assert_eq!(format!("{kept:?}"), format!("{root:?}"));
            assert_eq!(shape.span, root.span);
            let held = Source::of_pieces(String::new(), pieces).place("", root.span);
            let known = Source::new(String::new(), bytes.to_vec()).place("", root.span);
            assert_eq!(
                (held.line, held.column, held.text),
                (known.line, known.column, known.text)
            );
        }
        (Err(error), Err((kept, _)), Err((shape, _))) => assert!(kept == *error && shape == *error),
        other => panic!("{other:?}"),
    }
});
