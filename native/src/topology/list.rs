//! Linux's lists of CPUs: `0-3,8,10-11`.

use std::collections::BTreeSet;

/// The highest CPU number that is believed. Linux has at most 8,192 CPUs, but numbers may have gaps.
pub const MAX_CPU: usize = 65_535;

/// Reads a list; `None` if it isn't one, or names a CPU beyond [`MAX_CPU`]. An empty list is a list.
pub fn parse_cpu_list(text: &str) -> Option<BTreeSet<usize>> {
    let mut cpus = BTreeSet::new();
    for part in text
        .trim()
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if last > MAX_CPU || first > last {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::parse_cpu_list;

    fn check(text: &str, expected: Option<&[usize]>) {
        let expected = expected.map(|cpus| cpus.iter().copied().collect());
        assert_eq!(parse_cpu_list(text), expected, "{text}");
    }

    #[test]
    fn reads_lists() {
        check("0-2,5\n", Some(&[0, 1, 2, 5]));
        check("1025", Some(&[1025]));
        check("\n", Some(&[]));
        for text in [
            "a",
            "1-",
            "-1",
            "3-1",
            "0-4294967295",
            "1;2",
            "18446744073709551616",
        ] {
            check(text, None);
        }
    }
}
