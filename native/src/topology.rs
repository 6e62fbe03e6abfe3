//! Which CPUs this process may use, and which of them share a core, a cache or a memory node.
//!
//! Everything is read from Linux's `/proc` and `/sys` below a root folder, or from anything that has such files, so that
//! tests can give those of other machines. Files that are missing or make no sense are no error: then that much less
//! is known.

mod cgroup;
mod list;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::affinity::allowed_cores;

pub use list::{MAX_CPU, parse_cpu_list};

/// The longest of these files that is read. Bytes; a list of 65,536 CPUs is shorter.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Something that has Linux's files, by their paths below the root.
trait Files {
    /// A file's content; `None` if it isn't there or can't be read.
    fn text(&self, path: &str) -> Option<String>;

    /// The CPUs that a file lists; `None` if there is no such file, or it lists none.
    fn list(&self, path: &str) -> Option<BTreeSet<usize>> {
        parse_cpu_list(&self.text(path)?).filter(|cpus| !cpus.is_empty())
    }
}

/// A folder on disk.
struct Root<'a>(&'a Path);

impl Files for Root<'_> {
    fn text(&self, path: &str) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.0.join(path)).ok()?;
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

/// One CPU that the process may run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Its number. Numbers may have gaps.
    pub number: usize,
    /// 0 for the first allowed CPU of a physical core, 1 for its sibling, and so on.
    pub sibling: usize,
    /// The lowest number of the CPUs that share its last-level cache, if that is known.
    pub cache: Option<usize>,
    /// Its NUMA node, if that is known.
    pub node: Option<usize>,
}

/// What the process may use of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// The CPUs, by number.
    pub cpus: Vec<Cpu>,
    /// CPUs' worth of time that the control group grants, rounded up; `None` for no limit.
    pub quota: Option<usize>,
}

impl Topology {
    /// What this process may use of this machine.
    pub fn of_this_process() -> Self {
        let root = Root(Path::new("/"));
        Self::of(&root, &affinity_mask(&root))
    }

    /// What a process that may run on `allowed` CPUs may use of the machine whose `/proc` and `/sys` lie below `root`.
    ///
    /// CPUs that are offline or outside the control group's set are left out; if that leaves none, those files are
    /// not believed.
    pub fn read(root: &Path, allowed: &[usize]) -> Self {
        Self::of(&Root(root), allowed)
    }

    fn of(root: &dyn Files, allowed: &[usize]) -> Self {
        let mut numbers: BTreeSet<usize> = allowed.iter().copied().filter(|cpu| *cpu <= MAX_CPU).collect();
        let online = root.list("sys/devices/system/cpu/online");
        for known in [online, cgroup::cpuset(root)].into_iter().flatten() {
            let both: BTreeSet<usize> = numbers.intersection(&known).copied().collect();
            if !both.is_empty() {
                numbers = both;
            }
        }
        let nodes = nodes(root);
        let mut met: BTreeMap<usize, usize> = BTreeMap::new();
        let cpus = numbers
            .into_iter()
            .map(|number| {
                let folder = format!("sys/devices/system/cpu/cpu{number}");
                let core = ["core_cpus_list", "thread_siblings_list"]
                    .iter()
                    .find_map(|file| root.list(&format!("{folder}/topology/{file}")))
                    .filter(|siblings| siblings.contains(&number))
                    .and_then(|siblings| siblings.first().copied())
                    .unwrap_or(number);
                let of_core = met.entry(core).or_insert(0);
                let sibling = *of_core;
                *of_core += 1;
                Cpu {
                    number,
                    sibling,
                    cache: last_level_cache(root, &folder, number),
                    node: nodes.get(&number).copied(),
                }
            })
            .collect();
        Self {
            cpus,
            quota: cgroup::quota(root),
        }
    }

    /// The same, but of these CPUs only. Numbers that aren't among them are left out.
    #[must_use]
    pub fn only(mut self, numbers: &[usize]) -> Self {
        self.cpus.retain(|cpu| numbers.contains(&cpu.number));
        self
    }
}

/// The CPUs that the calling thread may run on; all that `/proc` names if the system's call has too small a mask.
fn affinity_mask(root: &dyn Files) -> Vec<usize> {
    if let Ok(cores) = allowed_cores() {
        return cores;
    }
    let status = root.text("proc/thread-self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .and_then(parse_cpu_list)
        .map_or_else(|| vec![0], |cpus| cpus.into_iter().collect())
}

/// The lowest CPU of those that share the cache of the highest level that holds data.
fn last_level_cache(root: &dyn Files, cpu_folder: &str, number: usize) -> Option<usize> {
    (0..10)
        .filter_map(|index| {
            let folder = format!("{cpu_folder}/cache/index{index}");
            let kind = root.text(&format!("{folder}/type"))?;
            let level: u32 = root.text(&format!("{folder}/level"))?.trim().parse().ok()?;
            let shared = root.list(&format!("{folder}/shared_cpu_list"))?;
            let is_it = kind.trim() != "Instruction" && shared.contains(&number);
            is_it.then_some((level, shared.first().copied()?))
        })
        .max_by_key(|(level, _)| *level)
        .map(|(_, first)| first)
}

/// The node of each CPU.
fn nodes(root: &dyn Files) -> BTreeMap<usize, usize> {
    let online = root.list("sys/devices/system/node/online").unwrap_or_default();
    let mut nodes = BTreeMap::new();
    for node in online {
        let cpus = root.list(&format!("sys/devices/system/node/node{node}/cpulist"));
        nodes.extend(cpus.unwrap_or_default().into_iter().map(|cpu| (cpu, node)));
    }
    nodes
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::{Cpu, Files, Topology};

    /// The files of a machine.
    pub(crate) struct Machine(BTreeMap<String, String>);

    impl Files for Machine {
        fn text(&self, path: &str) -> Option<String> {
            self.0.get(path).cloned()
        }
    }

    impl Machine {
        pub(crate) fn new(online: &str) -> Self {
            Self(BTreeMap::new()).with("sys/devices/system/cpu/online", online)
        }

        pub(crate) fn with(mut self, path: &str, content: &str) -> Self {
            self.0.insert(path.to_owned(), content.to_owned());
            self
        }

        /// A CPU with the lists that it shares a core and a last-level cache with.
        pub(crate) fn cpu(self, number: usize, core: &str, cache: &str) -> Self {
            let folder = format!("sys/devices/system/cpu/cpu{number}");
            let own = format!("{number}\n");
            self.with(&format!("{folder}/topology/thread_siblings_list"), core)
                .with(&format!("{folder}/cache/index0/type"), "Data\n")
                .with(&format!("{folder}/cache/index0/level"), "1\n")
                .with(&format!("{folder}/cache/index0/shared_cpu_list"), &own)
                .with(&format!("{folder}/cache/index1/type"), "Instruction\n")
                .with(&format!("{folder}/cache/index1/level"), "9\n")
                .with(&format!("{folder}/cache/index1/shared_cpu_list"), &own)
                .with(&format!("{folder}/cache/index3/type"), "Unified\n")
                .with(&format!("{folder}/cache/index3/level"), "3\n")
                .with(&format!("{folder}/cache/index3/shared_cpu_list"), cache)
        }

        pub(crate) fn node(self, node: usize, cpus: &str) -> Self {
            self.with(&format!("sys/devices/system/node/node{node}/cpulist"), cpus)
        }

        /// Two sockets of 72 cores each: an L3 of 8 cores, two threads a core, the second ones from 144 on.
        pub(crate) fn two_sockets() -> Self {
            let mut machine = Self::new("0-287\n")
                .with("sys/devices/system/node/online", "0-1\n")
                .node(0, "0-71,144-215\n")
                .node(1, "72-143,216-287\n");
            for number in 0..288 {
                let core = number % 144;
                let first = core / 8 * 8;
                let (last, second) = (first + 7, first + 144);
                let siblings = format!("{core},{}\n", core + 144);
                let cache = format!("{first}-{last},{second}-{}\n", second + 7);
                machine = machine.cpu(number, &siblings, &cache);
            }
            machine
        }

        pub(crate) fn topology(&self, allowed: impl IntoIterator<Item = usize>) -> Topology {
            Topology::of(self, &allowed.into_iter().collect::<Vec<_>>())
        }
    }

    fn numbers(topology: &Topology) -> Vec<usize> {
        topology.cpus.iter().map(|cpu| cpu.number).collect()
    }

    #[test]
    fn reads_cores_caches_and_nodes() {
        let topology = Machine::two_sockets().topology(0..288);
        assert_eq!(topology.cpus.len(), 288);
        let cpu = |number, sibling, cache, node| Cpu {
            number,
            sibling,
            cache: Some(cache),
            node: Some(node),
        };
        assert_eq!(topology.cpus[0], cpu(0, 0, 0, 0));
        assert_eq!(topology.cpus[143], cpu(143, 0, 136, 1));
        assert_eq!(topology.cpus[287], cpu(287, 1, 136, 1));
    }

    #[test]
    fn the_only_allowed_thread_of_a_core_is_its_first() {
        let topology = Machine::two_sockets().topology([150, 151]);
        assert_eq!(topology.cpus[0].sibling, 0);
        assert_eq!(
            (topology.cpus[0].cache, topology.cpus[0].node),
            (Some(0), Some(0))
        );
    }

    #[test]
    fn leaves_out_what_is_offline_or_outside_the_control_group() {
        let machine = Machine::new("0-1,3,1025-1030\n");
        assert_eq!(
            numbers(&machine.topology(0..2000)),
            [0, 1, 3, 1025, 1026, 1027, 1028, 1029, 1030]
        );
        let machine = machine
            .with("proc/self/cgroup", "0::/box/inner\n")
            .with("sys/fs/cgroup/box/cpuset.cpus.effective", "1,3,1026\n");
        assert_eq!(numbers(&machine.topology(0..2000)), [1, 3, 1026]);
        assert_eq!(numbers(&machine.topology([3, 9])), [3]);
    }

    #[test]
    fn does_not_believe_files_that_leave_nothing() {
        let machine = Machine::new("4-7\n");
        assert_eq!(numbers(&machine.topology([0, 1])), [0, 1]);
        let machine = Machine::new("no list\n").with("proc/self/cgroup", "0::/\n");
        assert_eq!(numbers(&machine.topology([5])), [5]);
    }

    #[test]
    fn lies_about_caches_are_passed_over() {
        // A cache that isn't shared with the CPU that it belongs to, and one that is shared with all numbers there are.
        let machine = Machine::new("0-1\n")
            .cpu(0, "7\n", "1\n")
            .cpu(1, "1\n", "0-99999999999\n");
        let topology = machine.topology([0, 1]);
        assert_eq!(topology.cpus[0].cache, Some(0), "level 1 is left");
        assert_eq!(topology.cpus[1].cache, Some(1));
        assert_eq!((topology.cpus[0].sibling, topology.cpus[1].sibling), (0, 0));
    }

    #[test]
    fn reads_the_same_from_a_folder() {
        let machine = Machine::new("0-1\n")
            .cpu(0, "0-1\n", "0-1\n")
            .cpu(1, "0-1\n", "0-1\n");
        let machine = machine
            .with("proc/self/cgroup", "0::/\n")
            .with("sys/fs/cgroup/cpu.max", "1 1\n");
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in &machine.0 {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let topology = Topology::read(folder.path(), &[0, 1]);
        assert_eq!(topology, machine.topology([0, 1]));
        assert_eq!((topology.cpus[1].sibling, topology.quota), (1, Some(1)));
    }

    #[test]
    fn knows_the_machine_it_runs_on() {
        let topology = Topology::of_this_process();
        assert!(!topology.cpus.is_empty());
        let first = topology.cpus[0].number;
        assert_eq!(numbers(&topology.only(&[first, 70_000])), [first]);
    }
}
