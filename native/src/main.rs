//! The `runbench` binary.

use runbench as _;

fn main() {}
