//! `runbench-core` for WebAssembly: type mapping and exports, nothing else.
//!
//! [`files`] shows files that a host hands out in slices as a tree; [`answers`] puts core's answers into the JSON that
//! the page and other hosts read. Both are plain Rust; the exports over them exist for wasm32 only.
#![forbid(unsafe_code)]

pub mod answers;
#[cfg(target_arch = "wasm32")]
pub mod exports;
pub mod files;
