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
    /// Gives each client thread a core of its own and the rest to everything else.
    ///
    /// Without `cores`, the clients take the last of the `allowed` ones (the first take most interrupts), and unless
    /// `threads` says otherwise one core is left to everything else. With `cores`, the clients take those, a thread
    /// on each unless `threads` says otherwise. `max_threads` is the most threads that would have something to do.
    pub fn new(
        allowed: &[usize],
        cores: Option<&[usize]>,
        threads: Option<usize>,
        max_threads: usize,
    ) -> Self {
        let for_clients: Vec<usize> = match cores {
            Some(cores) => cores.to_vec(),
            None => allowed.iter().rev().copied().collect(),
        };
        let default = match cores {
            Some(cores) => cores.len(),
            None => allowed.len().saturating_sub(1).min(MAX_DEFAULT_THREADS),
        };
        let n_threads = if for_clients.is_empty() {
            0
        } else {
            threads.unwrap_or(default).min(max_threads).max(1)
        };
        let clients: Vec<usize> = for_clients.iter().copied().cycle().take(n_threads).collect();
        let others: Vec<usize> = allowed
            .iter()
            .copied()
            .filter(|core| !clients.contains(core))
            .collect();
        let shared = others.is_empty() || n_threads > for_clients.len();
        Self {
            clients,
            others: if others.is_empty() {
                allowed.to_vec()
            } else {
                others
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
        assert_eq!(CorePlan::new(allowed, None, threads, 100), expected);
    }

    #[test]
    fn takes_the_cores_it_is_given() {
        let expected = CorePlan {
            clients: vec![1, 3],
            others: vec![0, 2],
            shared: false,
        };
        assert_eq!(CorePlan::new(&[0, 1, 2, 3], Some(&[1, 3]), None, 100), expected);
        let expected = CorePlan {
            clients: vec![1],
            others: vec![0, 2, 3],
            shared: false,
        };
        assert_eq!(
            CorePlan::new(&[0, 1, 2, 3], Some(&[1, 3]), Some(1), 100),
            expected
        );
        let expected = CorePlan {
            clients: vec![0, 1],
            others: vec![0, 1],
            shared: true,
        };
        assert_eq!(CorePlan::new(&[0, 1], Some(&[0, 1]), None, 100), expected);
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
        assert_eq!(CorePlan::new(&[0, 1, 2, 3], None, None, 2).clients, [3, 2]);
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
