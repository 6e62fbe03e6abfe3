//! How much a submission may hold before we say so, each with its reason, in one place.
//!
//! A submission is some hundred small files, and perhaps a few logs. The limits are far above that, and low enough that
//! no submission costs more than bounded memory and a bounded wait. What exceeds one is a finding of our own
//! (`rules/own/input/`).

/// Longest file in bytes. Files are read as streams, so this bounds time, not memory: 4 GiB take some seconds. Longer
/// ones are not read.
pub const FILE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Longest file that is held as a whole, in bytes: YAML. The files are some kilobytes, and the reference needs minutes for
/// one of this length.
pub const WHOLE_BYTES: u64 = 16 * 1024 * 1024;

/// JSON files up to this length are kept as they are, with all their values; of longer ones only the values that rules
/// look at.
pub const WHOLE_JSON_BYTES: u64 = 256 * 1024;

/// What the kept part of one longer JSON file may take in memory, by estimate, in bytes. With the rest of the program it
/// stays below 64 MiB.
pub const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// What the kept parts of all files of a submission may take together, by estimate, in bytes.
pub const ALL_KEPT_BYTES: usize = 1024 * 1024 * 1024;

/// All files together, in bytes, read or not. Nobody can review more, and most services refuse an upload of this size.
pub const TOTAL_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// Files and directories together. An index of so many names takes some tens of megabytes.
pub const ENTRIES: usize = 65_536;

/// Longest archive that is read from a pipe, in bytes: it is kept in a temporary file.
pub const PIPED_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// Names in a path. The deepest file of a published layout has six.
pub const DEPTH: usize = 32;

/// Bytes in a path below the submission's folder. Windows unpacks 260 characters, Linux 4,096 bytes.
pub const PATH_BYTES: usize = 1024;

/// How many times its packed size an archive's file may be, once it is longer than [`RATIO_FROM_BYTES`]. JSON and logs
/// pack to a tenth or a thirtieth; deflate's bound is 1,032.
pub const RATIO: u64 = 100;

/// Files up to this length in bytes may have any ratio: a file of blanks is no threat.
pub const RATIO_FROM_BYTES: u64 = 1024 * 1024;

/// How many findings of one kind are told one by one; the rest is counted.
pub const TOLD: usize = 20;

/// Whether something of this length may have come out of so many packed bytes.
pub fn ratio_allowed(length: u64, packed: u64) -> bool {
    length <= RATIO_FROM_BYTES || length / RATIO <= packed
}
