//! Properties of the regions.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use num_bigint::BigInt;
use proptest::prelude::*;
use runbench_core::region::v0_1::{Region, Regions};
use runbench_core::ruleset::RegionParameters;

const PARAMETERS: RegionParameters = RegionParameters {
    low_latency_end: 32,
    margin: 1.1,
};

fn regions(m: u64) -> Regions {
    Regions::new(&m.into(), PARAMETERS).unwrap()
}

/// The reference's own arithmetic: floats all the way.
fn floating_bounds(m: u64) -> [BigInt; 2] {
    let interval = libm::log2(as_float(m - 32)) / 3.0;
    [interval, 2.0 * interval].map(|exponent| {
        let step = libm::rint(32.0 + libm::pow(2.0, exponent));
        num_traits::FromPrimitive::from_f64(step).unwrap()
    })
}

fn as_float(integer: u64) -> f64 {
    integer.to_string().parse().unwrap()
}

/// Most maxima are small; the rest spread over the orders of magnitude up to 2^40.
fn maximum() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 33_u64..4096, 1 => (6_u32..40, any::<u64>()).prop_map(|(bits, noise)| 33 + (noise % (1 << bits)))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn regions_partition_1_to_the_margins_end(m in maximum()) {
        let regions = regions(m);
        let mut next = BigInt::from(1);
        for region in Region::ALL {
            let bounds = regions.bounds(region);
            prop_assert_eq!(&bounds.start, &next);
            prop_assert!(bounds.end >= &bounds.start - 1);
            next = &bounds.end + 1;
        }
        prop_assert_eq!(next - 1, regions.highest().clone());
        prop_assert!(regions.highest() >= &BigInt::from(m));
    }

    #[test]
    fn the_exact_integer_form_equals_the_floating_form(m in maximum()) {
        let regions = regions(m);
        let [low, med] = floating_bounds(m);
        prop_assert_eq!(&regions.bounds(Region::LowThroughput).end, &low);
        prop_assert_eq!(&regions.bounds(Region::MedThroughput).end, &med);
    }

    #[test]
    fn classification_is_monotone(m in maximum(), one in 0_u64..10_000, other in 0_u64..10_000) {
        let regions = regions(m);
        let (low, high) = (one.min(other), one.max(other));
        if let (Some(low), Some(high)) = (regions.classify(&low.into()), regions.classify(&high.into())) {
            prop_assert!(low <= high);
        }
    }

    #[test]
    fn a_concurrency_has_a_region_if_and_only_if_it_lies_between_1_and_the_margins_end(m in maximum(), concurrency in -5_i64..20_000) {
        let regions = regions(m);
        let concurrency = BigInt::from(concurrency);
        let within = concurrency >= BigInt::from(1) && concurrency <= *regions.highest();
        prop_assert_eq!(regions.classify(&concurrency).is_some(), within);
    }

    #[test]
    fn any_integer_gives_regions_or_an_error(digits in "[-]?[1-9][0-9]{0,400}") {
        let m: BigInt = digits.parse().unwrap();
        let _ = Regions::new(&m, PARAMETERS);
    }
}

#[test]
fn both_forms_agree_for_every_maximum_up_to_300000() {
    for m in 33..300_000 {
        let regions = regions(m);
        let [low, med] = floating_bounds(m);
        assert_eq!(
            (
                &regions.bounds(Region::LowThroughput).end,
                &regions.bounds(Region::MedThroughput).end
            ),
            (&low, &med),
            "M = {m}"
        );
    }
}
