//! How long the turns of a thread's loop take: a socket that becomes ready meanwhile is read that much later.

/// Lengths of turns, counted by powers of two.
#[derive(Debug)]
pub(super) struct Turns {
    /// Turns of less than 2^i nanoseconds, and not less than half of that.
    counts: [u64; 64],
    pub(super) max_ns: u64,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            counts: [0; 64],
            max_ns: 0,
        }
    }

    pub(super) fn add(&mut self, length_ns: u64) {
        let place = usize::try_from(64 - length_ns.leading_zeros()).unwrap_or(63);
        if let Some(count) = self.counts.get_mut(place.min(63)) {
            *count += 1;
        }
        self.max_ns = self.max_ns.max(length_ns);
    }

    /// What at least 99 % of the turns did not exceed: a power of two, or the longest turn if that is less; 0 without
    /// turns. Nanoseconds.
    pub(super) fn p99_ns(&self) -> u64 {
        let n: u64 = self.counts.iter().sum();
        let mut below = 0;
        for (place, count) in (0_u32..).zip(self.counts) {
            below += count;
            if n > 0 && below * 100 >= n * 99 {
                return (1 << place).min(self.max_ns);
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[test]
    fn finds_the_bound_that_all_but_one_in_a_hundred_stay_below() {
        let mut turns = Turns::new();
        assert_eq!(turns.p99_ns(), 0);
        (0..99).for_each(|_| turns.add(1000));
        turns.add(1_000_000);
        assert_eq!((turns.p99_ns(), turns.max_ns), (1024, 1_000_000));
        turns.add(1_000_000);
        assert_eq!(turns.p99_ns(), 1_000_000);
        turns.add(1_040_000);
        turns.add(2_000_000);
        assert_eq!(turns.p99_ns(), 1 << 20);
    }
}
