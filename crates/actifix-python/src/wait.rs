//! Waiting for a call: other Python threads go on meanwhile, and Ctrl-C ends the wait.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use actifix::{Call, Result};
use pyo3::prelude::*;

use crate::errors::raised;

/// How long the thread that gets the signals waits before it looks for one.
pub const SLICE: Duration = Duration::from_millis(50);

/// The answer of a call that waits for nobody: a look.
pub fn look<T: Send + 'static>(py: Python<'_>, call: Call<T>) -> PyResult<T> {
    py.detach(|| call.wait()).map_err(|error| raised(py, error))
}

/// The answer of a call, which Ctrl-C withdraws.
pub fn answer<T: Send + 'static>(py: Python<'_>, call: Call<T>) -> PyResult<T> {
    answer_or(py, call, drop)
}

/// [`answer`]; when the interrupt comes too late to withdraw the call, what it got is given to `undo`.
pub fn answer_or<T: Send + 'static>(
    py: Python<'_>,
    mut call: Call<T>,
    undo: impl FnOnce(T) + Send,
) -> PyResult<T> {
    if !signals_come_here() {
        return look(py, call);
    }
    let mut advanced = false;
    loop {
        let waited = py.detach(|| {
            if !std::mem::replace(&mut advanced, true) {
                call.advance();
            }
            poll_for(&mut call, SLICE)
        });
        if let Poll::Ready(answer) = waited {
            return answer.map_err(|error| raised(py, error));
        }
        if let Err(interrupt) = py.check_signals() {
            py.detach(|| {
                if let Some(Ok(got)) = call.cancel() {
                    undo(got);
                }
            });
            return Err(interrupt);
        }
    }
}

/// Python runs signal handlers in the main thread only; elsewhere there is nothing to look for.
pub fn signals_come_here() -> bool {
    !cfg!(target_os = "linux") || rustix::thread::gettid() == rustix::process::getpid()
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls the call on this thread until it is answered, for `span` at most.
fn poll_for<T: Send + 'static>(call: &mut Call<T>, span: Duration) -> Poll<Result<T>> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let until = Instant::now() + span;
    loop {
        if let Poll::Ready(answer) = Pin::new(&mut *call).poll(&mut context) {
            return Poll::Ready(answer);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Pending;
        }
        thread::park_timeout(left);
    }
}
