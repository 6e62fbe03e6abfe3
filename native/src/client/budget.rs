//! What this machine has to give: files and ports. Running out of either must be said to be ours, not the server's.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Why a load can't be offered from this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// Fewer files than connections.
    #[error(
        "{wanted} connections need more files than this process may open ({limit})\n   = help: raise the hard limit \
         (`ulimit -Hn`), or lower `--concurrency`"
    )]
    Files {
        /// Connections that the load needs at once.
        wanted: u64,
        /// The hard limit.
        limit: u64,
    },
    /// Fewer ports than connections.
    #[error(
        "{wanted} connections need more ports than this machine has for {n_addresses} server addresses ({limit})\n   = \
         help: widen `net.ipv4.ip_local_port_range`, give more base URLs, or lower `--concurrency`"
    )]
    Ports {
        /// Connections that the load needs at once.
        wanted: u64,
        /// Ports of the range, times the addresses.
        limit: u64,
        /// Different server addresses.
        n_addresses: usize,
    },
}

/// Files that are open beside the connections: the log, the terminal, what threads wait with.
const OTHER_FILES: u64 = 64;

/// Raises the limit of open files as far as it may go, and checks that `connections` fit.
pub fn raise_open_files(connections: u64) -> Result<(), BudgetError> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // If it is refused, the check below speaks of the limit that is left.
        let _refused = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: limit.maximum,
                maximum: limit.maximum,
            },
        );
    }
    match getrlimit(Resource::Nofile).current {
        Some(limit) if connections.saturating_add(OTHER_FILES) > limit => Err(BudgetError::Files {
            wanted: connections,
            limit,
        }),
        _ => Ok(()),
    }
}

/// Checks that `connections` to `addresses` have a port each. A range that can't be read is no reason to stop.
pub fn check_ports(connections: u64, addresses: &[SocketAddr]) -> Result<(), BudgetError> {
    let Some(n_ports) = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|text| n_ports(&text))
    else {
        return Ok(());
    };
    let n_addresses = addresses.iter().collect::<BTreeSet<_>>().len();
    let limit = n_ports.saturating_mul(u64::try_from(n_addresses).unwrap_or(u64::MAX));
    if connections > limit {
        return Err(BudgetError::Ports {
            wanted: connections,
            limit,
            n_addresses,
        });
    }
    Ok(())
}

/// Ports of a range such as `32768 60999`, with a tab between.
fn n_ports(text: &str) -> Option<u64> {
    let mut ends = text.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    last.checked_sub(first)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_ports_of_a_range() {
        assert_eq!(n_ports("32768\t60999\n"), Some(28232));
        assert_eq!(n_ports("9 3"), None);
        assert_eq!(n_ports(""), None);
    }

    #[test]
    fn more_connections_than_ports_are_refused() {
        let address = "127.0.0.1:1".parse().unwrap();
        let error = check_ports(70_000, &[address, address]).unwrap_err();
        assert!(
            matches!(error, BudgetError::Ports { n_addresses: 1, .. }),
            "{error}"
        );
        assert_eq!(check_ports(10, &[address]), Ok(()));
    }

    #[test]
    fn more_connections_than_files_are_refused() {
        let error = raise_open_files(u64::MAX / 2).unwrap_err();
        assert!(error.to_string().contains("ulimit -Hn"), "{error}");
        assert_eq!(raise_open_files(10), Ok(()));
    }
}
