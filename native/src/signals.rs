//! SIGINT and SIGTERM as a flag that every thread can see.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::run::Interrupt;

/// Exit code of a program that a signal ended.
pub const INTERRUPTED: u8 = 130;

/// The signal of a write beyond the process's file size limit. Its number is the same on every Linux that Rust runs
/// on but MIPS; signal-hook has no name for it.
const SIGXFSZ: i32 = 25;

/// From now on the first SIGINT or SIGTERM sets the flag, and a second one ends the process at once.
///
/// A write past the file size limit (`ulimit -f`) becomes an error like a full disk instead of the process's end.
pub fn install() -> io::Result<Interrupt> {
    let interrupt = Interrupt::default();
    for signal in [SIGINT, SIGTERM] {
        // In this order: the flag is not set yet when the first signal looks at it.
        flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&interrupt))?;
        flag::register(signal, Arc::clone(&interrupt))?;
    }
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    Ok(interrupt)
}
