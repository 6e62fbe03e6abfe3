//! How many workers count, on which CPUs, and whose work they take when their own is done.

use std::collections::BTreeMap;

use crate::topology::{Cpu, Topology};

/// CPUs of a shard where nobody says which of them share a cache.
const UNKNOWN_SHARD_CPUS: usize = 8;

/// Workers by shard. Workers of one shard share a last-level cache and one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerPlan {
    /// The shards; never empty, and none without workers.
    pub shards: Vec<Shard>,
    /// What limits the number of workers, if not the number of CPUs.
    pub notice: Option<String>,
}

/// Workers that share a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The CPU of each worker; `None` leaves it to the system.
    pub workers: Vec<Option<usize>>,
    /// All shards in the order in which these workers look for work: their own, those of the same node, the others.
    pub order: Vec<usize>,
    /// NUMA node, if known.
    pub node: Option<usize>,
}

/// What the user asks of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerWish {
    /// Workers; `None` for one a CPU, as far as the control group's quota goes.
    pub threads: Option<usize>,
    /// Only these CPUs.
    pub cores: Option<Vec<usize>>,
    /// Leave it to the system where workers run.
    pub unpinned: bool,
}

impl WorkerPlan {
    /// One worker for each CPU: first one for each physical core, spread over the caches, then for the siblings.
    ///
    /// A quota of CPU time caps them. More `threads` than CPUs share CPUs.
    pub fn new(topology: Topology, wish: &WorkerWish) -> Self {
        let topology = match &wish.cores {
            Some(cores) => topology.only(cores),
            None => topology,
        };
        let n_cpus = topology.cpus.len().max(1);
        let granted = topology.quota.filter(|quota| *quota < n_cpus);
        let n_workers = wish.threads.or(granted).unwrap_or(n_cpus).max(1);
        let groups = groups(&topology.cpus);
        let seats = seats(&groups);
        let mut shards: BTreeMap<usize, Vec<Option<usize>>> = BTreeMap::new();
        for (group, cpu) in seats.iter().cycle().take(n_workers) {
            let place = (!wish.unpinned).then_some(*cpu);
            shards.entry(*group).or_default().push(place);
        }
        if shards.is_empty() {
            shards.insert(0, vec![None; n_workers]);
        }
        let nodes: Vec<Option<usize>> = shards
            .keys()
            .map(|group| groups.get(*group).and_then(|cpus| cpus.first()?.node))
            .collect();
        let shards = shards
            .into_values()
            .enumerate()
            .map(|(own, workers)| Shard {
                workers,
                order: steal_order(own, &nodes),
                node: nodes.get(own).copied().flatten(),
            })
            .collect();
        let notice = match (wish.threads, granted) {
            (None, Some(quota)) => Some(format!(
                "the control group grants the time of {quota} of {n_cpus} CPUs: {quota} workers count tokens"
            )),
            _ => None,
        };
        Self { shards, notice }
    }

    /// The plan for this process on this machine.
    pub fn here(wish: &WorkerWish) -> Self {
        Self::new(Topology::of_this_process(), wish)
    }

    /// Workers of all shards.
    pub fn n_workers(&self) -> usize {
        self.shards.iter().map(|shard| shard.workers.len()).sum()
    }

    /// The CPU of each worker, shard by shard.
    pub(super) fn places(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        self.shards.iter().flat_map(|shard| shard.workers.iter().copied())
    }
}

/// CPUs that share a last-level cache; where that isn't known, blocks of eight in the order of their numbers.
fn groups(cpus: &[Cpu]) -> Vec<Vec<Cpu>> {
    let mut by_cache: BTreeMap<(usize, Option<usize>), Vec<Cpu>> = BTreeMap::new();
    let mut unknown: BTreeMap<Option<usize>, Vec<Cpu>> = BTreeMap::new();
    for cpu in cpus {
        match cpu.cache {
            Some(cache) => by_cache.entry((cache, cpu.node)).or_default().push(*cpu),
            None => unknown.entry(cpu.node).or_default().push(*cpu),
        }
    }
    let blocks = unknown
        .values()
        .flat_map(|cpus| cpus.chunks(UNKNOWN_SHARD_CPUS).map(<[Cpu]>::to_vec));
    by_cache.into_values().chain(blocks).collect()
}

/// Group and CPU of each possible worker, in the order in which they are taken.
fn seats(groups: &[Vec<Cpu>]) -> Vec<(usize, usize)> {
    let mut seats: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (group, cpus) in groups.iter().enumerate() {
        let mut of_sibling: BTreeMap<usize, usize> = BTreeMap::new();
        for cpu in cpus {
            let turn = of_sibling.entry(cpu.sibling).or_insert(0);
            seats.push((cpu.sibling, *turn, group, cpu.number));
            *turn += 1;
        }
    }
    seats.sort_unstable();
    seats.into_iter().map(|(_, _, group, cpu)| (group, cpu)).collect()
}

/// A shard's own number, then the others: same node first, each time beginning with the next one, so that not all
/// idle workers fall upon the same shard.
fn steal_order(own: usize, nodes: &[Option<usize>]) -> Vec<usize> {
    let n = nodes.len();
    let node_of = |shard: usize| nodes.get(shard).copied().flatten();
    let mut order: Vec<usize> = (own..n).chain(0..own).collect();
    // Stable, and the shard itself comes first already.
    order.sort_by_key(|shard| (*shard != own, node_of(*shard) != node_of(own)));
    order
}

#[cfg(test)]
mod tests {
    use super::{Shard, WorkerPlan, WorkerWish};
    use crate::topology::Topology;
    use crate::topology::tests::Machine;

    fn plan(topology: Topology, threads: Option<usize>) -> WorkerPlan {
        let wish = WorkerWish {
            threads,
            ..WorkerWish::default()
        };
        WorkerPlan::new(topology, &wish)
    }

    fn cpus(shard: &Shard) -> Vec<usize> {
        shard.workers.iter().flatten().copied().collect()
    }

    #[test]
    fn two_sockets_give_a_shard_a_cache() {
        let plan = plan(Machine::two_sockets().topology(0..288), None);
        assert_eq!((plan.shards.len(), plan.n_workers()), (18, 288));
        assert_eq!(
            cpus(&plan.shards[1]),
            [
                8, 9, 10, 11, 12, 13, 14, 15, 152, 153, 154, 155, 156, 157, 158, 159
            ]
        );
        // Own, then the same socket from the next on, then the other socket.
        let expected: Vec<usize> = [10, 11, 12, 13, 14, 15, 16, 17, 9]
            .into_iter()
            .chain(0..9)
            .collect();
        assert_eq!(plan.shards[10].order, expected);
    }

    #[test]
    fn physical_cores_come_before_siblings_and_caches_are_spread_over() {
        let two_sockets = Machine::two_sockets();
        let plan144 = plan(two_sockets.topology(0..288), Some(144));
        assert!(plan144.places().flatten().all(|cpu| cpu < 144));
        assert_eq!(plan144.n_workers(), 144);
        let plan18 = plan(two_sockets.topology(0..288), Some(18));
        assert!(plan18.shards.iter().all(|shard| shard.workers.len() == 1));
        let plan2 = plan(two_sockets.topology(0..288), Some(2));
        assert_eq!(plan2.places().flatten().collect::<Vec<_>>(), [0, 8]);
    }

    #[test]
    fn a_quota_caps_the_workers_and_is_told() {
        let machine = Machine::two_sockets()
            .with("proc/self/cgroup", "0::/\n")
            .with("sys/fs/cgroup/cpu.max", "350000 100000\n");
        let capped = plan(machine.topology(0..288), None);
        assert_eq!(capped.n_workers(), 4);
        assert!(capped.notice.unwrap().contains("4 of 288 CPUs"));
        assert_eq!(plan(machine.topology(0..288), Some(9)).n_workers(), 9);
        assert_eq!(plan(machine.topology(0..3), None).notice, None);
    }

    #[test]
    fn without_cache_files_there_are_blocks_of_eight() {
        let machine = Machine::new("0-9,1025-1034\n");
        let plan = plan(machine.topology(0..2000), None);
        let shards: Vec<_> = plan.shards.iter().map(cpus).collect();
        assert_eq!(shards[0], [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(shards[1], [8, 9, 1025, 1026, 1027, 1028, 1029, 1030]);
        assert_eq!(shards[2], [1031, 1032, 1033, 1034]);
    }

    #[test]
    fn knows_nothing_and_still_has_a_worker() {
        for threads in [None, Some(0), Some(1)] {
            let plan = plan(Topology::default(), threads);
            assert_eq!((plan.shards.len(), plan.n_workers()), (1, 1));
            assert_eq!(plan.shards[0].workers, [None]);
        }
    }

    #[test]
    fn more_threads_than_cpus_share_them() {
        let plan = plan(Machine::new("0-1\n").topology([0, 1]), Some(5));
        assert_eq!(cpus(&plan.shards[0]), [0, 1, 0, 1, 0]);
    }

    #[test]
    fn takes_the_cores_it_is_given_and_pins_only_if_asked() {
        let wish = WorkerWish {
            cores: Some(vec![3, 9, 500]),
            unpinned: true,
            threads: None,
        };
        let plan = WorkerPlan::new(Machine::two_sockets().topology(0..288), &wish);
        assert_eq!(plan.shards.len(), 2);
        assert!(plan.places().all(|place| place.is_none()));
        assert_eq!(plan.shards[0].order, [0, 1]);
    }
}
