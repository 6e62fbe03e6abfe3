//! From options to the plans of a run's phases.

use std::time::Duration;

use runbench_core::order::{Order, SampleOrder};
use runbench_core::schedule::{self, LoadPattern, Plan, reference_sample_count};

use super::{Load, RunError, RunOptions, StopRule};

/// The plan of what is measured, over a dataset of `n_rows` rows.
pub(super) fn main_plan(options: &RunOptions, n_rows: u64) -> Result<Plan, RunError> {
    let plan = Plan {
        max_in_flight: options.max_in_flight,
        over_cap: options.over_cap,
        stop: stop_rule(options, n_rows),
        drain_limit_ns: options.performance_drain_timeout.map(nanos),
        order: options.order,
        ..Plan::new(pattern(options, options.schedule_seed), n_rows)
    };
    checked(plan)
}

/// The plan of the warm-up, if there is one: the same load by its own seeds, and by number alone (loadgen section 3).
pub(super) fn warmup_plan(options: &RunOptions, n_rows: u64) -> Result<Option<Plan>, RunError> {
    let Some(warmup) = options.warmup else {
        return Ok(None);
    };
    let plan = Plan {
        max_in_flight: options.max_in_flight,
        stop: schedule::StopRule::samples(warmup.n_requests.unwrap_or(n_rows)),
        drain_limit_ns: warmup.drain_timeout.map(nanos),
        order: Order::Shuffled {
            seed: warmup.seed.wrapping_add(1),
        },
        ..Plan::new(pattern(options, warmup.seed), n_rows)
    };
    checked(plan).map(Some)
}

/// Rows that a plan can send, by number; `None` if it may send any.
pub(super) fn rows_to_send(plan: &Plan) -> Option<Vec<u64>> {
    let samples = plan.stop.samples?;
    if plan.stop.min_duration_ns > 0 || samples >= plan.n_samples {
        return None;
    }
    let mut order = SampleOrder::new(plan.order, plan.n_samples).ok()?;
    let mut rows: Vec<u64> = (0..samples).map(|ticket| order.sample(ticket)).collect();
    rows.sort_unstable();
    rows.dedup();
    Some(rows)
}

fn checked(plan: Plan) -> Result<Plan, RunError> {
    match plan.check() {
        Ok(()) => Ok(plan),
        Err(error) => Err(RunError::BadOption(error.to_string())),
    }
}

fn pattern(options: &RunOptions, seed: u64) -> LoadPattern {
    match options.load {
        Load::Concurrency => LoadPattern::Concurrency {
            in_flight: options.concurrency,
        },
        Load::MaxThroughput => LoadPattern::MaxThroughput,
        Load::Poisson { qps } => LoadPattern::Poisson { qps, seed },
        Load::Constant { qps } => LoadPattern::Constant { qps },
    }
}

fn stop_rule(options: &RunOptions, n_rows: u64) -> schedule::StopRule {
    match options.stop {
        StopRule::DatasetOnce => schedule::StopRule::samples(n_rows),
        StopRule::Samples(n) => schedule::StopRule::samples(n),
        StopRule::After(duration) => schedule::StopRule {
            min_duration_ns: nanos(duration),
            ..schedule::StopRule::default()
        },
        StopRule::Bounds {
            samples,
            min_duration,
            max_duration,
        } => schedule::StopRule {
            samples: samples.or(min_duration.is_zero().then_some(n_rows)),
            min_duration_ns: nanos(min_duration),
            max_duration_ns: max_duration.map(nanos),
        },
        StopRule::ReferenceCount {
            min_duration,
            max_duration,
        } => {
            let min_duration_ms = u64::try_from(min_duration.as_millis()).unwrap_or(u64::MAX);
            schedule::StopRule {
                samples: Some(reference_sample_count(
                    options.target_qps(),
                    min_duration_ms,
                    n_rows,
                )),
                min_duration_ns: 0,
                max_duration_ns: max_duration.map(nanos),
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::run::WarmUpOptions;

    fn options() -> RunOptions {
        RunOptions::new("http://h", "m", PathBuf::new(), PathBuf::new())
    }

    #[test]
    fn the_dataset_is_sent_once_by_default() {
        let plan = main_plan(&options(), 7).unwrap();
        assert_eq!(plan.stop, schedule::StopRule::samples(7));
        assert_eq!(rows_to_send(&plan), None);
    }

    #[test]
    fn only_rows_that_can_be_sent_are_prepared() {
        let mut options = options();
        options.stop = StopRule::Samples(3);
        // Seed 42 sends 7, 3 and 2 first (loadgen section 5).
        assert_eq!(
            rows_to_send(&main_plan(&options, 10).unwrap()),
            Some(vec![2, 3, 7])
        );
        options.order = Order::Single(4);
        assert_eq!(rows_to_send(&main_plan(&options, 10).unwrap()), Some(vec![4]));
    }

    #[test]
    fn the_warm_up_has_seeds_of_its_own_and_no_duration() {
        let mut options = options();
        options.load = Load::Poisson { qps: 5.0 };
        options.stop = StopRule::After(Duration::from_secs(9));
        options.warmup = Some(WarmUpOptions {
            n_requests: Some(4),
            ..WarmUpOptions::default()
        });
        let plan = warmup_plan(&options, 10).unwrap().unwrap();
        assert_eq!(plan.stop, schedule::StopRule::samples(4));
        assert_eq!(plan.order, Order::Shuffled { seed: 43 });
        assert_eq!(plan.pattern, LoadPattern::Poisson { qps: 5.0, seed: 42 });
    }

    #[test]
    fn a_maximum_alone_cuts_the_dataset_short() {
        let mut options = options();
        let max_duration = Some(Duration::from_secs(1));
        options.stop = StopRule::Bounds {
            samples: None,
            min_duration: Duration::ZERO,
            max_duration,
        };
        let stop = main_plan(&options, 7).unwrap().stop;
        assert_eq!(
            (stop.samples, stop.max_duration_ns),
            (Some(7), Some(1_000_000_000))
        );
        options.stop = StopRule::Bounds {
            samples: None,
            min_duration: Duration::from_secs(1),
            max_duration,
        };
        assert_eq!(main_plan(&options, 7).unwrap().stop.samples, None);
    }

    #[test]
    fn the_references_count_is_offered() {
        let mut options = options();
        options.stop = StopRule::ReferenceCount {
            min_duration: Duration::from_mins(10),
            max_duration: None,
        };
        assert_eq!(main_plan(&options, 1000).unwrap().stop.samples, Some(7000));
    }
}
