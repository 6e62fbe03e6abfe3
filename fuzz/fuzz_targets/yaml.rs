//! Any bytes as YAML: no panic, places within the file, and the same by the short way and in stages.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbench_core::parse::{parse_yaml, parse_yaml_in_stages};

fuzz_target!(|bytes: &[u8]| {
    let parsed = parse_yaml(bytes);
    let in_stages = parse_yaml_in_stages(bytes);
    assert_eq!(format!("{parsed:?}"), format!("{in_stages:?}"));
    match parsed {
        Ok(root) => assert!(root.span.end <= bytes.len()),
        Err(error) => assert!(error.at <= bytes.len()),
    }
});
