//! [`Call`]: one call on its way, to be waited for in a thread or awaited in any executor. One API for both, no runtime.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::slot::{Children, Slot};
use crate::timekeeper::Alarm;

/// How a call comes to its answer.
pub(crate) trait Step<T>: Send {
    fn wait(self: Box<Self>) -> Result<T, Error>;
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>>;
    /// Does for the call what this thread can do.
    fn advance(&mut self) {}
    /// `None`: it was not taken yet, and now never will be.
    fn cancel(self: Box<Self>) -> Option<Result<T, Error>>;
}

/// One call on its way: [`wait`](Call::wait) for it on any thread, or `.await` it in any executor.
///
/// Dropping it before the writer took it withdraws it: nothing will be applied. Dropping it later changes nothing; it
/// is applied and its answer is lost. A call that is neither waited for nor polled may stay where it is (a full queue,
/// a read), so do one of the two.
#[must_use = "a call that is dropped at once is withdrawn"]
pub struct Call<T>(Box<dyn Step<T>>);

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(context)
    }
}

impl<T> Call<T> {
    pub(crate) fn new(step: impl Step<T> + 'static) -> Self {
        Self(Box::new(step))
    }

    /// Waits on this thread until the answer is there or the deadline has passed.
    ///
    /// # Errors
    /// Those of the call itself; [`Error::Busy`] past the deadline.
    pub fn wait(self) -> Result<T, Error> {
        self.0.wait()
    }

    /// Does for the call what this thread can do without waiting for anybody: when nobody else writes, that is the whole
    /// call, its commit included. For a thread that is about to block in [`poll`](Future::poll)s; [`wait`](Self::wait) does
    /// it by itself.
    pub fn advance(&mut self) {
        self.0.advance();
    }

    /// Withdraws the call. `None`: nothing was applied, and nothing will be. When the writer has taken it already this
    /// waits for its answer, a commit's time: so nobody is left with what he does not know of.
    pub fn cancel(self) -> Option<Result<T, Error>> {
        self.0.cancel()
    }
}

impl<T: Send + 'static> Call<T> {
    /// The same call with its result changed by `f`, which runs where the call is waited for or polled.
    pub fn map<U: 'static>(
        self,
        f: impl FnOnce(Result<T, Error>) -> Result<U, Error> + Send + 'static,
    ) -> Call<U> {
        Call::new(Mapped {
            call: self,
            f: Some(f),
        })
    }

    /// A call that is already answered.
    pub fn ready(result: Result<T, Error>) -> Self {
        Self::new(Ready(Some(result)))
    }

    /// A call that is answered by whoever holds the promise. It waits without a deadline.
    pub fn pair() -> (Promise<T>, Self) {
        Self::paired(None, None)
    }

    /// The same with a deadline: when nobody fulfilled or held the promise in time, the answer is `on_timeout()`, which
    /// runs where the call is waited for or polled.
    pub fn pair_within(
        within: Duration,
        on_timeout: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> (Promise<T>, Self) {
        Self::paired(
            Instant::now().checked_add(within),
            Some(Box::new(on_timeout)),
        )
    }

    fn paired(deadline: Option<Instant>, on_timeout: Option<OnTimeout<T>>) -> (Promise<T>, Self) {
        let slot = Arc::new(Slot::new());
        let call = Paired {
            slot: Arc::clone(&slot),
            deadline,
            on_timeout,
            alarm: None,
        };
        (Promise(slot), Self::new(call))
    }
}

/// The other end of a call made by [`Call::pair`]. Dropping it unfulfilled answers with an error.
#[must_use = "dropping a promise answers its call with an error"]
pub struct Promise<T>(Arc<Slot<T>>);

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise")
            .field("abandoned", &self.is_abandoned())
            .finish()
    }
}

impl<T> Promise<T> {
    pub(crate) fn from_slot(slot: Arc<Slot<T>>) -> Self {
        Self(slot)
    }

    pub(crate) fn slot(&self) -> &Arc<Slot<T>> {
        &self.0
    }

    /// Answers the call. False when nobody gets the answer, because the call was dropped or ran out of time before.
    pub fn fulfil(self, result: Result<T, Error>) -> bool {
        if !self.hold() && !self.0.is_taken() {
            return false;
        }
        if let Some(waiter) = self.0.publish(result, Children::default) {
            waiter.wake();
        }
        true
    }

    /// From now on the call can neither run out of time nor be withdrawn: hold it while you do what cannot be undone for
    /// it. False when it is too late, or when it is held already.
    #[must_use]
    pub fn hold(&self) -> bool {
        self.0.take()
    }

    /// Undoes [`hold`](Self::hold): time counts again.
    pub fn let_go(&self) {
        self.0.give_back();
    }

    /// True when the call was dropped or ran out of time. (A call dropped while held does not count.)
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.0.is_withdrawn()
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let error = if self.0.is_taken() || self.0.is_doubtful() && self.0.take() {
            Error::Unknown {
                why: "whoever worked on it ended before answering".into(),
            }
        } else if self.0.take() {
            Error::Closed
        } else {
            return;
        };
        if let Some(waiter) = self.0.publish(Err(error), Children::default) {
            waiter.wake();
        }
    }
}

struct Ready<T>(Option<Result<T, Error>>);

impl<T: Send> Step<T> for Ready<T> {
    fn wait(mut self: Box<Self>) -> Result<T, Error> {
        self.0.take().unwrap_or(Err(Error::Closed))
    }

    fn poll(&mut self, _context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        Poll::Ready(self.0.take().unwrap_or(Err(Error::Closed)))
    }

    fn cancel(self: Box<Self>) -> Option<Result<T, Error>> {
        self.0
    }
}

struct Mapped<T, F> {
    call: Call<T>,
    f: Option<F>,
}

impl<T, U, F> Step<U> for Mapped<T, F>
where
    F: FnOnce(Result<T, Error>) -> Result<U, Error> + Send,
{
    fn wait(mut self: Box<Self>) -> Result<U, Error> {
        match self.f.take() {
            Some(f) => f(self.call.wait()),
            None => Err(Error::Closed),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<U, Error>> {
        if self.f.is_none() {
            return Poll::Ready(Err(Error::Closed));
        }
        let Poll::Ready(result) = self.call.0.poll(context) else {
            return Poll::Pending;
        };
        Poll::Ready(self.f.take().map_or(Err(Error::Closed), |f| f(result)))
    }

    fn advance(&mut self) {
        self.call.advance();
    }

    fn cancel(mut self: Box<Self>) -> Option<Result<U, Error>> {
        let f = self.f.take()?;
        self.call.cancel().map(f)
    }
}

type OnTimeout<T> = Box<dyn FnOnce() -> Result<T, Error> + Send>;

struct Paired<T> {
    slot: Arc<Slot<T>>,
    deadline: Option<Instant>,
    on_timeout: Option<OnTimeout<T>>,
    alarm: Option<Alarm>,
}

impl<T> Paired<T> {
    fn timed_out(&mut self) -> Result<T, Error> {
        self.on_timeout.take().map_or(Err(Error::Closed), |f| f())
    }
}

impl<T: Send> Step<T> for Paired<T> {
    fn wait(mut self: Box<Self>) -> Result<T, Error> {
        self.slot
            .wait(self.deadline)
            .unwrap_or_else(|| self.timed_out())
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let polled = self.slot.poll(context, self.deadline);
        settle_alarm(&mut self.alarm, self.deadline, polled.is_pending(), context);
        polled.map(|result| result.unwrap_or_else(|| self.timed_out()))
    }

    fn cancel(self: Box<Self>) -> Option<Result<T, Error>> {
        if self.slot.withdraw() {
            return None;
        }
        self.slot.wait(None)
    }
}

impl<T> Drop for Paired<T> {
    fn drop(&mut self) {
        self.slot.withdraw();
    }
}

/// Keeps the alarm of a pending task up to date, and cancels that of a finished one.
pub(crate) fn settle_alarm(
    alarm: &mut Option<Alarm>,
    deadline: Option<Instant>,
    pending: bool,
    context: &Context<'_>,
) {
    match (pending, deadline, &alarm) {
        (false, ..) => *alarm = None,
        (true, Some(_), Some(known)) => known.renew(context.waker()),
        (true, Some(at), None) => *alarm = Some(Alarm::set(at, context.waker())),
        (true, None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_map_and_pair() {
        assert_eq!(
            Call::ready(Ok(2)).map(|n| n.map(|n| n * 2)).wait().unwrap(),
            4
        );
        let (promise, call) = Call::pair();
        assert!(promise.fulfil(Ok("x")));
        assert_eq!(call.wait().unwrap(), "x");
        let (promise, call) = Call::<u8>::pair();
        drop(promise);
        assert!(matches!(call.wait(), Err(Error::Closed)));
        let (promise, call) = Call::<u8>::pair();
        drop(call);
        assert!(promise.is_abandoned() && !promise.fulfil(Ok(1)));
    }

    #[test]
    fn a_cancelled_call_is_withdrawn_or_answered() {
        let (promise, call) = Call::<u8>::pair();
        assert!(call.cancel().is_none() && promise.is_abandoned());
        let (promise, call) = Call::pair();
        assert!(promise.hold());
        let cancelling = std::thread::spawn(move || call.map(|n| n.map(|n: u8| n * 2)).cancel());
        assert!(promise.fulfil(Ok(4)));
        assert_eq!(cancelling.join().unwrap().unwrap().unwrap(), 8);
    }

    #[test]
    fn a_pair_runs_out_of_time_unless_held() {
        let (promise, call) = Call::pair_within(Duration::from_millis(1), || Ok("late"));
        assert_eq!(call.wait().unwrap(), "late");
        assert!(promise.is_abandoned());
        let (promise, call) = Call::pair_within(Duration::from_millis(1), || Ok("late"));
        assert!(promise.hold());
        let waiting = std::thread::spawn(move || call.wait());
        std::thread::sleep(Duration::from_millis(10));
        assert!(promise.fulfil(Ok("held")));
        assert_eq!(waiting.join().unwrap().unwrap(), "held");
        let (promise, call) = Call::pair_within(Duration::from_millis(1), || Ok("late"));
        assert!(promise.hold());
        promise.let_go();
        assert_eq!(call.wait().unwrap(), "late");
    }
}
