//! Blocks from one reader through the workers of a plan, with bounded memory and results in the reader's order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::plan::WorkerPlan;
use super::pool::pin;

/// Blocks that may be on their way, for each worker.
const BLOCKS_PER_WORKER: usize = 4;

/// Bytes that may be on their way together; one block may always be.
const BYTES: usize = 256 << 20;

/// A block or its result with its number, so that order can be restored.
type Numbered<T> = (u64, T);

/// Puts each block through `work` and hands the results to `sink` on the calling thread, in the order of the blocks.
///
/// `worker` makes, on each thread, what that thread keeps from block to block. `blocks` is read on the calling thread,
/// no faster than the workers and `sink` get on. The first error in the order of the blocks ends everything and is
/// returned; what comes before it has reached `sink`.
pub(crate) fn in_order<I, O, E, W>(
    plan: &WorkerPlan,
    blocks: impl Iterator<Item = Result<I, E>>,
    bytes_of: impl Fn(&I) -> usize,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, I) -> Result<O, E> + Sync,
    sink: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E>
where
    I: Send,
    O: Send,
    E: Send,
{
    let (block_sender, block_receiver) = channel::<Numbered<I>>();
    let (result_sender, results) = channel::<Numbered<Result<O, E>>>();
    let block_receiver = Mutex::new(block_receiver);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for place in plan.places() {
            let result_sender = result_sender.clone();
            let (blocks, stop, worker, work) = (&block_receiver, &stop, &worker, &work);
            scope.spawn(move || {
                // Where it runs only matters for speed here, and nothing reports on it.
                let _pinned = pin(place);
                let mut worker = worker();
                work_blocks(blocks, &result_sender, stop, |block| work(&mut worker, block));
            });
        }
        drop(result_sender);
        let mut flow = Flow {
            results,
            waiting: BTreeMap::new(),
            on_their_way: BTreeMap::new(),
            bytes: 0,
            next: 0,
            sink,
        };
        let mut result = Ok(());
        for (number, block) in (0..).zip(blocks) {
            result = flow.make_room(plan.n_workers() * BLOCKS_PER_WORKER);
            let block = match block {
                Ok(block) if result.is_ok() => block,
                Ok(_) => break,
                Err(error) => {
                    // What was read before may hold an earlier error.
                    result = result.and_then(|()| flow.finish()).and(Err(error));
                    break;
                }
            };
            flow.bytes = flow.bytes.saturating_add(bytes_of(&block));
            flow.on_their_way.insert(number, bytes_of(&block));
            if block_sender.send((number, block)).is_err() {
                break;
            }
        }
        let result = result.and_then(|()| flow.finish());
        stop.store(true, Ordering::Relaxed);
        drop(block_sender);
        result
    })
}

/// The calling thread's side.
struct Flow<O, E, S> {
    results: Receiver<Numbered<Result<O, E>>>,
    /// Results that came before their turn.
    waiting: BTreeMap<u64, Result<O, E>>,
    /// Bytes of the blocks whose results `sink` has not had.
    on_their_way: BTreeMap<u64, usize>,
    bytes: usize,
    next: u64,
    sink: S,
}

impl<O, E, S: FnMut(O) -> Result<(), E>> Flow<O, E, S> {
    /// Takes results until there is room for one more block.
    fn make_room(&mut self, max_blocks: usize) -> Result<(), E> {
        while let Ok((number, result)) = self.results.try_recv() {
            self.take(number, result)?;
        }
        while !self.on_their_way.is_empty() && (self.on_their_way.len() >= max_blocks || self.bytes >= BYTES)
        {
            self.wait()?;
        }
        Ok(())
    }

    /// Takes all results that are to come.
    fn finish(&mut self) -> Result<(), E> {
        while !self.on_their_way.is_empty() {
            self.wait()?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(), E> {
        if let Ok((number, result)) = self.results.recv() {
            self.take(number, result)
        } else {
            // All workers are gone, by a panic that the scope passes on.
            self.on_their_way.clear();
            Ok(())
        }
    }

    fn take(&mut self, number: u64, result: Result<O, E>) -> Result<(), E> {
        self.waiting.insert(number, result);
        while let Some(result) = self.waiting.remove(&self.next) {
            self.bytes -= self.on_their_way.remove(&self.next).unwrap_or(0);
            self.next += 1;
            (self.sink)(result?)?;
        }
        Ok(())
    }
}

fn work_blocks<I, O>(
    blocks: &Mutex<Receiver<Numbered<I>>>,
    results: &Sender<Numbered<O>>,
    stop: &AtomicBool,
    mut work: impl FnMut(I) -> O,
) {
    loop {
        let block = blocks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, block)) = block else { return };
        if stop.load(Ordering::Relaxed) || results.send((number, work(block))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::in_order;
    use crate::drain::{WorkerPlan, WorkerWish};
    use crate::topology::Topology;

    fn plan(threads: usize) -> WorkerPlan {
        let wish = WorkerWish {
            threads: Some(threads),
            ..WorkerWish::default()
        };
        WorkerPlan::new(Topology::default(), &wish)
    }

    /// Lets every third block take longer than those behind it.
    fn dawdle(number: u64) {
        for _ in 0..(number % 3) * 1000 {
            std::hint::black_box(number);
        }
    }

    #[test]
    fn keeps_the_order() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let blocks = (0..500_u64).map(Ok::<u64, ()>);
            let work = |(): &mut (), number| {
                dawdle(number);
                Ok(number * 2)
            };
            in_order(
                &plan(threads),
                blocks,
                |_| 1,
                || (),
                work,
                |double| {
                    seen.push(double);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(seen, (0..500).map(|number| number * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_the_order_counts() {
        let mut seen = Vec::new();
        let blocks = (0..500_u64).map(|number| if number == 400 { Err(number) } else { Ok(number) });
        let work = |(): &mut (), number: u64| {
            dawdle(number + 1);
            if number % 100 == 99 {
                Err(number)
            } else {
                Ok(number)
            }
        };
        let result = in_order(
            &plan(4),
            blocks,
            |_| 1,
            || (),
            work,
            |number| {
                seen.push(number);
                Ok(())
            },
        );
        assert_eq!((result, seen), (Err(99), (0..99).collect()));
        let blocks = (0..500_u64).map(|number| if number == 90 { Err(number) } else { Ok(number) });
        let work = |(): &mut (), number: u64| Ok(number);
        assert_eq!(
            in_order(&plan(4), blocks, |_| 1, || (), work, |_| Ok(())),
            Err(90)
        );
        let blocks = (0..500_u64).map(Ok);
        assert_eq!(in_order(&plan(4), blocks, |_| 1, || (), work, Err), Err(0));
    }

    #[test]
    fn reads_no_further_than_the_workers_get() {
        for (bytes, most) in [(1_usize, 2 * 4), (200 << 20, 2), (usize::MAX, 1)] {
            let (read, done) = (AtomicU64::new(0), AtomicU64::new(0));
            let blocks = (0..2000_u64).map(|number| {
                let ahead = read.fetch_add(1, Ordering::SeqCst) - done.load(Ordering::SeqCst);
                // The one that is being read comes on top.
                assert!(ahead <= most, "{ahead} blocks ahead");
                Ok::<u64, ()>(number)
            });
            let work = |(): &mut (), number| Ok(number);
            in_order(
                &plan(2),
                blocks,
                |_| bytes,
                || (),
                work,
                |_| {
                    done.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(done.load(Ordering::SeqCst), 2000);
        }
    }
}
