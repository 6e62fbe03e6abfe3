//! Numbered units of work through the workers of a plan.
//!
//! A worker takes a unit by one atomic addition, from its own shard's queue while that lasts, then from the nearest
//! other one. Nothing else is shared: no lock, and a result goes to the calling thread in one message a unit.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::plan::{Shard, WorkerPlan};
use crate::affinity::{AffinityError, pin_current_thread};

/// Results that may wait for the calling thread, for each worker.
const WAITING_RESULTS: usize = 4;

/// The units of one shard: the next one, and where they end. On cache lines of its own.
#[repr(align(128))]
struct Queue {
    next: AtomicUsize,
    end: usize,
}

impl Queue {
    fn take(&self) -> Option<usize> {
        // Read first, so that idle workers that look again and again can't make it wrap.
        if self.next.load(Ordering::Relaxed) >= self.end {
            return None;
        }
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|unit| *unit < self.end)
    }
}

/// What one worker did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerStats {
    /// Number of its shard.
    pub shard: usize,
    /// Units of its own shard.
    pub n_own: usize,
    /// Units of other shards.
    pub n_stolen: usize,
    /// The CPU that it was pinned to.
    pub cpu: Option<usize>,
    /// Why it isn't pinned though it should be.
    pub not_pinned: Option<String>,
    /// CPU time of its thread. Nanoseconds.
    pub cpu_ns: u64,
}

/// Divides `n_units` among the shards by their numbers of workers: neighbours stay together.
fn queues(shards: &[Shard], n_units: usize) -> Vec<Queue> {
    let wide = |number: usize| u128::try_from(number).unwrap_or(u128::MAX);
    let n_workers: usize = shards.iter().map(|shard| shard.workers.len()).sum();
    let mut workers_before = 0;
    let mut start = 0;
    let mut queues = Vec::with_capacity(shards.len());
    for shard in shards {
        workers_before += shard.workers.len();
        let share = wide(n_units).saturating_mul(wide(workers_before)) / wide(n_workers.max(1));
        let end = usize::try_from(share).unwrap_or(n_units).min(n_units);
        queues.push(Queue {
            next: AtomicUsize::new(start),
            end,
        });
        start = end;
    }
    queues
}

/// Puts the units `0..n_units` through `work`, each once, and hands the results to `sink` on the calling thread, in
/// no particular order.
///
/// `worker` makes, on each thread, what that thread keeps from unit to unit. Once `is_over` is true no further unit is
/// begun; an error of `work` or `sink` has the same effect and is returned, the first one that comes. Says what each
/// worker did.
pub(super) fn run<W, O, E>(
    plan: &WorkerPlan,
    n_units: usize,
    is_over: impl Fn() -> bool + Sync,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> Result<O, E> + Sync,
    mut sink: impl FnMut(O) -> Result<(), E>,
) -> Result<Vec<WorkerStats>, E>
where
    O: Send,
    E: Send,
{
    let queues = queues(&plan.shards, n_units);
    let broken = AtomicBool::new(false);
    let (sender, receiver) = sync_channel::<Result<O, E>>(plan.n_workers() * WAITING_RESULTS);
    thread::scope(|scope| {
        let mut threads = Vec::with_capacity(plan.n_workers());
        for (number, shard) in plan.shards.iter().enumerate() {
            for &place in &shard.workers {
                let sender = sender.clone();
                let (queues, broken, is_over, worker, work) = (&queues, &broken, &is_over, &worker, &work);
                threads.push(scope.spawn(move || {
                    let mut stats = start(number, place);
                    let mut worker = worker();
                    for &from in &shard.order {
                        let Some(queue) = queues.get(from) else { continue };
                        while !broken.load(Ordering::Relaxed) && !is_over() {
                            let Some(unit) = queue.take() else { break };
                            if from == number {
                                stats.n_own += 1;
                            } else {
                                stats.n_stolen += 1;
                            }
                            if sender.send(work(&mut worker, unit)).is_err() {
                                break;
                            }
                        }
                    }
                    stats.cpu_ns = thread_cpu_ns().saturating_sub(stats.cpu_ns);
                    stats
                }));
            }
        }
        drop(sender);
        let mut result = Ok(());
        for outcome in &receiver {
            // After an error the rest is taken and dropped, so that no worker waits for us.
            if result.is_ok() {
                result = outcome.and_then(&mut sink);
                if result.is_err() {
                    broken.store(true, Ordering::Relaxed);
                }
            }
        }
        let mut stats = Vec::with_capacity(threads.len());
        for thread in threads {
            match thread.join() {
                Ok(done) => stats.push(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        result.map(|()| stats)
    })
}

/// Pins the current thread where it should run; its CPU time so far is kept as `cpu_ns`.
fn start(shard: usize, place: Option<usize>) -> WorkerStats {
    let (cpu, not_pinned) = match pin(place) {
        Ok(cpu) => (cpu, None),
        Err(error) => (None, Some(error.to_string())),
    };
    WorkerStats {
        shard,
        cpu,
        not_pinned,
        cpu_ns: thread_cpu_ns(),
        ..WorkerStats::default()
    }
}

/// Pins the current thread to a CPU, if it is to be on one, and gives that back.
pub(super) fn pin(place: Option<usize>) -> Result<Option<usize>, AffinityError> {
    place.map_or(Ok(None), |cpu| pin_current_thread(&[cpu]).map(|()| Some(cpu)))
}

/// CPU time of the current thread. Nanoseconds.
fn thread_cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or(0).saturating_mul(1_000_000_000) + nanos.unwrap_or(0)
}

/// A sentence on workers that could not be pinned, if there are some.
pub(super) fn pinning_notice(stats: &[WorkerStats]) -> Option<String> {
    let causes: Vec<&String> = stats
        .iter()
        .filter_map(|stats| stats.not_pinned.as_ref())
        .collect();
    let first = causes.first()?;
    Some(format!(
        "{} of {} workers that count tokens are not pinned to a CPU: {first}",
        causes.len(),
        stats.len()
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::{pinning_notice, run};
    use crate::drain::plan::{WorkerPlan, WorkerWish};
    use crate::topology::tests::Machine;

    /// Workers on the shards of a made-up machine, without their CPUs.
    fn plan(threads: usize) -> WorkerPlan {
        let wish = WorkerWish {
            threads: Some(threads),
            unpinned: true,
            cores: None,
        };
        WorkerPlan::new(Machine::two_sockets().topology(0..288), &wish)
    }

    fn units(threads: usize, n_units: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let work = |(): &mut (), unit| Ok::<usize, ()>(unit);
        let sink = |unit| {
            seen.push(unit);
            Ok(())
        };
        let stats = run(&plan(threads), n_units, || false, || (), work, sink).unwrap();
        assert_eq!(stats.len(), threads);
        assert_eq!(
            stats
                .iter()
                .map(|stats| stats.n_own + stats.n_stolen)
                .sum::<usize>(),
            n_units
        );
        seen.sort_unstable();
        seen
    }

    #[test]
    fn every_unit_comes_once() {
        for threads in [1, 3, 20] {
            for n_units in [0, 1, 2, 19, 1000] {
                assert_eq!(
                    units(threads, n_units),
                    (0..n_units).collect::<Vec<_>>(),
                    "{threads} {n_units}"
                );
            }
        }
    }

    #[test]
    fn idle_workers_take_the_work_of_others() {
        // The first shard's worker waits in its first unit until the other worker has done everything else; and that one
        // waits in its own first unit until then, so that it can't take unit 0 itself.
        let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |(): &mut (), unit| {
            if unit == 0 {
                begun.store(1, Ordering::SeqCst);
            }
            while (unit == 0 && done.load(Ordering::SeqCst) < 9)
                || (unit == 5 && begun.load(Ordering::SeqCst) == 0)
            {
                std::thread::yield_now();
            }
            done.fetch_add(1, Ordering::SeqCst);
            Ok::<(), ()>(())
        };
        let stats = run(&plan(2), 10, || false, || (), work, |()| Ok(())).unwrap();
        let stolen: usize = stats.iter().map(|stats| stats.n_stolen).sum();
        assert_eq!(done.load(Ordering::SeqCst), 10);
        assert!(stolen >= 4, "{stats:?}");
    }

    #[test]
    fn an_error_ends_it() {
        let n_done = AtomicUsize::new(0);
        let work = |(): &mut (), unit| {
            n_done.fetch_add(1, Ordering::SeqCst);
            if unit == 7 { Err("broken") } else { Ok(unit) }
        };
        assert_eq!(
            run(&plan(1), 100_000, || false, || (), work, |_| Ok(())),
            Err("broken")
        );
        assert!(n_done.load(Ordering::SeqCst) < 1000);
        let work = |(): &mut (), unit| Ok(unit);
        assert_eq!(
            run(&plan(2), 100_000, || false, || (), work, |_| Err("full")),
            Err("full")
        );
    }

    #[test]
    fn begins_nothing_once_it_is_over() {
        let over = AtomicBool::new(false);
        let work = |(): &mut (), unit| {
            if unit == 5 {
                over.store(true, Ordering::SeqCst);
            }
            Ok::<usize, ()>(unit)
        };
        let mut seen = Vec::new();
        let sink = |unit| {
            seen.push(unit);
            Ok(())
        };
        run(&plan(1), 100, || over.load(Ordering::SeqCst), || (), work, sink).unwrap();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_cpu_that_is_not_there_is_told_and_no_obstacle() {
        let wish = WorkerWish {
            threads: Some(2),
            ..WorkerWish::default()
        };
        let plan = WorkerPlan::new(Machine::new("1020-1030\n").topology([1021, 1029]), &wish);
        let work = |(): &mut (), unit| Ok::<usize, ()>(unit);
        let mut n = 0;
        let sink = |_| {
            n += 1;
            Ok(())
        };
        let stats = run(&plan, 10, || false, || (), work, sink).unwrap();
        assert_eq!(n, 10);
        let notice = pinning_notice(&stats).unwrap();
        assert!(
            notice.starts_with("2 of 2 workers that count tokens are not pinned"),
            "{notice}"
        );
    }

    #[test]
    fn workers_run_where_the_plan_says() {
        let plan = WorkerPlan::here(&WorkerWish::default());
        let work = |(): &mut (), _| Ok::<_, ()>(crate::affinity::allowed_cores().unwrap());
        let mut cores = Vec::new();
        let sink = |of_one: Vec<usize>| {
            assert_eq!(of_one.len(), 1);
            cores.extend(of_one);
            Ok(())
        };
        let stats = run(&plan, 50, || false, || (), work, sink).unwrap();
        assert_eq!(pinning_notice(&stats), None);
        let planned: Vec<usize> = plan.places().flatten().collect();
        assert!(cores.iter().all(|core| planned.contains(core)));
    }
}
