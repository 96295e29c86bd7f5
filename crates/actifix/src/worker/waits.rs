//! Waiting for futures without a runtime: on this thread, until a time, or all of several.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ScopedJoinHandle, Thread};
use std::time::Duration;

use super::boot;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs the future on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
        thread::park();
    }
}

/// Runs the future on this thread until `until` (see [`boot::now`]), or until `enough` says so when the thread is
/// unparked; dropped then.
pub fn block_until<T>(
    future: impl Future<Output = T>,
    until: Duration,
    enough: impl Fn() -> bool,
) -> Option<T> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return Some(answer);
        }
        let now = boot::now();
        if now >= until || enough() {
            return None;
        }
        thread::park_timeout((until - now).min(LONGEST_NAP));
    }
}

/// A machine that slept is looked at again within this time.
pub const LONGEST_NAP: Duration = Duration::from_secs(1);

/// All of them, driven together.
pub async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// The future's answer, or the word of its panic.
pub async fn caught<T>(future: Pin<Box<dyn Future<Output = T> + '_>>) -> Result<T, String> {
    let mut future = future;
    std::future::poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
            Err(panic) => Poll::Ready(Err(word_of(&*panic))),
        }
    })
    .await
}

/// What a panic says.
pub fn word_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
        .to_owned()
}

/// What a slot's thread answered; its panic goes on here.
pub fn joined<T>(slot: ScopedJoinHandle<'_, T>) -> T {
    slot.join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
