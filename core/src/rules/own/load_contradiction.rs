//! `load-contradiction`.

use super::OWN;
use super::view::{View, number, place};
use crate::parse::big_int_to_f64;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "load-contradiction",
    title: "a run's own configuration has the concurrency that its point declares",
    what: "Where a summary says what the load was (`run_config.load_pattern.target_concurrency`, written by the load \
           generator), that must be the point's `concurrency`. Dedicated Offline points are left out.",
    why: "The reference doesn't read it. A result under another concurrency is another point's result.",
    fix: "put the point's own result in place, or correct the declared concurrency",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    const POINTER: &str = "/run_config/load_pattern/target_concurrency";
    for (_, point, file) in view.measured() {
        let (Some(ran), Some(declared)) = (number(file, POINTER), big_int_to_f64(point.concurrency)) else {
            continue;
        };
        if !point.dedicated && ran.total_cmp(&declared).is_ne() {
            out.error(
                file.path(),
                format!(
                    "the run had {ran} requests in flight, but `{}` declares {declared}",
                    point.label
                ),
            )
            .at(place(file, POINTER))
            .measured(ran, declared, "requests in flight", "");
        }
    }
}
