//! Any bytes as YAML: no panic, and places within the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbench_core::parse::parse_yaml;

fuzz_target!(|bytes: &[u8]| {
    match parse_yaml(bytes) {
        Ok(root) => assert!(root.span.end <= bytes.len()),
        Err(error) => assert!(error.at <= bytes.len()),
    }
});
