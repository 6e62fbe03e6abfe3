//! Independent items through a few threads, in blocks, with bounded memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A block is handed over at this many items or bytes, whichever comes first.
const BLOCK_ITEMS: usize = 64;
const BLOCK_BYTES: usize = 1 << 20;

/// Puts each item through `work` on `threads` threads and hands every result to `sink`, in no particular order.
///
/// `worker` makes what a thread keeps to itself from item to item.
///
/// `items` is read on the calling thread, no faster than the threads work: a few blocks are in memory at a time. An
/// error of `items` or `sink` ends everything and is returned. When `interrupt` turns true, what is left is dropped.
pub(super) fn for_each<I, O, E, W>(
    items: impl Iterator<Item = Result<I, E>>,
    bytes_of: impl Fn(&I) -> usize,
    threads: usize,
    interrupt: &AtomicBool,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, I) -> O + Sync,
    mut sink: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E>
where
    I: Send,
    O: Send,
{
    let threads = threads.max(1);
    let stop = AtomicBool::new(false);
    let (block_sender, block_receiver) = sync_channel::<Vec<I>>(threads);
    let block_receiver = Mutex::new(block_receiver);
    let (result_sender, result_receiver) = channel::<Vec<O>>();
    thread::scope(|scope| {
        for _ in 0..threads {
            let result_sender = result_sender.clone();
            let (receiver, stop, worker, work) = (&block_receiver, &stop, &worker, &work);
            let is_over = move || is_set(interrupt) || is_set(stop);
            scope.spawn(move || {
                let mut worker = worker();
                work_blocks(receiver, &result_sender, is_over, |item| work(&mut worker, item));
            });
        }
        drop(result_sender);
        let result = feed(items, bytes_of, interrupt, &block_sender, || {
            result_receiver.try_iter().flatten().try_for_each(&mut sink)
        });
        if result.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        drop(block_sender);
        let rest = result.and_then(|()| result_receiver.iter().flatten().try_for_each(&mut sink));
        if rest.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        rest
    })
}

fn is_set(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

/// Reads items into blocks; between two blocks the results that have come are taken.
fn feed<I, E>(
    items: impl Iterator<Item = Result<I, E>>,
    bytes_of: impl Fn(&I) -> usize,
    interrupt: &AtomicBool,
    blocks: &SyncSender<Vec<I>>,
    mut take_results: impl FnMut() -> Result<(), E>,
) -> Result<(), E> {
    let mut block = Vec::new();
    let mut bytes = 0_usize;
    for item in items {
        if is_set(interrupt) {
            return Ok(());
        }
        let item = item?;
        bytes = bytes.saturating_add(bytes_of(&item));
        block.push(item);
        if block.len() >= BLOCK_ITEMS || bytes >= BLOCK_BYTES {
            bytes = 0;
            if blocks.send(std::mem::take(&mut block)).is_err() {
                return Ok(());
            }
            take_results()?;
        }
    }
    // The threads only go when the sender is dropped.
    let _ = blocks.send(block);
    Ok(())
}

fn work_blocks<I, O>(
    blocks: &Mutex<Receiver<Vec<I>>>,
    results: &Sender<Vec<O>>,
    is_over: impl Fn() -> bool,
    mut work: impl FnMut(I) -> O,
) {
    loop {
        let block = blocks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(block) = block else { return };
        let done: Vec<O> = block
            .into_iter()
            .take_while(|_| !is_over())
            .map(&mut work)
            .collect();
        if results.send(done).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::for_each;

    fn sum(threads: usize, items: u64) -> u64 {
        let mut sum = 0;
        let items = (0..items).map(Ok::<u64, ()>);
        let never = AtomicBool::new(false);
        for_each(
            items,
            |_| 100_000,
            threads,
            &never,
            || (),
            |(), item| item * 2,
            |double| {
                sum += double;
                Ok(())
            },
        )
        .unwrap();
        sum
    }

    #[test]
    fn handles_every_item_once() {
        for threads in [0, 1, 3] {
            assert_eq!(sum(threads, 0), 0);
            assert_eq!(sum(threads, 1), 0);
            assert_eq!(sum(threads, 1000), 999_000);
        }
    }

    #[test]
    fn reads_no_further_than_the_threads_get() {
        let (read, worked) = (AtomicU64::new(0), AtomicU64::new(0));
        let items = (0..10_000_u64).map(|item| {
            let ahead = read
                .fetch_add(1, Ordering::SeqCst)
                .saturating_sub(worked.load(Ordering::SeqCst));
            // One block being filled, two waiting, two worked on.
            assert!(ahead <= 5 * 64, "{ahead} items ahead");
            Ok::<u64, ()>(item)
        });
        let never = AtomicBool::new(false);
        let work = |(): &mut (), _| worked.fetch_add(1, Ordering::SeqCst);
        for_each(items, |_| 1, 2, &never, || (), work, |_| Ok(())).unwrap();
        assert_eq!(worked.load(Ordering::SeqCst), 10_000);
    }

    #[test]
    fn an_error_ends_it() {
        let never = AtomicBool::new(false);
        let items = (0..100_000_u64).map(|item| if item == 500 { Err("broken") } else { Ok(item) });
        assert_eq!(
            for_each(items, |_| 1, 2, &never, || (), |(), item| item, |_| Ok(())),
            Err("broken")
        );
        let items = (0..100_000_u64).map(Ok);
        assert_eq!(
            for_each(items, |_| 1, 2, &never, || (), |(), item| item, |_| Err("full")),
            Err("full")
        );
    }

    #[test]
    fn an_interrupt_keeps_what_was_done() {
        let interrupt = AtomicBool::new(false);
        let mut done = 0_u64;
        let items = (0..1_000_000_u64).map(Ok::<u64, ()>);
        let work = |(): &mut (), item| {
            if item == 300 {
                interrupt.store(true, Ordering::Relaxed);
            }
        };
        for_each(
            items,
            |_| 1,
            1,
            &interrupt,
            || (),
            work,
            |()| {
                done += 1;
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(done, 301);
    }
}
