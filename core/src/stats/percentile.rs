//! Percentiles by the reference's method: numpy's `lower`, that is the sample of rank `floor(p/100 * (n - 1))`.

use num_traits::ToPrimitive;

/// A percentile and its key in the report files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentile {
    /// The key, such as `99.0`.
    pub key: &'static str,
    /// The percentile, 0 to 100.
    pub value: f64,
}

const fn percentile(key: &'static str, value: f64) -> Percentile {
    Percentile { key, value }
}

/// The percentiles that every series reports, in the files' order.
pub const GRID: [Percentile; 12] = [
    percentile("99.9", 99.9),
    percentile("99.0", 99.0),
    percentile("97.0", 97.0),
    percentile("95.0", 95.0),
    percentile("90.0", 90.0),
    percentile("80.0", 80.0),
    percentile("75.0", 75.0),
    percentile("50.0", 50.0),
    percentile("25.0", 25.0),
    percentile("10.0", 10.0),
    percentile("5.0", 5.0),
    percentile("1.0", 1.0),
];

/// Rank, from 0, of `percentile` (0 to 100) among `n` sorted samples; `None` if there are none.
///
/// Divides by 100 first and multiplies then, in doubles: the order decides the rank at some edges.
pub fn lower_index(n: u64, percentile: f64) -> Option<u64> {
    let last = n.checked_sub(1)?;
    let rank = libm::floor(percentile / 100.0 * last.to_f64()?)
        .to_u64()
        .unwrap_or(0);
    Some(rank.min(last))
}

#[cfg(test)]
mod tests {
    use super::{GRID, lower_index};

    #[test]
    fn takes_the_lower_sample() {
        assert_eq!(lower_index(0, 50.0), None);
        assert_eq!(lower_index(1, 99.9), Some(0));
        assert_eq!(lower_index(2, 50.0), Some(0));
        assert_eq!(lower_index(3, 50.0), Some(1));
        assert_eq!(lower_index(101, 99.0), Some(99));
        assert_eq!(lower_index(1000, 99.9), Some(998));
    }

    #[test]
    fn keeps_the_order_of_the_double_operations() {
        // 29 / 100 * 100 is 28.999999999999996 in doubles, 29 * 100 / 100 would be 29.
        assert_eq!(lower_index(101, 29.0), Some(28));
        assert_eq!(lower_index(101, 7.0), Some(7));
    }

    #[test]
    fn stays_in_range_for_odd_arguments() {
        for p in [f64::NAN, f64::INFINITY, -5.0, 1e300, 100.0] {
            assert!(lower_index(10, p).unwrap() <= 9);
        }
    }

    #[test]
    fn keys_are_pythons_floats() {
        for entry in GRID {
            assert_eq!(format!("{:?}", entry.value), entry.key);
        }
    }
}
