//! Which cores this process may use, and pinning a thread to one.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores that this process may use, lowest first; empty if the system doesn't say.
pub fn allowed() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(None) else {
        return Vec::new();
    };
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
}

/// Pins the calling thread to one core.
pub fn pin_this_thread(core: usize) -> io::Result<()> {
    if core >= CpuSet::MAX_CPU {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set)?;
    Ok(())
}

/// Reads a list such as `0,2-3`. The message says what is wrong.
pub fn parse_list(text: &str) -> Result<Vec<usize>, String> {
    let mut cores = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let read = |number: &str| {
            number
                .trim()
                .parse::<usize>()
                .map_err(|_| format!("`{part}` is neither a core nor a range; write cores as in `0,2-3`"))
        };
        let (first, last) = (read(first)?, read(last)?);
        if first > last || last >= CpuSet::MAX_CPU {
            return Err(format!(
                "`{part}` is not a range of cores from 0 to {}",
                CpuSet::MAX_CPU.saturating_sub(1)
            ));
        }
        cores.extend(first..=last);
    }
    cores.sort_unstable();
    cores.dedup();
    Ok(cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cores_and_ranges() {
        assert_eq!(parse_list("3"), Ok(vec![3]));
        assert_eq!(parse_list("5,0,2-3, 2"), Ok(vec![0, 2, 3, 5]));
    }

    #[test]
    fn refuses_what_is_no_list() {
        for text in ["", "a", "1,", "3-2", "-1", "0-999999999"] {
            assert!(parse_list(text).is_err(), "{text}");
        }
    }
}
