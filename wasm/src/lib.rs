//! `runbench-core` for WebAssembly: type mapping and exports, nothing else.
#![forbid(unsafe_code)]
