//! Which cores this process may use, and which of them do what.

use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Why a thread does not run where it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AffinityError {
    /// The system refused to tell or to set the cores.
    #[error("the system refused: {0}")]
    Refused(Errno),
    /// The cores read back are not those that were set.
    #[error("asked for cores {asked:?} but the thread may run on {actual:?}")]
    NotKept {
        /// What was set.
        asked: Vec<usize>,
        /// What was read back.
        actual: Vec<usize>,
    },
}

/// Cores that the current thread may run on, in increasing order.
pub fn allowed_cores() -> Result<Vec<usize>, AffinityError> {
    let set = sched_getaffinity(None).map_err(AffinityError::Refused)?;
    Ok((0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
}

/// Lets the current thread run on `cores` only, and checks that it is so. Threads that it starts inherit that.
pub fn pin_current_thread(cores: &[usize]) -> Result<(), AffinityError> {
    let mut set = CpuSet::new();
    for &core in cores.iter().filter(|core| **core < CpuSet::MAX_CPU) {
        set.set(core);
    }
    sched_setaffinity(None, &set).map_err(AffinityError::Refused)?;
    let mut asked = cores.to_vec();
    asked.sort_unstable();
    asked.dedup();
    let actual = allowed_cores()?;
    if actual == asked {
        Ok(())
    } else {
        Err(AffinityError::NotKept { asked, actual })
    }
}

/// Which cores do what during the timed window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorePlan {
    /// The core of each client thread.
    pub clients: Vec<usize>,
    /// Cores of everything else: progress, log writer, signals.
    pub others: Vec<usize>,
    /// Whether something shares a core with a client thread, because there are not enough cores for all.
    pub shared: bool,
}

/// The most client threads that are started when nobody says how many: one drives tens of thousands of requests a
/// second, so more would only take cores from a server on the same machine.
const MAX_DEFAULT_THREADS: usize = 8;

impl CorePlan {
    /// Gives each client thread a core of its own from the end of `allowed` (the first cores take most interrupts),
    /// and the rest to everything else. Without a number of threads: one core is left to everything else.
    ///
    /// `max_threads` is the most threads that would have something to do.
    pub fn new(allowed: &[usize], threads: Option<usize>, max_threads: usize) -> Self {
        let default = allowed.len().saturating_sub(1).min(MAX_DEFAULT_THREADS);
        let n_threads = threads.unwrap_or(default).min(max_threads).max(1);
        let n_own = n_threads.min(allowed.len());
        let (others, own) = allowed.split_at(allowed.len() - n_own);
        let shared = others.is_empty() || n_threads > n_own;
        Self {
            clients: own
                .iter()
                .rev()
                .copied()
                .cycle()
                .take(if own.is_empty() { 0 } else { n_threads })
                .collect(),
            others: if others.is_empty() {
                allowed.to_vec()
            } else {
                others.to_vec()
            },
            shared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &[usize], threads: Option<usize>, clients: &[usize], others: &[usize], shared: bool) {
        let expected = CorePlan {
            clients: clients.to_vec(),
            others: others.to_vec(),
            shared,
        };
        assert_eq!(CorePlan::new(allowed, threads, 100), expected);
    }

    #[test]
    fn leaves_one_core_to_the_rest() {
        check(&[0, 1], None, &[1], &[0], false);
        check(&[2, 3, 5, 7], None, &[7, 5, 3], &[2], false);
    }

    #[test]
    fn shares_when_there_is_one_core_only() {
        check(&[4], None, &[4], &[4], true);
    }

    #[test]
    fn shares_when_more_threads_are_asked_than_there_are_cores() {
        check(&[0, 1], Some(3), &[1, 0, 1], &[0, 1], true);
        check(&[0, 1], Some(2), &[1, 0], &[0, 1], true);
    }

    #[test]
    fn starts_no_thread_without_work() {
        assert_eq!(CorePlan::new(&[0, 1, 2, 3], None, 2).clients, [3, 2]);
    }

    #[test]
    fn a_thread_is_where_it_was_pinned() {
        std::thread::spawn(|| {
            let core = allowed_cores().unwrap()[0];
            pin_current_thread(&[core]).unwrap();
            assert_eq!(allowed_cores().unwrap(), [core]);
        })
        .join()
        .unwrap();
    }
}
