//! Waiting for a call's answer, and telling people when it takes long.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use actifix::{Call, Result};

use crate::output::progress::Progress;

/// How long a wait stays silent.
pub const SILENCE: Duration = Duration::from_secs(1);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for the answer and calls `tell` about once a second, from [`SILENCE`] on, until it says that it has told.
pub fn with_notice<T: Send + 'static>(call: Call<T>, mut tell: impl FnMut() -> bool) -> Result<T> {
    let mut call = pin!(call);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut next = Some(Instant::now() + SILENCE);
    loop {
        if let Poll::Ready(answer) = call.as_mut().poll(&mut context) {
            return answer;
        }
        let Some(at) = next else {
            thread::park();
            continue;
        };
        let now = Instant::now();
        if now < at {
            thread::park_timeout(at - now);
        } else {
            next = (!tell()).then(|| now + SILENCE);
        }
    }
}

/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// Does `work` on a thread of its own; people see a spinner with `word` once it takes longer than [`SILENCE`].
pub fn with_spinner<T: Send>(work: impl FnOnce() -> T + Send, word: &str, silent: bool) -> T {
    thread::scope(|scope| {
        let (end, ended) = mpsc::channel::<()>();
        let worker = scope.spawn(move || {
            let _end = end; // dropped when the work is over, however it ends
            work()
        });
        let mut progress = Progress::of(None, silent);
        while ended.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
            progress.at(0, word);
        }
        drop(progress);
        worker
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
