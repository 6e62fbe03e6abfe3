//! What is known about the machine that the demo runs on. What isn't known stays out of the description.

use std::fs;

/// Facts about this machine; each `None` where the system doesn't say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Name of the processor's model.
    pub cpu_model: Option<String>,
    /// Processor packages.
    pub sockets: Option<u64>,
    /// Cores of all packages.
    pub cores: Option<u64>,
    /// Hardware threads.
    pub threads: Option<u64>,
    /// Memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// Kernel, and distribution if known.
    pub operating_system: Option<String>,
}

impl Machine {
    /// Reads the facts from `/proc` and `/etc/os-release`.
    pub fn read() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        Self::from_texts(
            &text("/proc/cpuinfo"),
            &text("/proc/meminfo"),
            &text("/proc/sys/kernel/osrelease"),
            &text("/etc/os-release"),
        )
    }

    fn from_texts(cpuinfo: &str, meminfo: &str, kernel: &str, os_release: &str) -> Self {
        let mut machine = Self {
            threads: count(values(cpuinfo, "processor")),
            ..Self::default()
        };
        machine.cpu_model = values(cpuinfo, "model name").next().map(str::to_owned);
        // Packages and cores are known only where each thread names them.
        let pairs: Vec<(&str, &str)> = values(cpuinfo, "physical id")
            .zip(values(cpuinfo, "core id"))
            .collect();
        if count(pairs.iter()) == machine.threads {
            machine.sockets = distinct(pairs.iter().map(|(package, _)| *package));
            machine.cores = distinct(pairs.iter());
        }
        machine.memory_bytes = values(meminfo, "MemTotal")
            .next()
            .and_then(|value| value.strip_suffix(" kB"))
            .and_then(|kib| kib.trim().parse::<u64>().ok())
            .and_then(|kib| kib.checked_mul(1024));
        let distribution = os_release
            .lines()
            .find_map(|line| line.strip_prefix("PRETTY_NAME="))
            .map(|name| name.trim_matches('"').to_owned());
        let kernel = Some(kernel.trim())
            .filter(|kernel| !kernel.is_empty())
            .map(|kernel| format!("Linux {kernel}"));
        machine.operating_system = match (distribution, kernel) {
            (Some(distribution), Some(kernel)) => Some(format!("{distribution}, {kernel}")),
            (distribution, kernel) => distribution.or(kernel),
        };
        machine
    }

    /// Memory as text in GiB, such as `15.6 GiB`.
    pub fn memory(&self) -> Option<String> {
        let mib = u32::try_from(self.memory_bytes? >> 20).ok()?;
        Some(format!("{:.1} GiB", f64::from(mib) / 1024.0))
    }
}

/// Values of the lines `key : value`.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(move |(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
}

fn count<T>(items: impl Iterator<Item = T>) -> Option<u64> {
    u64::try_from(items.count()).ok().filter(|count| *count > 0)
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Option<u64> {
    count(items.collect::<std::collections::BTreeSet<T>>().into_iter())
}

#[cfg(test)]
mod tests {
    use super::Machine;

    #[test]
    fn reads_packages_cores_and_threads() {
        let thread = |n, package, core| {
            format!(
                "processor\t: {n}\nmodel name\t: Some CPU\nphysical id\t: {package}\ncore id\t\t: {core}\n\n"
            )
        };
        let cpuinfo: String = [(0, 0, 0), (1, 0, 0), (2, 0, 1), (3, 1, 0)]
            .map(|(n, p, c)| thread(n, p, c))
            .concat();
        let machine = Machine::from_texts(
            &cpuinfo,
            "MemTotal:       16384000 kB\nMemFree: 1 kB\n",
            "6.1.0\n",
            "NAME=x\nPRETTY_NAME=\"Some Linux 12\"\n",
        );
        assert_eq!(
            machine,
            Machine {
                cpu_model: Some("Some CPU".to_owned()),
                sockets: Some(2),
                cores: Some(3),
                threads: Some(4),
                memory_bytes: Some(16_777_216_000),
                operating_system: Some("Some Linux 12, Linux 6.1.0".to_owned()),
            }
        );
        assert_eq!(machine.memory(), Some("15.6 GiB".to_owned()));
    }

    #[test]
    fn claims_nothing_that_the_system_does_not_say() {
        assert_eq!(Machine::from_texts("", "", "", ""), Machine::default());
        let machine = Machine::from_texts("processor : 0\nprocessor : 1\n", "MemTotal: lots", "", "");
        assert_eq!(
            machine,
            Machine {
                threads: Some(2),
                ..Machine::default()
            }
        );
    }
}
