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

/// `core 2` or `cores 2, 3`.
pub(crate) fn cores_in_words(cores: &[usize]) -> String {
    let numbers: Vec<String> = cores.iter().map(usize::to_string).collect();
    let noun = if cores.len() == 1 { "core" } else { "cores" };
    format!("{noun} {}", numbers.join(", "))
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
    /// Cores on which tokens are counted meanwhile.
    pub live: Vec<usize>,
    /// Whether everything else shares those, because no other core is left.
    pub others_on_live: bool,
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
    ///
    /// Cores in `live` are kept free of clients, and of everything else as far as other cores are left for it. None of
    /// them may be in `cores`, and not all of the allowed ones in `live`.
    pub fn new(
        allowed: &[usize],
        cores: Option<&[usize]>,
        threads: Option<usize>,
        max_threads: usize,
        live: &[usize],
    ) -> Self {
        let free = allowed.iter().copied().filter(|core| !live.contains(core));
        let for_clients: Vec<usize> = match cores {
            Some(cores) => cores.to_vec(),
            None => free.clone().rev().collect(),
        };
        let default = match cores {
            Some(cores) => cores.len(),
            None => for_clients.len().saturating_sub(1).min(MAX_DEFAULT_THREADS),
        };
        let n_threads = if for_clients.is_empty() {
            0
        } else {
            threads.unwrap_or(default).min(max_threads).max(1)
        };
        let clients: Vec<usize> = for_clients.iter().copied().cycle().take(n_threads).collect();
        let left: Vec<usize> = free.filter(|core| !clients.contains(core)).collect();
        let (others, others_on_live) = match (left.is_empty(), live.is_empty()) {
            (false, _) => (left, false),
            (true, false) => (live.to_vec(), true),
            (true, true) => (allowed.to_vec(), false),
        };
        let shared = n_threads > for_clients.len() || others.iter().any(|core| clients.contains(core));
        Self {
            clients,
            others,
            shared,
            live: live.to_vec(),
            others_on_live,
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
            live: vec![],
            others_on_live: false,
        };
        assert_eq!(CorePlan::new(allowed, None, threads, 100, &[]), expected);
    }

    #[test]
    fn takes_the_cores_it_is_given() {
        let check = |allowed: &[usize], cores: &[usize], threads, clients: &[usize], others: &[usize]| {
            let expected = CorePlan {
                clients: clients.to_vec(),
                others: others.to_vec(),
                shared: clients == others,
                live: vec![],
                others_on_live: false,
            };
            assert_eq!(CorePlan::new(allowed, Some(cores), threads, 100, &[]), expected);
        };
        check(&[0, 1, 2, 3], &[1, 3], None, &[1, 3], &[0, 2]);
        check(&[0, 1, 2, 3], &[1, 3], Some(1), &[1], &[0, 2, 3]);
        check(&[0, 1], &[0, 1], None, &[0, 1], &[0, 1]);
    }

    /// What is left for clients and for everything else beside the cores that count tokens.
    fn check_live(
        cores: Option<&[usize]>,
        threads: Option<usize>,
        live: &[usize],
        clients: &[usize],
        others: &[usize],
    ) {
        let plan = CorePlan::new(&[0, 1, 2, 3], cores, threads, 100, live);
        assert_eq!((&plan.clients[..], &plan.others[..]), (clients, others));
        assert_eq!(plan.live, live);
        assert_eq!(plan.others_on_live, live == others);
        assert_eq!(plan.shared, threads > Some(1));
    }

    #[test]
    fn cores_that_count_tokens_are_left_alone_where_others_are_left() {
        check_live(None, None, &[3], &[2, 1], &[0]);
        check_live(None, None, &[1, 2], &[3], &[0]);
        check_live(Some(&[1]), None, &[3], &[1], &[0, 2]);
        // The log writer disturbs the counting sooner than a client.
        check_live(None, None, &[1, 2, 3], &[0], &[1, 2, 3]);
        check_live(Some(&[0, 1]), None, &[2, 3], &[0, 1], &[2, 3]);
        check_live(None, Some(2), &[1, 2, 3], &[0, 0], &[1, 2, 3]);
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
        assert_eq!(CorePlan::new(&[0, 1, 2, 3], None, None, 2, &[]).clients, [3, 2]);
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
