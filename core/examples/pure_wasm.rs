//! Core as a wasm module that needs nothing from its host. `cargo xtask test` builds it for wasm32, asserts that it
//! imports nothing, and runs its one export in Node.

use std::hint::black_box;

use runbench_core::parse::{Node, ParseError, Value, parse_json, parse_yaml};

const SYSTEM: &str = "system_name: Nimbus\nmax_supported_concurrency: 1024  # M\n";
const SUMMARY: &str = r#"{"qps": 1e999, "n_samples_issued": 1024}"#;

/// Reads the same number from a YAML and from a JSON document and gives it back; 0 if they don't agree.
#[unsafe(no_mangle)]
pub extern "C" fn check() -> u32 {
    // Hidden from the optimiser, or it could run the parsers at compile time and drop them.
    let system = parse_yaml(black_box(SYSTEM).as_bytes());
    let summary = parse_json(black_box(SUMMARY).as_bytes());
    match (
        number(system, "max_supported_concurrency"),
        number(summary, "n_samples_issued"),
    ) {
        (Some(declared), Some(issued)) if declared == issued => declared,
        _ => 0,
    }
}

fn number(document: Result<Node, ParseError>, key: &str) -> Option<u32> {
    match document.ok()?.value {
        Value::Map(map) => match &map.get(key)?.value {
            Value::Int(number) => u32::try_from(number).ok(),
            _ => None,
        },
        _ => None,
    }
}
