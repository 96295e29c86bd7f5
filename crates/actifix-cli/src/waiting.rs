//! Waiting for a call's answer, and telling people when it takes long.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use actifix::{Call, Result};

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
