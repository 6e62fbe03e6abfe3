//! Ending with the process that started this one, so that nothing stays behind when that is killed.

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

/// Why a process can't tie itself to its parent.
#[derive(Debug, thiserror::Error)]
pub enum ParentError {
    /// The process named is gone already, or never was the parent.
    #[error("process {expected} is not the parent (that is {actual}); it may have ended already")]
    NotParent {
        /// The process named.
        expected: u32,
        /// The parent now; 0 if it lies outside what this process can see.
        actual: i32,
    },
    /// The system refuses.
    #[error("can't ask to be told of the parent's end: {0}")]
    System(#[from] rustix::io::Errno),
}

/// Asks the kernel for SIGTERM when the thread that started this process ends.
///
/// The parent is looked at after that: had it ended before, no signal would ever come.
pub fn end_with(parent: u32) -> Result<(), ParentError> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let actual = getppid().map_or(0, Pid::as_raw_pid);
    if i32::try_from(parent) == Ok(actual) {
        return Ok(());
    }
    Err(ParentError::NotParent {
        expected: parent,
        actual,
    })
}
