//! Work on several things at a time.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Most threads, however many cores there are: memory must not grow with the machine.
const MAX_THREADS: usize = 4;

/// What `work` makes of each item, in the order of the items.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let mut results = Vec::with_capacity(items.len());
    let Ok(()) = in_order(items, items.len(), work, |result| {
        results.push(result);
        Ok::<(), std::convert::Infallible>(())
    });
    results
}

/// Works on the items, several at a time, and hands on what comes out in their order, on the caller's thread and each as
/// soon as it and those before are done. At most `ahead` items are begun that have not been handed on; the first is worked
/// on alone where `ahead` is less than all, as then somebody waits for it. Stops at the first error of `take`; a panic in
/// `work` goes on in the caller.
pub(crate) fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    ahead: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MAX_THREADS).min(items.len()).min(ahead.max(1));
    if threads < 2 {
        return items.iter().try_for_each(|item| take(work(item)));
    }
    let queue = Queue::new(items.len(), ahead);
    thread::scope(|scope| {
        // Whatever ends this function, the others must not wait for it.
        let _stop = Stop(&queue);
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(index) = queue.begin() {
                    let result = catch_unwind(AssertUnwindSafe(|| work(&items[index])));
                    queue.finish(index, result);
                }
            });
        }
        for index in 0..items.len() {
            let result = queue.wait_for(index);
            take(result.unwrap_or_else(|panic| panic::resume_unwind(panic)))?;
        }
        Ok(())
    })
}

/// What has been begun, done and handed on.
struct Queue<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
    count: usize,
    ahead: usize,
}

struct State<R> {
    begun: usize,
    taken: usize,
    done: BTreeMap<usize, R>,
    stopped: bool,
}

impl<R> Queue<R> {
    fn new(count: usize, ahead: usize) -> Self {
        let state = State {
            begun: 0,
            taken: 0,
            done: BTreeMap::new(),
            stopped: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            count,
            ahead,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item to work on, when its time has come; `None` when there is nothing left to do.
    fn begin(&self) -> Option<usize> {
        let must_wait = |state: &mut State<R>| {
            let hurried = state.taken == 0 && self.ahead < self.count;
            let ahead = if hurried { 1 } else { self.ahead };
            !state.stopped && state.begun < self.count && state.begun >= state.taken + ahead
        };
        let waited = self.changed.wait_while(self.lock(), must_wait);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.stopped || state.begun == self.count {
            return None;
        }
        state.begun += 1;
        Some(state.begun - 1)
    }

    fn finish(&self, index: usize, result: R) {
        self.lock().done.insert(index, result);
        self.changed.notify_all();
    }

    fn wait_for(&self, index: usize) -> R {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.done.remove(&index) {
                state.taken = index + 1;
                self.changed.notify_all();
                return result;
            }
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Stops a queue when it goes.
struct Stop<'a, R>(&'a Queue<R>);

impl<R> Drop for Stop<'_, R> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_are_in_order() {
        let items: Vec<usize> = (0..100).collect();
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(map(&items, |item| item * 2), doubled);
        assert!(map(&[], |item: &usize| *item).is_empty());
    }

    #[test]
    fn no_more_is_begun_than_allowed_and_an_error_stops_all() {
        let items: Vec<usize> = (0..100).collect();
        let (begun, mut taken) = (AtomicUsize::new(0), 0);
        let ended = in_order(
            &items,
            3,
            |item| {
                begun.fetch_add(1, Ordering::SeqCst);
                // The later one of two is done first.
                thread::sleep(Duration::from_micros((item % 2 * 200) as u64));
                *item
            },
            |item| {
                assert_eq!(item, taken);
                taken += 1;
                let ahead = begun.load(Ordering::SeqCst) - taken;
                assert!(ahead <= 3, "{ahead} ahead");
                if item == 50 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!(ended, Err("enough"));
        assert!(begun.load(Ordering::SeqCst) < 60);
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let all = || map(&[1, 2, 3], |item| assert_ne!(*item, 2));
        assert!(catch_unwind(all).is_err());
    }
}
