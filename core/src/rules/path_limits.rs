//! How long a path can be on Linux, where the reference runs: it crashes on a longer one instead of calling it absent.

/// Longest name of a file or directory, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

/// Longest path, in bytes.
pub(super) const LONGEST_PATH: usize = 4095;
