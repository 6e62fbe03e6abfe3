//! What the control group grants: CPUs and CPU time, in versions 1 and 2.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use super::Files;

/// Where a controller's files may lie: its mount point, and the process's path below it.
struct Place {
    mount: &'static str,
    path: String,
}

impl Place {
    /// The process's own folder and those above it, up to the mount point, from below.
    fn folders(&self) -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for component in Path::new(&self.path).components() {
            match component {
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                // Outside of what this process sees; its own mount point is the nearest that can be read.
                Component::ParentDir => return vec![self.mount.to_owned()],
                _ => {}
            }
        }
        let mut folders = vec![self.mount.to_owned()];
        for part in parts {
            let above = folders.last().map_or("", String::as_str);
            folders.push(format!("{above}/{part}"));
        }
        folders.reverse();
        folders
    }
}

/// The places of a controller that `/proc/self/cgroup` names, and whether they are version 2.
fn places(root: &dyn Files, controller: &str) -> Vec<(Place, bool)> {
    let text = root.text("proc/self/cgroup").unwrap_or_default();
    let mut places = Vec::new();
    for line in text.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let path = path.to_owned();
        if number == "0" && controllers.is_empty() {
            for mount in ["sys/fs/cgroup", "sys/fs/cgroup/unified"] {
                places.push((
                    Place {
                        mount,
                        path: path.clone(),
                    },
                    true,
                ));
            }
        } else if controllers.split(',').any(|name| name == controller) {
            let mounts: &[&'static str] = match controller {
                "cpuset" => &["sys/fs/cgroup/cpuset"],
                _ => &["sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"],
            };
            for mount in mounts {
                places.push((
                    Place {
                        mount,
                        path: path.clone(),
                    },
                    false,
                ));
            }
        }
    }
    places
}

/// The CPUs that the control group allows; `None` if it doesn't say.
pub(super) fn cpuset(root: &dyn Files) -> Option<BTreeSet<usize>> {
    places(root, "cpuset").iter().find_map(|(place, is_v2)| {
        let files: &[&str] = if *is_v2 {
            &["cpuset.cpus.effective"]
        } else {
            &["cpuset.effective_cpus", "cpuset.cpus"]
        };
        let folders = place.folders();
        folders.iter().find_map(|folder| {
            files
                .iter()
                .find_map(|file| root.list(&format!("{folder}/{file}")))
        })
    })
}

/// CPUs' worth of time, rounded up: the least that the group and those above it grant. `None` for no limit.
pub(super) fn quota(root: &dyn Files) -> Option<usize> {
    places(root, "cpu")
        .iter()
        .flat_map(|(place, is_v2)| {
            let read = if *is_v2 { quota_v2 } else { quota_v1 };
            place
                .folders()
                .into_iter()
                .filter_map(move |folder| read(root, &folder))
        })
        .min()
}

fn quota_v2(root: &dyn Files, folder: &str) -> Option<usize> {
    let text = root.text(&format!("{folder}/cpu.max"))?;
    let mut fields = text.split_whitespace();
    let quota = fields.next()?;
    let period = fields.next().unwrap_or("100000");
    whole_cpus(quota, period)
}

fn quota_v1(root: &dyn Files, folder: &str) -> Option<usize> {
    let read = |file: &str| root.text(&format!("{folder}/{file}"));
    whole_cpus(
        read("cpu.cfs_quota_us")?.trim(),
        read("cpu.cfs_period_us")?.trim(),
    )
}

/// Quota / period, rounded up; `None` for `max`, -1 or anything that is no share.
fn whole_cpus(quota: &str, period: &str) -> Option<usize> {
    let (quota, period): (u64, u64) = (quota.parse().ok()?, period.parse().ok()?);
    if quota == 0 || period == 0 {
        return None;
    }
    usize::try_from(quota.div_ceil(period)).ok()
}

#[cfg(test)]
mod tests {
    use crate::topology::tests::Machine;

    fn check(cgroup: &str, files: &[(&str, &str)], expected: Option<usize>) {
        let mut machine = Machine::new("0-7\n").with("proc/self/cgroup", cgroup);
        for (path, content) in files {
            machine = machine.with(&format!("sys/fs/cgroup/{path}"), content);
        }
        assert_eq!(machine.topology(0..8).quota, expected, "{cgroup} {files:?}");
    }

    #[test]
    fn the_tightest_quota_on_the_way_up_counts() {
        check("0::/a/b\n", &[("a/b/cpu.max", "max 100000\n")], None);
        check("0::/a/b\n", &[("a/b/cpu.max", "250000 100000\n")], Some(3));
        let files = [
            ("a/b/cpu.max", "400000 100000\n"),
            ("a/cpu.max", "100001 100000\n"),
        ];
        check("0::/a/b\n", &files, Some(2));
        check("0::/a/b\n", &[("a/b/cpu.max", "50000\n")], Some(1));
    }

    #[test]
    fn version_1_says_it_in_two_files() {
        let files = |quota| {
            [
                ("cpu,cpuacct/x/cpu.cfs_quota_us", quota),
                ("cpu,cpuacct/x/cpu.cfs_period_us", "100000\n"),
            ]
        };
        check("4:cpu,cpuacct:/x\n0::/\n", &files("150000\n"), Some(2));
        check("4:cpu,cpuacct:/x\n0::/\n", &files("-1\n"), None);
    }

    #[test]
    fn nonsense_is_no_limit() {
        for content in [
            "",
            "0 100000\n",
            "5 0\n",
            "a b\n",
            "-5 100000\n",
            "9999999999999999999999 1\n",
        ] {
            check("0::/\n", &[("cpu.max", content)], None);
        }
        check("nonsense\n1:\n", &[("cpu.max", "100000 100000\n")], None);
        // A path out of what can be seen is read at the mount point.
        check("0::/../../x\n", &[("cpu.max", "100000 100000\n")], Some(1));
    }
}
